"""Views of tokens that networks eat: one-hot rows, with -1 (the start of a sequence) as the zero vector."""

import torch
from torch import Tensor
from torch.nn import functional

START = -1


def one_hot(tokens: Tensor, classes: int) -> Tensor:
    """Tokens (...) as float rows (..., classes); `START` gives zeros."""
    return functional.one_hot(tokens + 1, classes + 1)[..., 1:].float()


def shift(tokens: Tensor) -> Tensor:
    """The tokens (B, T) that precede each step: `START`, then all but the last."""
    return torch.cat([torch.full_like(tokens[:, :1], START), tokens[:, :-1]], 1)
