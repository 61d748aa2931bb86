"""Chord symbols, and the rows that models are given."""

import pytest
import torch

from mvae import ArgumentError
from mvae.chords import TRIADS, Chord, chord, chord_rows

MAJOR, MINOR, AUGMENTED, DIMINISHED = range(4)


@pytest.mark.parametrize(
    ("symbols", "quality", "root"),
    [
        ("C Cmaj CM C7 Cmaj7 CM7 C6 C9 Cadd9 C69 C6/9 C13", MAJOR, 0),
        ("Am Amin A- Am7 Am9 Amin7 AmM7 Am6", MINOR, 9),
        ("F#aug Gb+ F#+7 F#7#5 Gbmaj7#5", AUGMENTED, 6),
        ("Bdim Bo B° Bdim7 Bm7b5 Bmb5 Bm7(b5) Cbdim", DIMINISHED, 11),
        ("Bb A# Cbb Bbmaj7", MAJOR, 10),
        ("Ebm D#m7", MINOR, 3),
    ],
)
def test_a_symbol_names_a_triad(symbols: str, quality: int, root: int):
    assert {chord(symbol) for symbol in symbols.split()} == {Chord(quality, root, root)}


def test_a_slash_names_the_bass():
    assert chord("G7/B") == Chord(MAJOR, 7, 11)
    assert chord("Am/Gb") == Chord(MINOR, 9, 6)
    assert chord("N.C.") is None


@pytest.mark.parametrize("symbol", ["", "H", "c", "Csus4", "C5", "Cmajor", "C/H", "Am/", "C###", " C", "Cm\n", None, 3])
def test_what_is_no_triad_is_refused(symbol: str):
    with pytest.raises(ArgumentError, match="is no chord that is known; a root and"):
        chord(symbol)


def ones(rows: torch.Tensor) -> list[list[int]]:
    return [row.nonzero().flatten().tolist() for row in rows]


def test_chords_share_the_time():
    rows = chord_rows(["C", "Am", "N.C."], 7, "triads")
    assert rows.shape == (7, 49)
    assert ones(rows) == [[1], [1], [1], [22], [22], [0], [0]]


def test_triads_come_by_quality_then_by_root():
    assert ones(chord_rows(["N.C.", "C", "B", "Cm", "Caug", "Cdim", "Bdim"], 7, "triads")) == [
        [0], [1], [12], [13], [25], [37], [48],
    ]  # fmt: skip
    assert ones(chord_rows(["N.C.", "C", "Bm"], 3, "major_minor")) == [[0], [1], [24]]
    with pytest.raises(ArgumentError, match="major and minor chords only"):
        chord_rows(["Caug"], 2, "major_minor")


def test_pitches_are_root_chord_and_bass():
    rows = chord_rows(["N.C.", "C", "F#dim/C"], 3, "pitches")
    assert rows.shape == (3, 37)
    assert ones(rows) == [[0], [1, 13, 17, 20, 25], [7, 13, 19, 22, 25]]


def test_triads_are_spelled_as_musicians_do():
    assert TRIADS[AUGMENTED] == (0, 4, 8)
    assert TRIADS[DIMINISHED] == (0, 3, 6)


@pytest.mark.parametrize("chords", ["C", [], ["C"] * 8, ()])
def test_chords_are_a_list_no_longer_than_the_music(chords: list[str]):
    with pytest.raises(ArgumentError, match=r"a list of 1 to 7 chords"):
        chord_rows(chords, 7, "triads")
