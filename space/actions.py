"""What the tabs do: plain values in, pieces out. Whatever comes from outside is checked here, before `mvae` sees it."""

import reprlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeGuard

import pretty_midi

from mvae import ArgumentError, Config
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
    config = models.load(model).config
    wishes = _wishes(n, temperature, seed, qpm, sound)
    return _pieces(models.play(model, "sample", *wishes), config, f"{model}-seed-{wishes[2]}", sound, folder)


def sample_visitor(
    repo_id: object, n: object, temperature: object, seed: object, qpm: object, sound: object, folder: Path
) -> list[Piece]:
    """The same with a checkpoint of the Hub, "owner/name", that a visitor brings along; see `models.visit`."""
    wishes = _wishes(n, temperature, seed, qpm, sound)
    model = models.visit(repo_id)
    name = f"{str(repo_id).split('/')[1]}-seed-{wishes[2]}"
    return _pieces(model.sample(*wishes), model.config, name, sound, folder)


def _wishes(n: object, temperature: object, seed: object, qpm: object, sound: object) -> tuple[int, float, int, float]:
    """The arguments of `MusicVAE.sample` in their order, once they are within their ranges."""
    if not isinstance(sound, bool):
        raise ArgumentError(f"sound is {reprlib.repr(sound)}; true or false is accepted.")
    n, seed = whole("n", n, *COUNT), whole("seed", seed, *SEED)
    return n, number("temperature", temperature, *TEMPERATURE), seed, number("qpm", qpm, *QPM)


def _pieces(
    music: Sequence[pretty_midi.PrettyMIDI], config: Config, name: str, sound: object, folder: Path
) -> list[Piece]:
    written = pieces.write(music, config.kind.capitalize(), name, folder)
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
