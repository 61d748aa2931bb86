"""Trios: a melody, a bass line and drums, a token of each every 16th."""

from collections.abc import Sequence

import numpy as np
import pretty_midi
import torch
from torch import Tensor

from ..notes import Note, Song, Track
from . import drums, melody
from .base import Reading, part_to_midi
from .grid import GridConverter

MELODY_PROGRAMS, BASS_PROGRAMS = range(32), range(32, 40)
BASS = 33  # electric bass, fingered


class TrioConverter(GridConverter):
    """Trios of `bars` bars as tokens (T, 3): melody and bass as `MelodyConverter` has them, drums as `DrumsConverter`.

    Programs tell the parts apart: 0–31 (pianos to guitars) are melodies, 32–39 basses. A song is read once for each
    pair of a melody and a bass, all its drums together (Roberts et al. 2018, appendix A).
    """

    kind = "trio"
    classes = (melody.CLASSES, melody.CLASSES, drums.CLASSES)
    masks = (0, 0, len(drums.DRUMS))
    names = ("Melody", "Bass", "Drums")

    def __init__(self, bars: int, drum_map: str = "2019") -> None:
        super().__init__(bars)
        self.map = drums.DrumMap(drum_map)

    def readable(self, song: Song) -> list[Reading]:
        melodies, basses, percussion = self._roles(song)
        if percussion is None:
            return []
        trios = [
            Reading(" + ".join(filter(None, (tune.name, bass.name))), [tune, bass, percussion])
            for tune in melodies
            for bass in basses
        ]
        return sorted(trios, key=lambda reading: reading.silent)

    def grid(self, parts: Sequence[Sequence[Note]], steps: int) -> np.ndarray:
        tune, bass, percussion = parts
        lines = [melody.melody_tokens(line, steps) for line in (tune, bass)]
        return np.stack([*lines, self.map.tokens(percussion, steps)], 1)

    def canonical(self, tokens: Tensor) -> Tensor:
        return torch.cat([melody.canonical_melody(tokens[..., :2]), tokens[..., 2:]], -1)

    def to_midi(self, tokens: Tensor, qpm: float = 120.0) -> pretty_midi.PrettyMIDI:
        tune, bass, percussion = self.check(tokens).T
        parts = [
            (melody.melody_notes(tune), 0, False, "Melody"),
            (melody.melody_notes(bass), BASS, False, "Bass"),
            (self.map.notes(percussion), 0, True, "Drums"),
        ]
        return part_to_midi(parts, self.steps, qpm, self.steps_per_quarter)

    def describe_missing(self, song: Song) -> str:
        melodies, basses, percussion = self._roles(song)
        needs = {"melody (programs 0 to 31)": melodies, "bass (programs 32 to 39)": basses, "drums": percussion}
        missing = " and no ".join(name for name, found in needs.items() if not found)
        return f"{song.source} has no {missing}; a trio of melody, bass and drums is needed."

    def _roles(self, song: Song) -> tuple[list[Track], list[Track], Track | None]:
        pitched = [track for track in song.tracks if melody.is_melodic(track)]
        melodies = [track for track in pitched if track.program in MELODY_PROGRAMS]
        basses = [track for track in pitched if track.program in BASS_PROGRAMS]
        return melodies, basses, self.map.merge(song.tracks)
