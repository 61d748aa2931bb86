"""Form: which bars of a piece come again, changed or not, and higher or lower.

Musicians say "as in bar three, a third higher". Here each bar of each part names an earlier one, the semitones that it
lies above it, and how alike the two are. In shapes: N pieces, B bars, P parts, T steps.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from .converters import Converter
from .converters.melody import CLASSES, FIRST_ON

NONE = -1  # a bar that is like no earlier one
LEAST = 0.25  # below which bars are not alike
WIDEST = 12  # semitones by which a bar may be moved
PREFERRED = 0.1  # by how much more alike a bar must be to one that is moved than to one that is not
FEATURES = 6  # numbers that say of a bar what its form is


class Form(NamedTuple):
    """Of bars (N, B, P): the number of the one that each is like, or -1; how far it lies above; how alike they are.

    `alike` is the share of steps at which either bar has an event, where both have the same; 1 are equal bars.
    """

    source: Tensor
    shift: Tensor
    alike: Tensor

    def features(self) -> Tensor:
        """What a network is told of each bar: (N, B, P, FEATURES)."""
        known = (self.source >= 0).float()
        bars = torch.arange(self.source.shape[1], device=self.source.device).view(1, -1, 1)
        lag = (bars - self.source) * known
        numbers = known, self.alike, (self.alike == 1).float(), self.shift / WIDEST, lag / 8, (lag % 4 == 0) * known
        return torch.stack([number.float() for number in numbers], -1)

    def pack(self) -> Tensor:
        """As one tensor of numbers (N, B, P, 3), to be kept."""
        return torch.stack([self.source.float(), self.shift.float(), self.alike], -1)

    @classmethod
    def unpack(cls, numbers: Tensor) -> "Form":
        """What `pack` made."""
        source, shift, alike = numbers.unbind(-1)
        return cls(source.long(), shift.long(), alike)


def form_of(converter: Converter, tokens: Tensor) -> Form:
    """The form of windows (N, T, P): each bar is like that of those before it which it is most like."""
    parts = [_part(tokens[..., p], converter.bars, bool(bits)) for p, bits in enumerate(converter.masks)]
    return Form(*(torch.stack(values, -1) for values in zip(*parts, strict=True)))


def moved(tokens: Tensor, semitones: Tensor) -> Tensor:
    """Melody tokens that begin notes, moved within the range that there is; all others as they are."""
    return torch.where(tokens >= FIRST_ON, (tokens + semitones).clamp(FIRST_ON, CLASSES - 1), tokens)


def _part(line: Tensor, bars: int, drums: bool) -> tuple[Tensor, Tensor, Tensor]:
    """The form of one part (N, T): three tensors (N, B)."""
    rows = line.unflatten(1, (bars, -1))
    later, earlier = rows.unsqueeze(2), rows.unsqueeze(1)  # (N, B, 1, S) and (N, 1, B, S)
    likeness = _likeness(later, earlier)
    shift = torch.zeros_like(likeness, dtype=torch.long)
    if not drums:
        step = _commonest_step(later, earlier)
        other = _likeness(later, moved(earlier, step.unsqueeze(-1)))
        better = other > likeness + PREFERRED
        likeness, shift = likeness.where(~better, other), shift.where(~better, step)
    before = torch.ones(bars, bars, dtype=torch.bool, device=line.device).tril(-1)
    latest = torch.arange(bars, device=line.device) / 1e4  # of bars that are equally like, the latest
    source = (likeness - PREFERRED * (shift != 0) + latest).where(before, -1.0).argmax(-1)
    alike, shift = (values.gather(-1, source.unsqueeze(-1)).squeeze(-1) for values in (likeness, shift))
    found = (alike >= LEAST) & before.any(-1)
    return source.where(found, NONE), shift.where(found, 0), alike.where(found, 0.0)


def _likeness(one: Tensor, other: Tensor) -> Tensor:
    """The share of steps with an event in either bar (..., S) at which both have the same; 1 where both are empty."""
    events = ((one > 0) | (other > 0)).sum(-1)
    same = ((one == other) & (one > 0)).sum(-1)
    return torch.where(events > 0, same / events.clamp(min=1), 1.0)


def _commonest_step(one: Tensor, other: Tensor) -> Tensor:
    """By how many semitones most of the notes that begin together in two bars (..., S) differ: (...,)."""
    both = (one >= FIRST_ON) & (other >= FIRST_ON)
    steps = (one - other).where(both, WIDEST + 1)
    counts = torch.stack([(steps == step).sum(-1) for step in range(-WIDEST, WIDEST + 1)], -1)
    return counts.argmax(-1) - WIDEST
