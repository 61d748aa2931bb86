"""Rewriting: lines of a band's instruments made into others, of which there are more than any corpus holds.

A model that is to copy any music has to see more drummers and pianists than those of a few hundred songs. Which lines
go together, and which are music at all, is the prior's to know.
"""

import random
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from mvae.converters.multitrack import (
    END,
    LENGTH,
    STEPS_PER_BAR,
    VELOCITIES,
    Instrument,
    instrument_of,
    line_of,
)
from mvae.notes import Note

BEAT = STEPS_PER_BAR // 4
GRIDS = 6, 8, 12  # steps: sixteenths, triplets of eighths, eighths
KIT = range(35, 82)  # the drums of General MIDI
FEWEST = 0.4  # of the notes of a thinned line, at least
INTERVAL, LOUDER = 6, 2  # semitones and bins of loudness, at most


def rewrite(tokens: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Bars of bands (B, 512, 1) of which a share of the lines are rewritten, with another's of the batch in them."""
    rng = random.Random(int(torch.randint(2**62, (), generator=generator)))
    rows = tokens.reshape(-1, LENGTH).numpy().copy()
    playing = np.flatnonzero(rows[:, 0] != END).tolist()
    read = {row: instrument_of(rows[row]) for row in playing if rng.random() < share}
    everyone = list(read.values())
    for row, instrument in read.items():
        others = [one for one in rng.choices(everyone, k=4) if one.is_drum == instrument.is_drum]
        rewritten = vary(instrument, others[0] if others else instrument, rng)
        if rewritten.notes:
            rows[row] = line_of(rewritten)
    return torch.from_numpy(rows).reshape(tokens.shape)


def vary(instrument: Instrument, other: Instrument, rng: random.Random) -> Instrument:
    """An instrument that plays a line of its own and `other`'s notes, in one or several of the ways there are."""
    ways = (blend, thin, turn, straighten, color, retune if instrument.is_drum else transpose)
    notes: Sequence[Note] = instrument.notes
    for way in rng.sample(ways, rng.randint(1, 3)):
        notes = way(notes, other.notes, rng)
    return instrument._replace(notes=tuple(_apart(notes)))


def blend(notes: Sequence[Note], others: Sequence[Note], rng: random.Random) -> list[Note]:
    """Each pitch as one of the two plays it, or one of them until a beat and the other from there."""
    if rng.random() < 0.5:
        pitches = sorted({note.pitch for note in (*notes, *others)})
        kept = {pitch for pitch in pitches if rng.random() < 0.5}
        return [note for note in notes if note.pitch in kept] + [note for note in others if note.pitch not in kept]
    until = rng.randint(1, 3) * BEAT
    before = [note._replace(end=min(note.end, until)) for note in notes if note.start < until]
    return before + [note for note in others if note.start >= until]


def thin(notes: Sequence[Note], _: Sequence[Note], rng: random.Random) -> list[Note]:
    """Without some of its notes."""
    share = rng.uniform(FEWEST, 1)
    return [note for note in notes if rng.random() < share]


def turn(notes: Sequence[Note], _: Sequence[Note], rng: random.Random) -> list[Note]:
    """Begun on another beat, and what was before it played at the end."""
    by = rng.randint(1, 3) * BEAT
    starts = [(note, (note.start + by) % STEPS_PER_BAR) for note in notes]
    return [note._replace(start=start, end=start + note.end - note.start) for note, start in starts]


def straighten(notes: Sequence[Note], _: Sequence[Note], rng: random.Random) -> list[Note]:
    """On a grid."""
    grid = rng.choice(GRIDS)
    starts = [(note, round(note.start / grid) * grid) for note in notes]
    return [
        note._replace(start=start, end=start + max(note.end - note.start, 1))
        for note, start in starts
        if start < STEPS_PER_BAR
    ]


def color(notes: Sequence[Note], _: Sequence[Note], rng: random.Random) -> list[Note]:
    """Louder or softer, or all as loud as each other."""
    if rng.random() < 0.5:
        loud = rng.randint(1, VELOCITIES)
        return [note._replace(velocity=loud) for note in notes]
    by = rng.randint(-LOUDER, LOUDER)
    return [note._replace(velocity=min(max(note.velocity + by, 1), VELOCITIES)) for note in notes]


def transpose(notes: Sequence[Note], _: Sequence[Note], rng: random.Random) -> list[Note]:
    """Higher or lower than the others of its band."""
    by = rng.randint(-INTERVAL, INTERVAL)
    return [note._replace(pitch=note.pitch + by) for note in notes if 0 <= note.pitch + by < 128]


def retune(notes: Sequence[Note], _: Sequence[Note], rng: random.Random) -> list[Note]:
    """With one of its drums in place of another."""
    pitches = sorted({note.pitch for note in notes})
    if not pitches:
        return list(notes)
    out, new = rng.choice(pitches), rng.choice(KIT)
    return [note._replace(pitch=new) if note.pitch == out else note for note in notes]


def _apart(notes: Sequence[Note]) -> list[Note]:
    """Notes within the bar, none begun twice, and each ended when its pitch is struck again."""
    last: dict[int, int] = {}
    kept: list[Note] = []
    for note in sorted(notes, key=lambda note: (-note.start, note.pitch, -note.end)):
        following = last.get(note.pitch, STEPS_PER_BAR)
        if note.start < following:
            kept.append(note._replace(end=min(note.end, following)))
            last[note.pitch] = note.start
    return kept[::-1]
