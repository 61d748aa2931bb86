"""Runs `app.py` as ZeroGPU does, on a machine without a GPU: the package `spaces` is the real one, and so is PyTorch.

Needs a CUDA build of it. Only the card is missing: where a worker has been lent one, and `spaces` carries the weights
to it from the disk, they come to this machine's memory instead, and the worker computes on its CPU.
"""

import mmap
import os
import runpy
import sys

import torch
from spaces.zero import torch as zero  # pyright: ignore[reportMissingImports]


def init(uuid: str) -> None:
    """What a worker does first of all."""
    build = torch.tensor
    torch.Tensor.cuda = lambda self, **options: self.clone()
    torch.Tensor.pin_memory = pinned
    torch.cuda.synchronize = lambda: None
    torch.tensor = lambda data, device=None, **options: build(data, **options)


def pinned(tensor: torch.Tensor) -> torch.Tensor:
    """A copy that begins with a page, so that a disk can be read into it past the system's cache."""
    pages = torch.frombuffer(mmap.mmap(-1, tensor.nbytes), dtype=tensor.dtype)
    return pages.view(tensor.shape).copy_(tensor)


if __name__ == "__main__":
    zero.init = init
    sys.path.insert(0, os.getcwd())
    runpy.run_path("app.py", run_name="__main__")
