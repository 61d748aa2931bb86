"""Two arrangements of one bar, and the way between them."""

from pathlib import Path

import pretty_midi
import torch

from mvae import MusicVAE

from .. import checks, models, pieces
from ..pieces import Piece

KIND = "multitrack"
STEPS = 2, 9


def band(model: object, steps: object, temperature: object, seed: object, qpm: object, folder: Path) -> list[Piece]:
    """`steps` arrangements of a `model`: two new ones, called A and B, and those on the way between.

    Files are within `folder`. Raises `CheckpointError` for a model that isn't there or makes other music,
    `ArgumentError` for what is out of range.
    """
    models.of_kind(model, KIND)
    steps, seed = checks.whole("steps", steps, *STEPS), checks.whole("seed", seed, *checks.SEED)
    temperature = checks.number("temperature", temperature, *checks.TEMPERATURE)
    qpm = checks.number("qpm", qpm, *checks.QPM)
    music = models.play(model, _arrange, steps, temperature, seed, qpm)
    titles = ["A", *(f"Step {step}" for step in range(1, steps - 1)), "B"]
    names = [f"{models.short(model)}-seed-{seed}-{step}" for step in range(steps)]
    return pieces.save(list(zip(titles, names, music, strict=True)), folder)


def _arrange(player: MusicVAE, steps: int, temperature: float, seed: int, qpm: float) -> list[pretty_midi.PrettyMIDI]:
    a, b = player.sample_codes(2, torch.Generator(player.device).manual_seed(seed)).split(1)
    return player.decode(player.interpolate(a, b, steps), temperature, seed, qpm)
