"""What converters share whose tokens are steps of a grid of 16ths: windows are slices, one a bar."""

import abc
from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np

from ..notes import Note, Passage, Track
from .base import Converter


class GridConverter(Converter):
    """A token of each part for each 16th; a segment is a bar."""

    segment_steps: ClassVar[int] = 16

    def cut(self, passage: Passage, tracks: Sequence[Track]) -> Iterator[tuple[int, np.ndarray]]:
        tokens = self.grid(passage.parts, passage.bars * self.segment_steps)
        if passage.bars < self.bars and passage.ends_song:
            tokens = np.pad(tokens, ((0, self.steps - len(tokens)), (0, 0)))
        for bar in range(len(tokens) // self.segment_steps - self.bars + 1):
            at = bar * self.segment_steps
            yield bar, tokens[at : at + self.steps]

    @abc.abstractmethod
    def grid(self, parts: Sequence[Sequence[Note]], steps: int) -> np.ndarray:
        """The notes of each part, in steps, as tokens (steps, P)."""
