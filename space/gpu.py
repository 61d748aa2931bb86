"""A GPU for the length of a call, where the demo runs on Hugging Face's ZeroGPU; everywhere else nothing changes.

There `spaces` lends one to each decorated function, which runs in a forked worker: what goes in and out is pickled, and
no CUDA tensor may come back. A call is scheduled, and taken off the visitor's daily share, by the seconds it asks for.

Models that are lent one are put "on cuda" as the demo starts, which `spaces` emulates, in the main thread alone: it
keeps the weights on its disk until a worker takes them to the GPU, and leaves empty tensors behind. In the threads that
visitors are served by, these say that they lie on the CPU, and play noise. So no tensor is asked where a call belongs.
"""

import os
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import torch

P = ParamSpec("P")
T = TypeVar("T")
ZERO = os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")  # as `spaces` reads it


def device(heavy: bool) -> str:
    """Where a model belongs: on a GPU of our own, or on a lent one if it is `heavy` enough to be worth asking for."""
    return "cuda" if (heavy if ZERO else torch.cuda.is_available()) else "cpu"


def lent(seconds: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Decorates a function that wants a GPU for at most `seconds`."""
    if not ZERO:
        return lambda function: function
    import spaces  # pyright: ignore[reportMissingImports]

    return spaces.GPU(duration=seconds)
