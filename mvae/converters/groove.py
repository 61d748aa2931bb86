"""Grooves: drums with how hard each is hit, and how far ahead of the grid or behind it."""

from collections.abc import Iterator, Sequence

import numpy as np
import pretty_midi
import torch
from torch import Tensor

from ..notes import Note, Passage, Song, Track
from .base import RESOLUTION, Converter, Reading, part_to_midi
from .drums import DRUMS, DrumMap

COUNT = len(DRUMS)
STEP = RESOLUTION // 4  # ticks
AHEAD = STEP // 2  # the farthest that a hit can be ahead of its step, or one more than behind it
VELOCITIES, OFFSETS = 128, STEP + 1


class GrooveConverter(Converter):
    """Grooves of `bars` bars as tokens (T, 27): for nine drums whether they are hit, how hard, and when.

    0–8 are hits, 0 or 1; 9–17 velocities, 0 to 127; 18–26 offsets, 60 on the grid and each tick of 480 to a quarter
    ahead of it one more. Of several hits of a drum in a step the hardest is kept (Gillick et al. 2019, section 3).
    """

    kind = "groove"
    classes = (2,) * COUNT + (VELOCITIES,) * COUNT + (OFFSETS,) * COUNT
    masks = (0,) * (3 * COUNT)
    names = tuple(f"{drum} {what}" for what in ("hit", "velocity", "offset") for drum in DRUMS)
    steps_per_quarter = RESOLUTION  # in which notes are read and written; a token is a 16th
    segment_steps = 16

    def __init__(self, bars: int, drum_map: str = "2019") -> None:
        super().__init__(bars)
        self.map = DrumMap(drum_map)

    def readable(self, song: Song) -> list[Reading]:
        track = self.map.merge(song.tracks)
        return [Reading(track.name, [track])] if track else []

    def cut(self, passage: Passage, tracks: Sequence[Track]) -> Iterator[tuple[int, np.ndarray]]:
        latest = max((_place(note)[0] // self.segment_steps + 1 for note in passage.parts[0]), default=0)
        bars = max(passage.bars, latest, self.bars) if passage.ends_song else passage.bars
        tokens = self._grid(passage.parts[0], bars * self.segment_steps)
        for bar in range(bars - self.bars + 1):
            at = bar * self.segment_steps
            yield bar, tokens[at : at + self.steps]

    def _grid(self, notes: Sequence[Note], steps: int) -> np.ndarray:
        """Notes in ticks as tokens (steps, 27)."""
        tokens = silence(steps)
        hits, velocities, offsets = np.split(tokens, 3, 1)  # views
        for note in notes:
            step, offset = _place(note)
            for drum in np.flatnonzero(self.map.bits[note.pitch] >> np.arange(COUNT) & 1):
                if step < steps and note.velocity > velocities[step, drum]:
                    hits[step, drum], velocities[step, drum], offsets[step, drum] = 1, note.velocity, offset
        return tokens

    def canonical(self, tokens: Tensor) -> Tensor:
        hits, velocities, offsets = tokens.split(COUNT, -1)
        offsets = offsets.clamp(min=1)  # a half step behind is a half step ahead of the next
        first = torch.arange(tokens.shape[-2], device=tokens.device).unsqueeze(-1) == 0
        offsets = offsets.where(~first, offsets.clamp(max=AHEAD))  # nothing is heard before the music begins
        struck = hits == 1
        heard = [hits, velocities.clamp(min=1).where(struck, 0), offsets.where(struck, AHEAD)]
        return torch.cat(heard, -1)

    def to_midi(self, tokens: Tensor, qpm: float = 120.0) -> pretty_midi.PrettyMIDI:
        hits, velocities, offsets = np.split(self.check(tokens).astype(int), 3, 1)
        notes: list[Note] = []
        for drum, pitch in enumerate(self.map.pitches):
            steps = np.flatnonzero(hits[:, drum])
            starts = np.maximum(steps * STEP + AHEAD - offsets[steps, drum], 0)
            ends = np.minimum(starts + STEP, [*starts[1:], self.steps * STEP])
            columns = starts, ends, np.full_like(starts, pitch), np.maximum(velocities[steps, drum], 1)
            notes += [Note(*map(int, row)) for row in zip(*columns, strict=True)]
        return part_to_midi([(sorted(notes), 0, True, "Drums")], self.steps * STEP, qpm, self.steps_per_quarter)

    def describe_missing(self, song: Song) -> str:
        if any(track.is_drum and track.notes for track in song.tracks):
            return f"{song.source} has no drum that is one of the nine read: {', '.join(DRUMS)}."
        return f"{song.source} has no drums; notes on channel 10 are needed."


def silence(steps: int) -> np.ndarray:
    """Tokens (steps, 27) without a hit."""
    tokens = np.zeros((steps, 3 * COUNT), dtype=np.int16)
    tokens[:, 2 * COUNT :] = AHEAD
    return tokens


def _place(note: Note) -> tuple[int, int]:
    """The step of a note that is in ticks, and its offset as a token."""
    step = (note.start + AHEAD) // STEP
    return step, AHEAD + step * STEP - note.start
