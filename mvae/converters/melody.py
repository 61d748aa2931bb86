"""Melodies: one token a 16th, 90 classes; what a whistler could whistle."""

from collections.abc import Sequence

import numpy as np
import pretty_midi
import torch
from torch import Tensor
from torch.nn.functional import pad

from ..notes import Note, Song, Track
from .base import Reading, part_to_midi
from .grid import GridConverter

NO_EVENT, NOTE_OFF, FIRST_ON = 0, 1, 2
LOWEST, HIGHEST = 21, 108
CLASSES = FIRST_ON + HIGHEST - LOWEST + 1


class MelodyConverter(GridConverter):
    """Melodies of `bars` bars as tokens (T, 1): 0 no event, 1 note off, 2–89 note on for MIDI pitches 21–108.

    Chords keep their highest note, and a later note cuts the one before it (Roberts et al. 2018, appendix A).
    """

    kind = "melody"
    classes = (CLASSES,)
    masks = (0,)
    names = ("Melody",)

    def readable(self, song: Song) -> list[Reading]:
        readings = [Reading(track.name, [track]) for track in song.tracks if is_melodic(track)]
        return sorted(readings, key=lambda reading: reading.silent)

    def grid(self, parts: Sequence[Sequence[Note]], steps: int) -> np.ndarray:
        return melody_tokens(parts[0], steps)[:, None]

    def canonical(self, tokens: Tensor) -> Tensor:
        return canonical_melody(tokens)

    def to_midi(self, tokens: Tensor, qpm: float = 120.0) -> pretty_midi.PrettyMIDI:
        rows = self.check(tokens)
        return part_to_midi([(melody_notes(rows[:, 0]), 0, False, "Melody")], self.steps, qpm, self.steps_per_quarter)

    def describe_missing(self, song: Song) -> str:
        if any(track.notes and not track.is_drum for track in song.tracks):
            return f"{song.source} has no note in the range of a melody; MIDI pitches {LOWEST} to {HIGHEST} are read."
        what = "drums only" if any(track.notes for track in song.tracks) else "no notes"
        return f"{song.source} has {what}; a melody is needed."


def is_melodic(track: Track) -> bool:
    """Whether a melody can be read from a track; a silent one that says how long it is silent is one, too."""
    return not track.is_drum and (
        any(LOWEST <= note.pitch <= HIGHEST for note in track.notes) or (not track.notes and track.silent_until > 0)
    )


def melody_tokens(notes: Sequence[Note], steps: int) -> np.ndarray:
    """Flatten notes (in steps) to one melody of `steps` tokens."""
    line: list[Note] = []
    for note in sorted(notes, key=lambda n: (n.start, -n.pitch)):
        if not LOWEST <= note.pitch <= HIGHEST or (line and line[-1].start == note.start):
            continue
        line.append(note)
    tokens = np.zeros(steps, dtype=np.int16)
    cuts = [*(note.start for note in line[1:]), steps]
    for note, cut in zip(line, cuts, strict=False):
        tokens[note.start] = note.pitch - LOWEST + FIRST_ON
        if note.end < cut:
            tokens[note.end] = NOTE_OFF
    return tokens


def melody_notes(tokens: np.ndarray) -> list[Note]:
    """The notes of one melody, in steps; a note that is still held at the end lasts until the end."""
    notes: list[Note] = []
    start, pitch = 0, None
    for step, token in enumerate([*tokens.tolist(), NOTE_OFF]):
        if token == NO_EVENT:
            continue
        if pitch is not None:
            notes.append(Note(start, step, pitch))
        start, pitch = step, (token - FIRST_ON + LOWEST if token >= FIRST_ON else None)
    return notes


def canonical_melody(tokens: Tensor) -> Tensor:
    """Turn every note-off in silence, which nobody hears, into no event; tokens (..., T, P) of melodies."""
    steps = torch.arange(tokens.shape[-2], dtype=torch.int32, device=tokens.device).unsqueeze(-1)
    latest = torch.where(tokens == NO_EVENT, 0, 2 * steps + (tokens >= FIRST_ON)).cummax(-2).values
    sounding = pad(latest, (0, 0, 1, -1)) % 2 == 1
    return torch.where((tokens == NOTE_OFF) & ~sounding, NO_EVENT, tokens)
