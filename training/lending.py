"""Lending: parts of ensembles that play lines of another corpus, of which there are more and other ones."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mvae.converters import Converter
from mvae.converters.melody import CLASSES, FIRST_ON

from .windows import CorpusError, Draw, Windows

OCTAVE = 12  # semitones


class Lender:
    """Gives a share of the parts of ensembles the lines of `windows`, which are melodies or drums.

    A model that is to copy any bass should not learn from the basses of few songs alone; which ones go with which
    melody is the prior's to know. Sources are drawn in proportion to their size to the power of `balance`.
    """

    def __init__(self, windows: Windows, converter: Converter, balance: float) -> None:
        self.windows, self.draw = windows, Draw(windows, windows.split("train"), balance)
        self.parts = [part for part, bits in enumerate(converter.masks) if bool(bits) == (windows.kind == "drums")]
        if converter.parts == 1 or windows.kind not in ("melody", "drums") or windows.bars != converter.bars:
            raise CorpusError(
                f"{windows.bars}-bar {windows.kind} cannot be lent to {converter.bars}-bar {converter.kind}; to a trio"
                " melodies and drums of as many bars can."
            )

    def __call__(self, tokens: Tensor, share: float, rng: np.random.Generator) -> Tensor:
        """Windows (B, T, P) of which a `share` of the parts that play such lines play others'."""
        lent = tokens.clone()
        for part in self.parts:
            lines = self.windows.batch(rng.permutation(self.draw(len(tokens), rng)))[..., 0]
            own = tokens[..., part]
            if self.windows.kind == "melody":
                lines = in_register(lines, own)
            chosen = torch.from_numpy(rng.random(len(tokens)) < share).unsqueeze(-1)
            lent[..., part] = torch.where(chosen, lines, own)
        return lent


def lenders_of(folders: Sequence[Path], converter: Converter, balance: float) -> list[Lender]:
    """Lenders of the windows in each folder; raises `CorpusError` where they are no lines of `converter`'s parts."""
    return [Lender(Windows.load(folder), converter, balance) for folder in folders]


def lend(tokens: Tensor, lenders: Sequence[Lender], share: float, rng: np.random.Generator) -> Tensor:
    """Windows (B, T, P) to which each of the lenders, in turn, has lent a `share` of the parts that play its lines."""
    for lender in lenders:
        tokens = lender(tokens, share, rng)
    return tokens


def in_register(lines: Tensor, others: Tensor) -> Tensor:
    """Melodies (B, T), moved by octaves to about where others (B, T) are; those that would not fit stay."""
    sounding = lines >= FIRST_ON
    shift = ((_height(others) - _height(lines)) / OCTAVE).round().nan_to_num() * OCTAVE
    moved = torch.where(sounding, lines + shift.long().unsqueeze(-1), lines)
    fits = ((moved >= FIRST_ON) & (moved < CLASSES) | ~sounding).all(1, keepdim=True)
    return torch.where(fits, moved, lines)


def _height(lines: Tensor) -> Tensor:
    """The mean of the notes (B,) of each melody, NaN where there are none."""
    sounding = lines >= FIRST_ON
    return (lines * sounding).sum(1) / sounding.sum(1)
