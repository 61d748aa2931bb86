"""Views of tokens that networks eat: one-hot rows and drum rolls, with -1 (nothing yet) as the zero vector."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

START = -1


def one_hot(tokens: Tensor, classes: int) -> Tensor:
    """Tokens (...) as float rows (..., classes); `START` gives zeros."""
    return functional.one_hot(tokens + 1, classes + 1)[..., 1:].float()


def roll(tokens: Tensor, bits: int) -> Tensor:
    """Bit masks (...) as float rows (..., bits + 1), the last of which says that no bit is set; `START` gives zeros."""
    struck = tokens.clamp(min=0).unsqueeze(-1) >> torch.arange(bits, device=tokens.device) & 1
    return torch.cat([struck, (tokens == 0).unsqueeze(-1)], -1).float()


def shift(tokens: Tensor, first: Tensor | None = None) -> Tensor:
    """The tokens (B, T, P) that precede each step: `first` (B, P), or `START`, then all but the last."""
    before = torch.full_like(tokens[:, :1], START) if first is None else first.unsqueeze(1)
    return torch.cat([before, tokens[:, :-1]], 1)


class TokenView:
    """Tokens (..., P) as rows (..., size): each part one-hot, or as a roll where `bits` says how many it masks."""

    def __init__(self, classes: Sequence[int], bits: Sequence[int]) -> None:
        self.parts = list(zip(classes, bits, strict=True))
        self.sizes = [masked + 1 if masked else count for count, masked in self.parts]
        self.size = sum(self.sizes)

    def __call__(self, tokens: Tensor) -> Tensor:
        rows = [
            roll(tokens[..., p], masked) if masked else one_hot(tokens[..., p], count)
            for p, (count, masked) in enumerate(self.parts)
        ]
        return torch.cat(rows, -1)

    def rows(self, part: int) -> Tensor:
        """What a part shows of `START` and of each of its classes: (classes + 1, width)."""
        count, masked = self.parts[part]
        tokens = torch.arange(START, count)
        return roll(tokens, masked) if masked else one_hot(tokens, count)
