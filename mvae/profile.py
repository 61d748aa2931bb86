"""What a window's music is like, in a few numbers: what the prior is told before it draws a code."""

import torch
from torch import Tensor

from .converters import Converter
from .converters.drums import drum_roll
from .converters.melody import FIRST_ON, LOWEST
from .converters.multitrack import DRUMS, LENGTH, NOTE_OFF, PROGRAM

PITCH_CLASSES = 12
FAMILIES = 17  # the sixteen of General MIDI, and drums
LAGS = 1, 2, 4, 8  # bars


def profile_size(converter: Converter) -> int:
    """How many numbers `profile` gives."""
    if converter.kind == "multitrack":
        return PITCH_CLASSES + FAMILIES
    form = len(LAGS) + 1 if _has_form(converter) else 0
    return sum(bits or PITCH_CLASSES + 3 for bits in converter.masks) + form


def profile(converter: Converter, tokens: Tensor) -> Tensor:
    """Tokens (N, T, P) to profiles (N, F), each number from about 0 to 1.

    Of a melody: its pitch classes, mean pitch, range and density; of drums: how often each is struck; of a band: its
    pitch classes and instruments; of more than eight bars also how alike bars are that lie 1, 2, 4 and 8 bars apart,
    and how many repeat an earlier one.
    """
    if converter.kind == "multitrack":
        return _band(tokens[..., 0])
    parts = [
        drum_roll(tokens[..., p], bits).float().mean(1) * 4 if bits else _melody(tokens[..., p])
        for p, bits in enumerate(converter.masks)
    ]
    return torch.cat([*parts, _form(converter, tokens)] if _has_form(converter) else parts, -1)


def _has_form(converter: Converter) -> bool:
    return converter.bars > max(LAGS)


def _form(converter: Converter, tokens: Tensor) -> Tensor:
    """Tokens (N, T, P) to the mean share of events that bars at each lag have in common, and that of repeated bars."""
    bars = tokens.unflatten(1, (converter.bars, -1)).flatten(2)
    alike = [_likeness(bars[:, lag:], bars[:, :-lag]) for lag in LAGS]
    same = (bars.unsqueeze(1) == bars.unsqueeze(2)).all(-1).tril(-1).any(-1).float()
    return torch.stack([*alike, same.mean(-1)], -1)


def _likeness(one: Tensor, other: Tensor) -> Tensor:
    events = ((one > 0) | (other > 0)).sum(-1)
    same = ((one > 0) & (one == other)).sum(-1)
    return (same / events.clamp(min=1)).mean(-1)


def _melody(line: Tensor) -> Tensor:
    onsets = line >= FIRST_ON
    pitches = line - FIRST_ON + LOWEST
    low = torch.where(onsets, pitches, 127).amin(1)
    high = torch.where(onsets, pitches, 0).amax(1)
    count = onsets.sum(1)
    mean = (pitches * onsets).sum(1) / count.clamp(min=1)
    features = mean / 64 - 0.5, (high - low).clamp(min=0) / 24, count / line.shape[1] * 2
    return torch.cat([_pitch_classes(pitches, onsets), torch.stack(features, -1)], -1)


def _band(line: Tensor) -> Tensor:
    rows = line.unflatten(1, (-1, LENGTH))
    drums = rows[..., 0] == DRUMS
    plays = (rows[..., 0] >= PROGRAM) & (rows[..., 0] <= DRUMS)
    family = torch.where(drums, FAMILIES - 1, (rows[..., 0] - PROGRAM).clamp(min=0) // 8)
    families = torch.nn.functional.one_hot(family, FAMILIES) * plays.unsqueeze(-1)
    notes = (rows < NOTE_OFF) & ~drums.unsqueeze(-1)
    return torch.cat([_pitch_classes(rows.flatten(1), notes.flatten(1)), families.sum(1) / 2], -1)


def _pitch_classes(pitches: Tensor, onsets: Tensor) -> Tensor:
    """The share of each pitch class among the onsets (N, T): (N, 12)."""
    counts = (torch.nn.functional.one_hot(pitches % PITCH_CLASSES, PITCH_CLASSES) * onsets.unsqueeze(-1)).sum(1)
    return counts / counts.sum(-1, keepdim=True).clamp(min=1) * 2
