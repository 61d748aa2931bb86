"""Chord symbols as the rows of numbers that chord-conditioned models are given.

The encodings are Magenta's, of models that it trained with them: triads (49 numbers), major and minor (25), or the
pitch classes of root, chord and bass (37).
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from .errors import ArgumentError

NO_CHORD = "N.C."
NATURALS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
TRIADS = (0, 4, 7), (0, 3, 7), (0, 4, 8), (0, 3, 6)  # major, minor, augmented, diminished
QUALITIES = (  # what follows the root, and the triad it begins with; the first that fits
    (r"(dim|°|ø|o)(7|9)?|(m|min|mi|-)(7|9)?\(?b5\)?", 3),
    (r"(aug|\+)(7|9)?|(7|9|maj7|M7)\(?#5\)?", 2),
    (r"(m|min|mi|-)(6|7|9|11|13|maj7|M7|add9|69|6/9)?", 1),
    (r"(maj|M|Δ)?(6|7|9|11|13|69|6/9|add9|add2)?", 0),
)
SYMBOL = re.compile(r"(?P<root>[A-G])(?P<sign>#{1,2}|b{1,2}|)(?P<rest>[^/]*(?:6/9)?)(?:/(?P<bass>[A-G])(?P<low>#|b|))?")


class Chord(NamedTuple):
    """A triad by its quality (an index of `TRIADS`) and its root and bass as pitch classes from C, 0, to B, 11."""

    quality: int
    root: int
    bass: int


def chord(symbol: str) -> Chord | None:
    """The triad of a symbol such as C, F#m7, Bbmaj7, Bdim or G/B; None for N.C., no chord."""
    if symbol == NO_CHORD:
        return None
    match = SYMBOL.fullmatch(symbol) if isinstance(symbol, str) else None
    quality = next((kind for form, kind in QUALITIES if match and re.fullmatch(form, match["rest"])), None)
    if match is None or quality is None:
        raise ArgumentError(
            f"{symbol!r} is no chord that is known; a root and a major, minor, augmented or diminished triad is,"
            f" such as C, F#m, Bb7, Caug, Bdim or G/B, and {NO_CHORD} for none."
        )
    root = _pitch_class(match["root"], match["sign"])
    return Chord(quality, root, _pitch_class(match["bass"], match["low"]) if match["bass"] else root)


def _pitch_class(letter: str, signs: str) -> int:
    return (NATURALS[letter] + signs.count("#") - signs.count("b")) % 12


def _triad(found: Chord | None) -> list[int]:
    return [0 if found is None else 1 + 12 * found.quality + found.root]


def _major_minor(found: Chord | None) -> list[int]:
    if found is not None and found.quality > 1:
        raise ArgumentError("This model knows major and minor chords only; an augmented or diminished one was given.")
    return _triad(found)


def _pitches(found: Chord | None) -> list[int]:
    if found is None:
        return [0]
    notes = [13 + (found.root + interval) % 12 for interval in TRIADS[found.quality]]
    return [1 + found.root, *notes, 25 + found.bass]


ENCODINGS: dict[str, tuple[int, Callable[[Chord | None], list[int]]]] = {
    "triads": (49, _triad),
    "major_minor": (25, _major_minor),
    "pitches": (37, _pitches),
}


def chord_rows(chords: Sequence[str], steps: int, encoding: str) -> Tensor:
    """Chords, each lasting as long as the others, as rows (steps, C) of zeros and ones."""
    if isinstance(chords, str) or not 1 <= len(chords) <= steps:
        raise ArgumentError(f"chords is {chords!r}; a list of 1 to {steps} chords, such as ['C', 'Am'], is accepted.")
    size, encode = ENCODINGS[encoding]
    rows = torch.zeros(len(chords), size, dtype=torch.float32, device="cpu")
    for row, symbol in zip(rows, chords, strict=True):
        row[encode(chord(symbol))] = 1
    return rows[torch.arange(steps, device="cpu") * len(chords) // steps]
