"""Values that come from outside: each is as it should be, or an `ArgumentError` tells what it is and should be."""

import os
import reprlib
from collections.abc import Sequence
from pathlib import Path
from typing import TypeGuard

from mvae import ArgumentError
from mvae.converters.melody import HIGHEST, LOWEST
from mvae.notes import Note

COUNT = 1, 16
TEMPERATURE = 0.1, 1.5
QPM = 40, 240
SEED = 0, 2**53 - 1  # the whole numbers that a browser can hold
LARGEST = 10  # MB of a MIDI file
MOST_NOTES = 1000  # of a melody


def number(name: str, value: object, least: float, most: float) -> float:
    """A number from `least` to `most`."""
    if not _is_within(value, least, most):
        raise ArgumentError(f"{name} is {reprlib.repr(value)}; a number from {least} to {most} is accepted.")
    return float(value)


def whole(name: str, value: object, least: int, most: int) -> int:
    """A whole number from `least` to `most`, which a slider may have sent as 4.0."""
    if not _is_within(value, least, most) or value != int(value):
        raise ArgumentError(f"{name} is {reprlib.repr(value)}; a whole number from {least} to {most} is accepted.")
    return int(value)


def flag(name: str, value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ArgumentError(f"{name} is {reprlib.repr(value)}; true or false is accepted.")
    return value


def one_of(name: str, value: object, accepted: Sequence[str]) -> str:
    """One of a few words."""
    if not isinstance(value, str) or value not in accepted:
        raise ArgumentError(f"{name} is {reprlib.repr(value)}; one of {', '.join(accepted)} is accepted.")
    return value


def places(name: str, value: object, least: int, most: int) -> list[tuple[float, float]]:
    """From `least` to `most` places [x, y] on a square, each number from 0 to 1."""
    if not isinstance(value, list | tuple) or not least <= len(value) <= most or not all(map(_is_place, value)):
        raise ArgumentError(
            f"{name} are {reprlib.repr(value)}; a list of {least} to {most} [x, y] is accepted, all from 0 to 1."
        )
    return [(float(x), float(y)) for x, y in value]


def midi(name: str, value: object, folder: Path) -> Path:
    """A MIDI file that was uploaded into `folder`, or made there: as Gradio sends files, {"path": ...}, or its path.

    No other file of this machine is looked at. What is in the file is not.
    """
    path = value.get("path") if isinstance(value, dict) else value
    real = Path(os.path.realpath(path)) if isinstance(path, str) and "\0" not in path else None
    if real is None or not real.is_relative_to(os.path.realpath(folder)) or not os.path.isfile(real):
        raise ArgumentError(f"{name} is {reprlib.repr(path)}; a MIDI file that was uploaded or made here is accepted.")
    if real.stat().st_size > LARGEST * 10**6:
        size = real.stat().st_size / 10**6
        raise ArgumentError(f"{name} is a file of {size:.0f} MB; MIDI files of up to {LARGEST} MB are accepted.")
    return real


def notes(name: str, value: object, steps: int) -> list[Note]:
    """The notes of a melody of `steps` 16ths, each {"pitch": …, "start": …, "end": …}, in 16ths."""
    if not isinstance(value, list | tuple) or len(value) > MOST_NOTES:
        found = f"{len(value)} of them" if isinstance(value, list | tuple) else reprlib.repr(value)
        raise ArgumentError(f"The notes of {name} are {found}; a list of up to {MOST_NOTES} is accepted.")
    return [_note(f"of a note of {name}", note, steps) for note in value]


def _note(whose: str, value: object, steps: int) -> Note:
    fields = value if isinstance(value, dict) else {}
    start = whole(f"The start {whose}", fields.get("start"), 0, steps - 1)
    end = whole(f"The end {whose}", fields.get("end"), start + 1, steps)
    return Note(start, end, whole(f"The pitch {whose}", fields.get("pitch"), LOWEST, HIGHEST))


def _is_place(value: object) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2 and all(_is_within(one, 0, 1) for one in value)


def _is_within(value: object, least: float, most: float) -> TypeGuard[int | float]:
    return not isinstance(value, bool) and isinstance(value, int | float) and least <= value <= most
