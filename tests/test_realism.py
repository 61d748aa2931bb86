"""The figures of realism, on tunes whose figures can be counted by hand."""

import numpy as np
import pytest

from tests.music import melody
from training.realism import measure, summary

SCALE = "C4 . D4 . E4 . F4 . G4 . A4 . B4 . C5 ."


def tokens(*tunes: str) -> np.ndarray:
    return np.stack([melody(tune).numpy() for tune in tunes])


def test_a_scale_is_in_its_key_and_steps():
    figures = measure(tokens(SCALE))
    assert figures.in_key.tolist() == [1.0]
    assert figures.pitch_range.tolist() == [12]
    assert figures.density.tolist() == [8 / 16]
    assert figures.intervals.tolist() == [2, 2, 1, 2, 2, 2, 1]
    assert figures.lengths.tolist() == [2] * 8


def test_a_note_outside_the_key_counts():
    assert measure(tokens("C4 D4 E4 F4 F#4 G4 A4 B4 . . . . . . . .")).in_key.tolist() == [7 / 8]


def test_an_octave_is_no_leap_beyond_it():
    assert summary(measure(tokens("C4 . C5 . C4 . . . C4 . C#5 . . . . .")))["octave_leaps"] == pytest.approx(1 / 4)


def test_silence_and_single_notes_are_sparse():
    silent, single = ". " * 16, "C4 . . . - . . . . . . . . . . ."
    assert measure(tokens(silent, single, SCALE, SCALE)).sparse == 0.5


def test_a_released_note_is_as_long_as_it_sounds():
    assert measure(tokens("C4 . . - . . . . E4 . . . . . . .")).lengths.tolist() == [3, 8]
