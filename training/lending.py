"""Lending: parts of ensembles that play lines of another corpus, of which there are more and other ones."""

import abc
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from torch import Tensor

from mvae.converters import Converter
from mvae.converters.melody import CLASSES, FIRST_ON
from mvae.converters.multitrack import DRUMS, END, LENGTH

from .windows import CorpusError, Draw, Windows

OCTAVE = 12  # semitones
Lent = Annotated[
    list[Path],
    typer.Option("--lend", help="Windows that parts may play: melodies, drums for a trio, bands for a band; repeat."),
]


class Lender(abc.ABC):
    """Gives a share of the parts of ensembles lines of `windows`.

    A model that is to copy any bass should not learn from the basses of few songs alone; which ones go with which
    melody is the prior's to know. Sources are drawn in proportion to their size to the power of `balance`.
    """

    def __init__(self, windows: Windows, balance: float) -> None:
        self.windows, self.draw = windows, Draw(windows, windows.split("train"), balance)

    @abc.abstractmethod
    def __call__(self, tokens: Tensor, share: float, rng: np.random.Generator) -> Tensor:
        """Windows (B, T, P) of which a `share` of the parts that play such lines play others'."""

    def drawn(self, n: int, rng: np.random.Generator) -> Tensor:
        """Windows (n, T, P) to lend."""
        return self.windows.batch(rng.permutation(self.draw(n, rng)))


class PartLender(Lender):
    """Gives those parts of `converter` that play such music the lines of `windows`, which are melodies or drums."""

    def __init__(self, windows: Windows, converter: Converter, balance: float) -> None:
        super().__init__(windows, balance)
        self.parts = [part for part, bits in enumerate(converter.masks) if bool(bits) == (windows.kind == "drums")]

    def __call__(self, tokens: Tensor, share: float, rng: np.random.Generator) -> Tensor:
        lent = tokens.clone()
        for part in self.parts:
            lines, own = self.drawn(len(tokens), rng)[..., 0], tokens[..., part]
            if self.windows.kind == "melody":
                lines = in_register(lines, own)
            lent[..., part] = torch.where(_chosen((len(tokens), 1), share, rng), lines, own)
        return lent


class BandLender(Lender):
    """Gives instruments of bands, which keep their names, the lines of others; drums also to bands without any."""

    def __call__(self, tokens: Tensor, share: float, rng: np.random.Generator) -> Tensor:
        lines = tokens[..., 0].unflatten(1, (-1, LENGTH)).clone()
        names = lines[..., 0].clone()
        pool = self.drawn(len(tokens), rng)[..., 0].reshape(-1, LENGTH)
        free = (names == END) & ((names == END).cumsum(1) == 1)  # where drums would come, after all others
        drummed = (names == DRUMS) | (free & (names != DRUMS).all(1, keepdim=True))
        for wanted, lent in ((names < DRUMS, pool[:, 0] < DRUMS), (drummed, pool[:, 0] == DRUMS)):
            chosen = wanted & _chosen(names.shape, share, rng)
            found = pool[lent]
            if len(found):
                lines[chosen] = found[torch.from_numpy(rng.integers(len(found), size=int(chosen.sum())))]
        lines[..., 0] = torch.where(names < DRUMS, names, lines[..., 0])
        return lines.flatten(1).unsqueeze(-1)


def lender_of(windows: Windows, converter: Converter, balance: float) -> Lender:
    """The lender of `windows` to `converter`'s; raises `CorpusError` where they are no lines of its parts."""
    if windows.bars == converter.bars and windows.kind == converter.kind == "multitrack":
        return BandLender(windows, balance)
    if windows.bars == converter.bars and windows.kind in ("melody", "drums") and converter.parts > 1:
        return PartLender(windows, converter, balance)
    raise CorpusError(
        f"{windows.bars}-bar {windows.kind} cannot be lent to {converter.bars}-bar {converter.kind}; to a trio melodies"
        " and drums of as many bars can, and to a band bands."
    )


def lenders_of(folders: Sequence[Path], converter: Converter, balance: float) -> list[Lender]:
    """Lenders of the windows in each folder; raises `CorpusError` where they are no lines of `converter`'s parts."""
    return [lender_of(Windows.load(folder), converter, balance) for folder in folders]


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


def _chosen(shape: tuple[int, ...], share: float, rng: np.random.Generator) -> Tensor:
    return torch.from_numpy(rng.random(shape) < share)


def _height(lines: Tensor) -> Tensor:
    """The mean of the notes (B,) of each melody, NaN where there are none."""
    sounding = lines >= FIRST_ON
    return (lines * sounding).sum(1) / sounding.sum(1)
