"""Batches: training windows drawn at random, and varied before they are learnt from."""

import numpy as np
import torch
from torch import Tensor

from mvae.converters import Converter

from .augment import vary
from .windows import Draw, Windows


class Batches:
    """Draws batches of `size` training windows of a converter; `generator` is for all else that is drawn.

    Sources weigh by their size to the power of `balance`; those in `exclude` are left out. Melodies are moved by
    semitones within `transposition`. Raises `CorpusError` where the windows do not fit or do not fill a batch.
    """

    def __init__(
        self,
        windows: Windows,
        converter: Converter,
        size: int,
        transposition: tuple[int, int] = (0, 0),
        balance: float = 1.0,
        exclude: tuple[str, ...] = (),
        seed: int = 0,
    ) -> None:
        self.windows, self.converter, self.size, self.transposition = windows, converter, size, transposition
        self.draw = Draw(windows, windows.fitting(converter).to_learn(size, exclude), balance)
        self.rng, self.generator = np.random.default_rng(seed), torch.Generator().manual_seed(seed)

    def __call__(self, drum_mixing: float = 0.0, n: int | None = None) -> Tensor:
        """The tokens (B, T, P) of a batch, or of `n` windows, `drum_mixing` of whose beats have another's cymbals."""
        rows = self.draw(self.size if n is None else n, self.rng)
        return vary(self.windows.batch(rows), self.converter, self.transposition, drum_mixing, self.generator)
