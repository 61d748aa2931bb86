"""What a training run is: one frozen dataclass, and the named ones of the published checkpoints."""

import dataclasses
import importlib
import math
import pkgutil

from mvae.config import Config

from . import recipes
from .windows import CorpusError


@dataclasses.dataclass(frozen=True)
class Recipe:
    """A model and how it is trained.

    `steps` updates of `batch_size` windows; the learning rate rises for `warmup` updates and falls along a cosine. Beta
    rises to `beta` as the square of the time over the first `beta_warmup` of the run, so that the decoder has learnt to
    read the code before the code is squeezed; `free_bits` are of the summed KL. `transpose` is the range in semitones
    that a window is moved by anew each time it is seen, `drum_mixing` the share of windows that are given another's
    cymbals, `recombination` that of parts, instruments or bars of drums which are another window's, `lending`
    that of parts which are lent by other corpora (`training.lending`), `rewriting` that of a band's instruments whose
    lines are made into others (`training.rewriting`), `token_dropout` that of the decoder's inputs
    that are hidden. Sources are drawn in proportion to their size to the power of `balance`. A
    conducted model may first train its segments, then its conductor on their codes, for so many updates each
    (`training.stages`). `averaged` is how many updates the moving average is taken to have seen before the first: 0
    forgets the start soon. A run ends early when the validation loss is beyond its best by more than the share
    `tolerance`.
    """

    name: str
    model: Config
    steps: int
    batch_size: int = 128
    learning_rate: float = 2e-3
    warmup: int = 200
    beta: float = 0.1
    beta_warmup: float = 0.7
    free_bits: float = 0.0
    transpose: tuple[int, int] = (0, 0)
    drum_mixing: float = 0.0
    token_dropout: float = 0.0
    recombination: float = 0.0
    lending: float = 0.0
    rewriting: float = 0.0
    balance: float = 1.0
    exclude: tuple[str, ...] = ()
    segment_steps: int = 0
    conductor_steps: int = 0
    averaged: int = 0
    tolerance: float = math.inf
    seed: int = 0


def names() -> list[str]:
    """The names of the recipes."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(recipes.__path__))


def named(name: str) -> Recipe:
    """The recipe of a published checkpoint, from the module of `training.recipes` with its name."""
    if name not in names():
        raise CorpusError(f"There is no recipe {name!r}; there are {', '.join(names())}.")
    return importlib.import_module(f"{recipes.__name__}.{name.replace('-', '_')}").RECIPE
