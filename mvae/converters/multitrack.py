"""Arrangements: one bar of up to eight instruments, each a program, its events and an end (Simon et al. 2018).

The events are those of a performance (Oore et al. 2018): notes on and off, shifts of time, and velocities.
"""

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pretty_midi
import torch
from torch import Tensor

from ..errors import ArgumentError
from ..notes import Note, Passage, Song, Track
from .base import Converter, Reading, part_to_midi

INSTRUMENTS, LENGTH = 8, 64
STEPS_PER_BAR = 96
VELOCITIES = 8
NOTE_ON, NOTE_OFF, SHIFT, VELOCITY, PROGRAM, DRUMS, END = 0, 128, 256, 352, 360, 488, 489
CLASSES = END + 1
LOUDNESS = 128 // VELOCITIES  # MIDI velocities in a bin
UNSAID = 5  # the velocity bin of notes before which none is named


class Instrument(NamedTuple):
    """One instrument of an arrangement; notes are in steps of a bar, their velocities bins from 1 to 8."""

    is_drum: bool
    program: int
    notes: tuple[Note, ...]


class MultitrackConverter(Converter):
    """Bars of up to eight instruments as tokens (512, 1), 64 an instrument, at 24 steps a quarter.

    0–127 begin a note, 128–255 end one, 256–351 pass 1 to 96 steps, 352–359 set the velocity, 360–487 name the program,
    488 the drums, and 489 ends the instrument and fills up its 64 tokens. In canonical form instruments are in the
    order of their programs, drums last, and what lasts to the end of the bar is not ended.
    """

    kind = "multitrack"
    classes = (CLASSES,)
    masks = (0,)
    names = ("Band",)
    steps_per_quarter = 24
    segment_steps = LENGTH

    def __init__(self, bars: int = 1) -> None:
        super().__init__(bars)
        if bars != 1:
            raise ArgumentError(f"A multitrack converter of {bars} bars; 1 is accepted.")

    @property
    def segments(self) -> int:
        return INSTRUMENTS

    def readable(self, song: Song) -> list[Reading]:
        """The whole song, read at once; in each bar the eight instruments with the most notes are kept."""
        tracks = [track for track in song.tracks if track.notes or track.silent_until]
        return [Reading("Band", tracks)] if tracks else []

    def cut(self, passage: Passage, tracks: Sequence[Track]) -> Iterator[tuple[int, np.ndarray]]:
        bars = [_by_bar(notes) for notes in passage.parts]
        for bar in range(passage.bars):
            band = [
                Instrument(track.is_drum, 0 if track.is_drum else track.program, tuple(notes[bar]))
                for track, notes in zip(tracks, bars, strict=True)
                if bar in notes
            ]
            busiest = sorted(range(len(band)), key=lambda n: -len(band[n].notes))[:INSTRUMENTS]
            yield bar, band_tokens([band[n] for n in sorted(busiest)])[:, None]

    def said(self, tokens: Tensor) -> Tensor:
        ended = (tokens.unflatten(-2, (-1, LENGTH)) == END).cumsum(-2).flatten(-3, -2)
        return tokens.where((ended == 0) | ((ended == 1) & (tokens == END)), torch.tensor(-1, device=tokens.device))

    def canonical(self, tokens: Tensor) -> Tensor:
        rows = tokens.cpu().numpy().reshape(-1, self.steps)
        bands = np.stack([band_tokens(band_of(row)) for row in rows]) if len(rows) else rows
        return torch.from_numpy(bands.astype(np.int64)).reshape(tokens.shape).to(tokens.device)

    def to_midi(self, tokens: Tensor, qpm: float = 120.0) -> pretty_midi.PrettyMIDI:
        band = band_of(self.check(tokens)[:, 0]) or [Instrument(False, 0, ())]
        parts = [(_aloud(one.notes), one.program, one.is_drum, _name(one)) for one in band]
        return part_to_midi(parts, STEPS_PER_BAR, qpm, self.steps_per_quarter)

    def describe_missing(self, song: Song) -> str:
        return f"{song.source} has no notes; a band of one to eight instruments is needed."


def band_tokens(band: Sequence[Instrument]) -> np.ndarray:
    """At most eight instruments as tokens (512,), in canonical order; those without notes are left out."""
    tokens = np.full((INSTRUMENTS, LENGTH), END, dtype=np.int16)
    playing = [instrument for instrument in band if instrument.notes]
    for row, instrument in zip(tokens, sorted(playing, key=lambda one: (one.is_drum, one.program)), strict=False):
        row[:] = line_of(instrument)
    return tokens.ravel()


def band_of(tokens: np.ndarray) -> list[Instrument]:
    """The instruments that tokens (512,) name and that play a note."""
    instruments = map(instrument_of, tokens.reshape(INSTRUMENTS, LENGTH))
    return [instrument for instrument in instruments if instrument.notes]


def line_of(instrument: Instrument) -> np.ndarray:
    """An instrument as tokens (64,): its name, as many of its events as there is room for, and ends."""
    events = [DRUMS if instrument.is_drum else PROGRAM + instrument.program, *_events(instrument.notes)]
    return np.array(events + [END] * (LENGTH - len(events)), dtype=np.int16)


def instrument_of(line: np.ndarray) -> Instrument:
    """What the tokens (64,) of one instrument say; what makes no sense in them is passed over."""
    words = list(itertools.takewhile(lambda token: token != END, line.tolist()))
    named = words[0] if words and words[0] >= PROGRAM else PROGRAM
    sounding: dict[int, Note] = {}
    notes: list[Note] = []
    now, loud = 0, UNSAID
    for word in words:
        if SHIFT <= word < VELOCITY:
            now += word - SHIFT + 1
        elif VELOCITY <= word < PROGRAM:
            loud = word - VELOCITY + 1
        elif word < SHIFT and now < STEPS_PER_BAR:
            pitch = word % NOTE_OFF
            if pitch in sounding:
                notes.append(sounding.pop(pitch)._replace(end=now))
            if word < NOTE_OFF:
                sounding[pitch] = Note(now, STEPS_PER_BAR, pitch, loud)
    notes += sounding.values()
    is_drum = named == DRUMS
    lasting = tuple(note for note in notes if note.end > note.start)
    return Instrument(is_drum, 0 if is_drum else named - PROGRAM, lasting)


def _events(notes: Sequence[Note]) -> list[int]:
    """Notes as at most 62 events: of all ways to say them the shortest, so that what was decoded fits again."""
    ordered = sorted(notes, key=lambda note: (note.start, note.pitch))
    struck = {(note.start, note.pitch) for note in ordered}
    actions = [(note.start, number, NOTE_ON, note) for number, note in enumerate(ordered)]
    actions += [
        (note.end, number, NOTE_OFF, note)
        for number, note in enumerate(ordered)
        if note.end < STEPS_PER_BAR and (note.end, note.pitch) not in struck
    ]
    events: list[int] = []
    now, loud = 0, 0
    for step, _, action, note in sorted(actions):
        if step > now:
            events.append(SHIFT + step - now - 1)
        if action == NOTE_ON and note.velocity != loud:
            events.append(VELOCITY + note.velocity - 1)
            loud = note.velocity
        events.append(action + note.pitch)
        now = step
    return _without_idle_end(events[: LENGTH - 2])


def _without_idle_end(events: list[int]) -> list[int]:
    """Events up to the last that begins or ends a note."""
    return events[: max((n + 1 for n, event in enumerate(events) if event < SHIFT), default=0)]


def _by_bar(notes: Sequence[Note]) -> dict[int, list[Note]]:
    """The notes that begin in each bar, in steps of the bar, cut at its end, velocities as bins."""
    bars: dict[int, list[Note]] = {}
    for note in notes:
        bar, start = divmod(note.start, STEPS_PER_BAR)
        end = min(start + note.end - note.start, STEPS_PER_BAR)
        bars.setdefault(bar, []).append(Note(start, end, note.pitch, (note.velocity - 1) // LOUDNESS + 1))
    return bars


def _aloud(notes: Sequence[Note]) -> list[Note]:
    """Notes with the MIDI velocities in the middle of their bins."""
    return [note._replace(velocity=(note.velocity - 1) * LOUDNESS + LOUDNESS // 2) for note in notes]


def _name(instrument: Instrument) -> str:
    return "Drums" if instrument.is_drum else pretty_midi.program_to_instrument_name(instrument.program)
