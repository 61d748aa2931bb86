"""What the tabs do: plain values in, pieces out. Whatever comes from outside is checked here, before `mvae` sees it."""

import reprlib
from dataclasses import replace
from pathlib import Path
from typing import TypeGuard

from mvae import ArgumentError
from mvae.audio import missing

from . import models, pieces
from .pieces import Piece

COUNT = 1, 16
TEMPERATURE = 0.1, 1.5
QPM = 40, 240
SEED = 0, 2**53 - 1  # the whole numbers that a browser can hold


def sample(
    model: object, n: object, temperature: object, seed: object, qpm: object, sound: object, folder: Path
) -> list[Piece]:
    """`n` new pieces of a bundled `model`, their MIDI files within `folder`; WAV files too if `sound`, where possible.

    Raises `CheckpointError` for another model, `ArgumentError` for what is out of range, `AudioError` while rendering.
    """
    voice = models.load(model)
    n, seed = whole("n", n, *COUNT), whole("seed", seed, *SEED)
    temperature, qpm = number("temperature", temperature, *TEMPERATURE), number("qpm", qpm, *QPM)
    if not isinstance(sound, bool):
        raise ArgumentError(f"sound is {reprlib.repr(sound)}; true or false is accepted.")
    music = voice.sample(n, temperature, seed, qpm)
    written = pieces.write(music, voice.config.kind.capitalize(), f"{model}-seed-{seed}", folder)
    if not sound or missing():
        return written
    return [replace(piece, wav=pieces.render(piece.midi)) for piece in written]


def number(name: str, value: object, least: float, most: float) -> float:
    """A number from `least` to `most`, or an `ArgumentError` that names it."""
    if not _is_within(value, least, most):
        raise ArgumentError(f"{name} is {reprlib.repr(value)}; a number from {least} to {most} is accepted.")
    return float(value)


def whole(name: str, value: object, least: int, most: int) -> int:
    """A whole number from `least` to `most`, which a slider may have sent as 4.0, or an `ArgumentError`."""
    if not _is_within(value, least, most) or value != int(value):
        raise ArgumentError(f"{name} is {reprlib.repr(value)}; a whole number from {least} to {most} is accepted.")
    return int(value)


def _is_within(value: object, least: float, most: float) -> TypeGuard[int | float]:
    return not isinstance(value, bool) and isinstance(value, int | float) and least <= value <= most
