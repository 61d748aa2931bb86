"""A checkpoint of Magenta as a `MusicVAE`: the architecture it shows, filled with its weights."""

import dataclasses
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from mvae import MusicVAE
from mvae.config import Config
from mvae.errors import CheckpointError

from . import names
from .architecture import config_of
from .source import Source, opened

MOST_LINES = 12  # of what does not fit


class Ported(NamedTuple):
    """A model, and the variables of the checkpoint that are no weights of it."""

    model: MusicVAE
    aside: list[str]


def port(path: Path, name: str | None = None, drum_map: str | None = None) -> Ported:
    """Port the checkpoint at `path`, of Magenta's config `name` or of the one that it shows.

    `drum_map` is the one it was trained with, by default that of what Magenta published. Raises `CheckpointError` for
    what is damaged, foreign or of another architecture; it lists all that does not fit, by Magenta's names.
    """
    with opened(path) as source:
        config = config_of(source, name)
        if drum_map is not None:
            config = dataclasses.replace(config, drum_map=drum_map)
        return Ported(_filled(config, source), sorted(names.aside(source.variables)))


def _filled(config: Config, source: Source) -> MusicVAE:
    with torch.device("meta"):  # shapes are compared before any memory is taken
        model = MusicVAE(config)
    shapes = {name: tuple(weight.shape) for name, weight in model.state_dict().items()}
    if lines := names.misfits(source.variables, shapes):
        more = f"; and {len(lines) - MOST_LINES} more" if len(lines) > MOST_LINES else ""
        raise CheckpointError(f"{source.name} does not fit: {'; '.join(lines[:MOST_LINES])}{more}.")
    weights = names.weights(source.variables, shapes)
    if broken := sorted(name for name, values in weights.items() if not np.isfinite(values).all()):
        variable, _ = names.variable_of(broken[0])
        raise CheckpointError(f"{variable} of {source.name} holds NaN or infinity; the checkpoint is damaged.")
    model.load_state_dict({name: torch.from_numpy(values) for name, values in weights.items()}, assign=True)
    return model.eval()
