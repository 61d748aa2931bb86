"""Attributes as musical operators: what a musician would do to a tune that is to have more of one, or less.

Pure functions of windows (B, T, P) of melodies or drums, of a `share` (B,) from 0 to 1, how far to go, and of a
generator for what is left to chance. A model learns its moves in latent space from tunes and what these make of them
(`training.fit_operators`).
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from mvae.attributes import WHITE_KEYS
from mvae.converters.drums import DRUMS, drum_roll
from mvae.converters.melody import CLASSES, FIRST_ON, LOWEST, melody_notes, melody_tokens
from mvae.notes import Note

from .diminution import fill, thin

Operator = Callable[[Tensor, Tensor, torch.Generator], Tensor]
# What a share of 1 comes to:
FEWER, MORE = 0.7, 1.7  # of the notes of a tune, how many are taken away, and added
FEWER_HITS, MORE_HITS = 0.6, 0.9  # the same of the hits of a beat
NARROWEST, WIDEST = 0.3, 2.5  # how many times as far from the mean pitch of a tune its notes are put
OFF_WHITE = 0.6  # of the notes on white keys
SYNCOPATED = 0.7  # of the notes that can be put off


def fewer_notes(tokens: Tensor, share: Tensor, generator: torch.Generator) -> Tensor:
    """The tune without its weakest notes."""
    return thin(tokens, share * FEWER)


def more_notes(tokens: Tensor, share: Tensor, generator: torch.Generator) -> Tensor:
    """The tune with its longest notes broken up by notes of its own scale."""
    return fill(tokens, share * MORE)


def smaller_intervals(tokens: Tensor, share: Tensor, generator: torch.Generator) -> Tensor:
    """The tune drawn together towards its mean pitch, in its own scale."""
    return _stretched(tokens, 1 - share * (1 - NARROWEST))


def larger_intervals(tokens: Tensor, share: Tensor, generator: torch.Generator) -> Tensor:
    """The tune drawn apart from its mean pitch, in its own scale."""
    return _stretched(tokens, 1 + share * (WIDEST - 1))


def onto_white_keys(tokens: Tensor, share: Tensor, generator: torch.Generator) -> Tensor:
    """The tune with black keys played on the white key below or above."""
    return _by_a_semitone(tokens, share, generator, black=True)


def off_white_keys(tokens: Tensor, share: Tensor, generator: torch.Generator) -> Tensor:
    """The tune with white keys played on a black key beside them, where there is one."""
    return _by_a_semitone(tokens, share * OFF_WHITE, generator, black=False)


def later_by_a_16th(tokens: Tensor, share: Tensor, generator: torch.Generator) -> Tensor:
    """The tune with notes that begin on an 8th put off by a 16th."""
    return _moved(tokens, share * SYNCOPATED, generator, grid=2, place=0, by=1)


def onto_8ths(tokens: Tensor, share: Tensor, generator: torch.Generator) -> Tensor:
    """The tune with notes that begin between two 8ths brought forward to the first."""
    return _moved(tokens, share, generator, grid=2, place=1, by=-1)


def later_by_an_8th(tokens: Tensor, share: Tensor, generator: torch.Generator) -> Tensor:
    """The tune with notes that begin on a quarter put off by an 8th."""
    return _moved(tokens, share * SYNCOPATED, generator, grid=4, place=0, by=2)


def onto_quarters(tokens: Tensor, share: Tensor, generator: torch.Generator) -> Tensor:
    """The tune with notes that begin on the 8th between two quarters brought forward to the first."""
    return _moved(tokens, share, generator, grid=4, place=2, by=-2)


def fewer_hits(tokens: Tensor, share: Tensor, generator: torch.Generator) -> Tensor:
    """The beat without its weakest hits: cymbals off the beat go first, kick and snare on it last."""
    hits = drum_roll(tokens[..., 0], len(DRUMS)).bool()
    strength = _strength(hits.shape[1]).expand(hits.shape) + 0.5 * torch.rand(hits.shape, generator=generator)
    return _masks(hits & ~_first(-strength, hits, share * FEWER_HITS))


def more_hits(tokens: Tensor, share: Tensor, generator: torch.Generator) -> Tensor:
    """The beat with more hits of the drums it has: where its other bar has one, then on the strongest free steps."""
    hits = drum_roll(tokens[..., 0], len(DRUMS)).bool()
    often = hits.float().mean(1, keepdim=True)
    elsewhere = hits.roll(hits.shape[1] // 2, 1).float()
    likely = 2 * elsewhere + 2 * often + _metre(hits.shape[1]).unsqueeze(-1) / 4
    likely = likely + 0.5 * torch.rand(hits.shape, generator=generator)
    free = ~hits & hits.any(1, keepdim=True)
    count = share * MORE_HITS * hits.sum((1, 2)) / free.sum((1, 2)).clamp(min=1)
    return _masks(hits | _first(likely, free, count.clamp(max=1)))


OPERATORS: dict[str, dict[str, tuple[Operator, Operator]]] = {
    "melody": {
        "c_diatonic": (off_white_keys, onto_white_keys),
        "note_density": (fewer_notes, more_notes),
        "average_interval": (smaller_intervals, larger_intervals),
        "syncopation_16th": (onto_8ths, later_by_a_16th),
        "syncopation_8th": (onto_quarters, later_by_an_8th),
    },
    "drums": {"drum_density": (fewer_hits, more_hits)},
}  # by the kind of music and the attribute: what lowers it, what raises it


def _stretched(tokens: Tensor, factor: Tensor) -> Tensor:
    """Pitches `factor` (B,) times as far from their mean, each on the nearest pitch class of the tune."""
    line = tokens[..., 0]
    onsets = line >= FIRST_ON
    pitches = line.float()
    mean = (pitches * onsets).sum(1, keepdim=True) / onsets.sum(1, keepdim=True).clamp(min=1)
    wanted = mean + factor.unsqueeze(1) * (pitches - mean)
    notes = torch.arange(FIRST_ON, CLASSES)
    used = torch.zeros(len(line), 12).scatter_add_(1, (line - FIRST_ON).clamp(min=0) % 12, onsets.float()) > 0
    foreign = ~used[:, (notes - FIRST_ON) % 12]
    distance = (wanted.unsqueeze(-1) - notes).abs() + 1000 * foreign.unsqueeze(1)
    return torch.where(onsets, distance.argmin(-1) + FIRST_ON, line).unsqueeze(-1)


def _by_a_semitone(tokens: Tensor, share: Tensor, generator: torch.Generator, black: bool) -> Tensor:
    """A `share` of the notes on black keys, or else on white ones, put on a key of the other colour beside them."""
    line = tokens[..., 0]
    keys = torch.isin((torch.arange(CLASSES + 1) - FIRST_ON + LOWEST) % 12, torch.tensor(WHITE_KEYS))
    is_white = keys[line]
    up = torch.rand(line.shape, generator=generator) < 0.5
    way = torch.where(up, 1, -1)
    way = torch.where(keys[(line + way).clamp(0, CLASSES)] == is_white, -way, way)
    moved = line + way
    fits = (line >= FIRST_ON) & (is_white != black) & (keys[moved.clamp(0, CLASSES)] != is_white)
    fits &= (moved >= FIRST_ON) & (moved < CLASSES)
    chosen = fits & (torch.rand(line.shape, generator=generator) < share.unsqueeze(1))
    return torch.where(chosen, moved, line).unsqueeze(-1)


def _moved(tokens: Tensor, share: Tensor, generator: torch.Generator, grid: int, place: int, by: int) -> Tensor:
    """A `share` of the notes that begin at `place` of the `grid` begin `by` steps later, or earlier where it is < 0."""
    luck = torch.rand(tokens.shape[:2], generator=generator) < share.unsqueeze(1)
    lines = [
        _shift_onsets(line, lucky, grid, place, by)
        for line, lucky in zip(tokens[..., 0].numpy(), luck.numpy(), strict=True)
    ]
    return torch.from_numpy(np.stack(lines)).to(tokens).unsqueeze(-1)


def _shift_onsets(line: np.ndarray, lucky: np.ndarray, grid: int, place: int, by: int) -> np.ndarray:
    notes = melody_notes(line)
    moved: list[Note] = []
    for note in notes:
        before = moved[-1].start if moved else -1
        start = note.start + by
        if lucky[note.start] and note.start % grid == place and before < start < note.end:
            if moved and moved[-1].end == note.start:  # what is tied to it lasts until it begins
                moved[-1] = moved[-1]._replace(end=start)
            note = note._replace(start=start)
        moved.append(note)
    return melody_tokens(moved, len(line))


def _metre(steps: int) -> Tensor:
    """How strong each step (T,) of the bar is, from 0 for a 16th between 8ths to 4 for the first."""
    step = torch.arange(steps)
    return torch.stack([(step % level == 0).float() for level in (2, 4, 8, 16)]).sum(0)


def _strength(steps: int) -> Tensor:
    """How much a beat would miss each hit (T, D): by the step, and kick and snare before the toms and cymbals."""
    return _metre(steps).unsqueeze(-1) + torch.tensor([1.5 if name in ("kick", "snare") else 0.0 for name in DRUMS])


def _first(order: Tensor, among: Tensor, share: Tensor) -> Tensor:
    """Of those `among` (B, T, D) the `share` (B,) that comes first in `order`, the largest numbers."""
    ranked = order.masked_fill(~among, -torch.inf).flatten(1)
    rank = ranked.argsort(dim=1, descending=True, stable=True).argsort(dim=1)
    count = (share * among.sum((1, 2))).long().unsqueeze(1)
    return (rank < count).unflatten(1, order.shape[1:])


def _masks(hits: Tensor) -> Tensor:
    """Hits (B, T, D) as tokens (B, T, 1)."""
    return (hits.long() << torch.arange(hits.shape[-1])).sum(-1, keepdim=True)
