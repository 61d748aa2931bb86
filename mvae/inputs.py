"""Views of tokens that networks eat: one-hot rows and drum rolls, with -1 (nothing yet) as the zero vector."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
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
        tokens = torch.arange(START, count, device="cpu")
        return roll(tokens, masked) if masked else one_hot(tokens, count)


class EmbeddedView(nn.Module):
    """Tokens (..., P) as rows (..., P * width) of learnt tables, in place of one-hot rows that are much wider."""

    def __init__(self, classes: Sequence[int], width: int) -> None:
        super().__init__()
        self.parts = [(count, 0) for count in classes]
        self.sizes = [width] * len(classes)
        self.size = sum(self.sizes)
        self.tables: Any = nn.ModuleList(table(count + 1, width) for count in classes)

    def forward(self, tokens: Tensor) -> Tensor:
        return torch.cat([table(tokens[..., p] + 1) for p, table in enumerate(self.tables)], -1)

    def rows(self, part: int) -> Tensor:
        """What a part shows of `START` and of each of its classes: (classes + 1, width)."""
        return self.tables[part].weight


def table(count: int, width: int) -> nn.Embedding:
    """An embedding as PyTorch begins it, or without numbers where there is no memory to have them in.

    PyTorch would draw them there, too, and import its whole compiler for it: seconds, before a checkpoint is read.
    """
    weight = torch.empty(count, width)
    if not weight.is_meta:
        nn.init.normal_(weight)[0] = 0
    return nn.Embedding.from_pretrained(weight, freeze=False, padding_idx=0)


View = TokenView | EmbeddedView


class BitView(TokenView):
    """Masks (..., 1) of `bits` bits as the bits themselves."""

    def __init__(self, bits: int) -> None:
        super().__init__([2**bits], [bits])
        self.sizes, self.size = [bits], bits

    def __call__(self, tokens: Tensor) -> Tensor:
        return roll(tokens[..., 0], self.size)[..., :-1]

    def masks(self, bits: Tensor) -> Tensor:
        """Bits (..., D) as masks (..., 1)."""
        return (bits.long() << torch.arange(self.size, device=bits.device)).sum(-1, keepdim=True)


class GrooveView(TokenView):
    """Grooves (..., 27) as rows of the same width: hits, velocities from 0 to 1, offsets from -1 to 1, early.

    "groove" shows all of them; "score" the hits alone, to be played humanly; "taps" the rhythm of the hardest hits as
    if one drum, the open hi-hat, was tapped, without how hard; "no_hi_hat" all but the closed hi-hat, to be added.
    """

    OPEN_HI_HAT, CLOSED_HI_HAT = 3, 2

    def __init__(self, classes: Sequence[int], name: str) -> None:
        super().__init__(classes, [0] * len(classes))
        self.sizes, self.size, self.name = [len(classes)], len(classes), name
        self.loudest, self.ahead = classes[self.size // 3] - 1, classes[-1] // 2

    def __call__(self, tokens: Tensor) -> Tensor:
        return torch.cat(getattr(self, f"_{self.name}")(*self.rows_of(tokens).chunk(3, -1)), -1)

    def rows_of(self, tokens: Tensor) -> Tensor:
        """All of a groove; `START` gives zeros."""
        hits, velocities, offsets = tokens.clamp(min=0).float().chunk(3, -1)
        rows = torch.cat([hits, velocities / self.loudest, offsets / self.ahead - 1], -1)
        return rows.where(tokens >= 0, 0)

    def tokens_of(self, rows: Tensor) -> Tensor:
        """The groove nearest to what rows say."""
        hits, velocities, offsets = rows.float().chunk(3, -1)
        return torch.cat([hits, velocities * self.loudest, (offsets + 1) * self.ahead], -1).round().long()

    def _groove(self, *rows: Tensor) -> tuple[Tensor, ...]:
        return rows

    def _score(self, hits: Tensor, velocities: Tensor, offsets: Tensor) -> tuple[Tensor, ...]:
        return hits, torch.zeros_like(velocities), torch.zeros_like(offsets)

    def _taps(self, hits: Tensor, velocities: Tensor, offsets: Tensor) -> tuple[Tensor, ...]:
        hardest, tapped = velocities.argmax(-1, keepdim=True), torch.zeros_like(hits)
        drum = torch.full_like(hardest, self.OPEN_HI_HAT)
        hit, offset = (tapped.scatter(-1, drum, one.gather(-1, hardest)) for one in (hits, offsets))
        return hit, tapped, offset

    def _no_hi_hat(self, *rows: Tensor) -> tuple[Tensor, ...]:
        kept = torch.arange(rows[0].shape[-1], device=rows[0].device) != self.CLOSED_HI_HAT
        return tuple(one.where(kept, 0) for one in rows)
