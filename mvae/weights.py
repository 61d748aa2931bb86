"""Weights in `model.safetensors`: what they are read and written as, and whether they are those of a config."""

from collections.abc import Mapping
from functools import reduce
from pathlib import Path
from typing import Any

import safetensors
import torch
from safetensors.torch import save_file
from torch import Tensor

from .errors import ArgumentError, CheckpointError

WEIGHTS = "model.safetensors"
FLOATS = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


def dtype_of(dtype: Any) -> torch.dtype | None:
    """What to load weights as: None is as they were saved."""
    if dtype == "auto":
        return None
    found = getattr(torch, dtype.removeprefix("torch."), None) if isinstance(dtype, str) else dtype or torch.float32
    if found not in FLOATS.values():
        known = ", ".join(str(kind) for kind in FLOATS.values())
        raise ArgumentError(f"dtype is {dtype!r}; 'auto' and {known} are accepted, also as text.")
    return found


def write(weights: Mapping[str, Tensor], path: Path, mode: int) -> None:
    """Write weights as they are, also those of an LSTM on a GPU, which share one storage; `mode` says who may read."""
    tensors = {name: weight.detach().cpu().contiguous() for name, weight in weights.items()}
    save_file(tensors, path, metadata={"format": "pt"})
    path.chmod(mode)  # safetensors lets nobody but the owner read it


def read(path: Path, source: str, shapes: dict[str, torch.Size], dtype: torch.dtype | None) -> dict[str, torch.Tensor]:
    """The weights in `dtype`, once their names and shapes are those of the config; nothing else is read.

    They are copies: a file that is mapped can be neither replaced nor removed on Windows.
    """
    try:
        with safetensors.safe_open(path, framework="pt") as weights:
            slices = {name: weights.get_slice(name) for name in weights.keys()}  # noqa: SIM118
            found = {name: tuple(piece.get_shape()) for name, piece in slices.items()}
            _compare(found, {name: tuple(shape) for name, shape in shapes.items()}, source)
            for name, piece in slices.items():
                if piece.get_dtype() not in FLOATS:
                    raise ValueError(f"{name} is of {piece.get_dtype()}, and weights are of {', '.join(FLOATS)}")
            kinds = [FLOATS[piece.get_dtype()] for piece in slices.values()]
            kind = dtype or reduce(torch.promote_types, kinds)
            tensors = {name: weights.get_tensor(name).to(kind, copy=True) for name in found}
    except FileNotFoundError:
        raise CheckpointError(f"{source} has no {WEIGHTS}; only safetensors are read, no pickles.") from None
    except (OSError, ValueError, safetensors.SafetensorError) as error:
        raise CheckpointError(f"The {WEIGHTS} of {source} is damaged ({error}); fetch it again.") from error
    broken = [name for name, tensor in tensors.items() if not torch.isfinite(tensor).all()]
    if broken:
        raise CheckpointError(
            f"The weight {broken[0]} of {source} holds NaN or infinity in {kind}; the checkpoint is damaged, or needs"
            " another dtype."
        )
    return tensors


def _compare(found: dict[str, tuple[int, ...]], wanted: dict[str, tuple[int, ...]], source: str) -> None:
    for name in sorted(wanted.keys() | found.keys()):
        if found.get(name) != wanted.get(name):
            has, needs = found.get(name, "missing"), wanted.get(name, "nothing of that name")
            raise CheckpointError(f"The weight {name} of {source} is {has}; its config.json asks for {needs}.")
