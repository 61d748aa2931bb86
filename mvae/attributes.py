"""Attributes: what music has more or less of, measured on tokens.

The five of a melody are those of Roberts et al. 2018, section 5.5 and appendix C. Where the paper calls an onset
syncopated "on an odd position (1-indexed)", which taken literally are the beats, its figures show off-beats; so do we.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import pad

from .converters.melody import FIRST_ON, LOWEST

WHITE_KEYS = 0, 2, 4, 5, 7, 9, 11
DRUM_CLASSES = 9


def measure(tokens: Tensor, kind: str) -> dict[str, Tensor]:
    """Each attribute (N,) of the tokens (N, T, P) of a converter's `kind`; empty for kinds that have none.

    Melodies have five, trios those of their melody, drums one. NaN is where a piece has too few notes to tell.
    """
    part, attributes = ATTRIBUTES.get(kind, (0, {}))
    return {name: attribute(tokens[..., part]) for name, attribute in attributes.items()}


def c_diatonic(melody: Tensor) -> Tensor:
    """The share of notes on white keys, of melodies (N, T)."""
    onsets = melody >= FIRST_ON
    white = torch.isin((melody - FIRST_ON + LOWEST) % 12, torch.tensor(WHITE_KEYS, device=melody.device))
    return _share(onsets & white, onsets)


def note_density(melody: Tensor) -> Tensor:
    """Onsets a step, of melodies (N, T)."""
    return (melody >= FIRST_ON).float().mean(-1)


def average_interval(melody: Tensor) -> Tensor:
    """The mean distance of successive notes in semitones, of melodies (N, T)."""
    onsets = melody >= FIRST_ON
    steps = torch.arange(melody.shape[-1], device=melody.device)
    latest = torch.where(onsets, steps, -1).cummax(-1).values
    before = pad(latest, (1, -1), value=-1)
    follows = onsets & (before >= 0)
    distance = (melody - melody.gather(-1, before.clamp(min=0))).abs()
    return torch.where(follows, distance, 0).sum(-1).float() / follows.sum(-1)


def syncopation_16th(melody: Tensor) -> Tensor:
    """The share of onsets between two 8ths with none a 16th before, of melodies (N, T)."""
    return _syncopation(melody, 1)


def syncopation_8th(melody: Tensor) -> Tensor:
    """The share of onsets on the 8th between two quarters with none a 16th or an 8th before, of melodies (N, T)."""
    return _syncopation(melody, 2)


def drum_density(drums: Tensor) -> Tensor:
    """Hits a step, over all drums, of bit masks (N, T)."""
    return ((drums.unsqueeze(-1) >> torch.arange(DRUM_CLASSES, device=drums.device)) & 1).sum(-1).float().mean(-1)


def _syncopation(melody: Tensor, unit: int) -> Tensor:
    """The share of onsets half-way between two multiples of 2 `unit` steps, with none in the `unit` steps before."""
    onsets = melody >= FIRST_ON
    off_beat = torch.arange(melody.shape[-1], device=melody.device) % (2 * unit) == unit
    prepared = torch.stack([pad(onsets, (steps, -steps)) for steps in range(1, unit + 1)]).any(0)
    return _share(onsets & off_beat & ~prepared, onsets)


def _share(some: Tensor, of: Tensor) -> Tensor:
    return some.sum(-1).float() / of.sum(-1)


MELODIC: dict[str, Callable[[Tensor], Tensor]] = {
    attribute.__name__: attribute
    for attribute in (c_diatonic, note_density, average_interval, syncopation_16th, syncopation_8th)
}
ATTRIBUTES = {"melody": (0, MELODIC), "trio": (0, MELODIC), "drums": (0, {"drum_density": drum_density})}
