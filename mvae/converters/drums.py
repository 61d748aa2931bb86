"""Drums: one token a 16th, a bit mask of nine classes of drums."""

from collections.abc import Sequence

import numpy as np
import pretty_midi
import torch
from torch import Tensor

from ..errors import ArgumentError
from ..notes import Note, Song, Track
from .base import Reading, part_to_midi
from .grid import GridConverter

DRUMS = "kick", "snare", "closed hi-hat", "open hi-hat", "low tom", "mid tom", "high tom", "crash", "ride"
CLASSES = 2 ** len(DRUMS)
MAP_2019 = (
    (36, 35),
    (38, 27, 28, 31, 32, 33, 34, 37, 39, 40, 56, 65, 66, 75, 85),
    (42, 44, 54, 68, 69, 70, 71, 73, 78, 80, 22),
    (46, 67, 72, 74, 79, 81, 26),
    (45, 29, 41, 43, 61, 64, 84),
    (48, 47, 60, 63, 77, 86, 87),
    (50, 30, 62, 76, 83),
    (49, 52, 55, 57, 58),
    (51, 53, 59, 82),
)
MAP_2017 = (
    *MAP_2019[:2],
    MAP_2019[2][:-1],
    MAP_2019[3][:-1],
    (45, 29, 41, 61, 64, 84),
    MAP_2019[5],
    (50, 30, 43, 62, 76, 83),
    (49, 55, 57, 58),
    (51, 52, 53, 59, 82),
)
MAP_FULL = tuple((pitch,) for pitches in MAP_2017 for pitch in pitches)
MAPS = {"2019": MAP_2019, "2017": MAP_2017, "full": MAP_FULL}


class DrumMap:
    """Which General MIDI pitches are which of the nine drums; each drum is written as its first pitch.

    The map of "2019" is Magenta's of today; its published MusicVAE checkpoints were trained with that of "2017". The
    "full" one tells all 61 drums of General MIDI apart.
    """

    def __init__(self, name: str) -> None:
        if name not in MAPS:
            raise ArgumentError(f"There is no drum map {name!r}; there are {', '.join(MAPS)}.")
        self.pitches = tuple(pitches[0] for pitches in MAPS[name])
        self.bits = np.zeros(128, dtype=np.int16 if len(self.pitches) < 16 else np.int64)
        for drum, pitches in enumerate(MAPS[name]):
            self.bits[list(pitches)] = 1 << drum

    @property
    def size(self) -> int:
        """How many drums there are."""
        return len(self.pitches)

    def merge(self, tracks: Sequence[Track]) -> Track | None:
        """All drum tracks of a song as one, or None where there is nothing of drums; silence counts as drums."""
        drums = [track for track in tracks if track.is_drum and (self.hits(track) or not track.notes)]
        if not drums:
            return None
        notes = [note for track in drums for note in track.notes]
        return Track(drums[0].name or "Drums", 0, True, notes, max(track.silent_until for track in drums))

    def hits(self, track: Track) -> bool:
        """Whether a track has a note that is one of the nine drums."""
        return any(self.bits[note.pitch] for note in track.notes)

    def tokens(self, notes: Sequence[Note], steps: int) -> np.ndarray:
        """Notes in steps as masks (steps,); how long they last is ignored."""
        masks = np.zeros(steps, dtype=self.bits.dtype)
        for note in notes:
            masks[note.start] |= self.bits[note.pitch]
        return masks

    def notes(self, masks: np.ndarray) -> list[Note]:
        """Masks (steps,) as notes of one step."""
        hits = np.argwhere(masks[:, None] >> np.arange(self.size) & 1).tolist()
        return [Note(step, step + 1, self.pitches[drum]) for step, drum in hits]


class DrumsConverter(GridConverter):
    """Drums of `bars` bars as tokens (T, 1): bit i is drum i of the nine in `DRUMS`; 0 is silence.

    All drum tracks of a song are read together (Roberts et al. 2018, appendix A).
    """

    kind = "drums"
    classes = (CLASSES,)
    masks = (len(DRUMS),)
    names = ("Drums",)

    def __init__(self, bars: int, drum_map: str = "2019") -> None:
        super().__init__(bars)
        self.map = DrumMap(drum_map)
        self.classes, self.masks = (2**self.map.size,), (self.map.size,)

    def readable(self, song: Song) -> list[Reading]:
        track = self.map.merge(song.tracks)
        return [Reading(track.name, [track])] if track else []

    def grid(self, parts: Sequence[Sequence[Note]], steps: int) -> np.ndarray:
        return self.map.tokens(parts[0], steps)[:, None]

    def canonical(self, tokens: Tensor) -> Tensor:
        return tokens

    def to_midi(self, tokens: Tensor, qpm: float = 120.0) -> pretty_midi.PrettyMIDI:
        notes = self.map.notes(self.check(tokens)[:, 0])
        return part_to_midi([(notes, 0, True, "Drums")], self.steps, qpm, self.steps_per_quarter)

    def describe_missing(self, song: Song) -> str:
        if any(track.is_drum and track.notes for track in song.tracks):
            return f"{song.source} has no drum that is one of the nine read: {', '.join(DRUMS)}."
        return f"{song.source} has no drums; notes on channel 10 are needed."


def drum_roll(tokens: Tensor, bits: int) -> Tensor:
    """Masks (...) as a roll (..., bits) of zeros and ones."""
    return tokens.unsqueeze(-1) >> torch.arange(bits, device=tokens.device) & 1
