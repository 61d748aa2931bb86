"""Bands as tokens: programs, events and ends; what a model decodes comes back, however odd it is."""

from pathlib import Path

import pretty_midi
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mvae.converters import MultitrackConverter
from mvae.converters.multitrack import DRUMS, END, LENGTH, NOTE_OFF, PROGRAM, SHIFT, VELOCITY, band_of
from mvae.errors import ArgumentError, PartError
from tests.music import music, part

BAND = MultitrackConverter()
LOUD = VELOCITY + 4  # the bin of velocity 80


def band(*rows: list[int]) -> Tensor:
    """Tokens (512, 1) of instruments, each given without its end."""
    tokens = torch.full((8, LENGTH), END)
    for place, row in zip(tokens, rows, strict=False):
        place[: len(row)] = torch.tensor(row)
    return tokens.reshape(-1, 1)


def said(tokens: Tensor) -> list[list[int]]:
    """The rows of `band` that these tokens are."""
    rows = [[token for token in row if token != END] for row in tokens.reshape(8, LENGTH).tolist()]
    return [row for row in rows if row]


def read(*parts: pretty_midi.Instrument) -> list[list[list[int]]]:
    return [said(tokens) for tokens in BAND.to_tokens(music(*parts))]


def shift(steps: int) -> int:
    return SHIFT + steps - 1


def test_a_bar_is_spelled_as_in_the_paper():
    """A piano plays C4 for a quarter, then D4 to the end of the bar; the drums a kick of a 16th on the first beat."""
    piano, kit = part("C4 . . . D4 . . . . . . . . . . ."), part("C2 -", is_drum=True)
    assert read(kit, piano) == [
        [
            [PROGRAM, LOUD, 60, shift(24), NOTE_OFF + 60, 62],
            [DRUMS, LOUD, 36, shift(6), NOTE_OFF + 36],
        ]
    ]


def test_instruments_are_in_the_order_of_their_programs_with_drums_last():
    everyone = [part("C2", is_drum=True), *(part("C4", program=program) for program in (73, 0, 40))]
    assert [row[0] for row in read(*everyone)[0]] == [PROGRAM, PROGRAM + 40, PROGRAM + 73, DRUMS]


def test_of_more_than_eight_instruments_the_busiest_play():
    crowd = [part("C4 D4 E4", program=program) for program in range(8)] + [part("C4", program=100)]
    assert [row[0] - PROGRAM for row in read(*crowd)[0]] == list(range(8))


def test_notes_are_cut_at_the_bar_line():
    assert read(part("| C4 . . . . . . . . . . . . . . . | . D4 .")) == [
        [],
        [[PROGRAM, LOUD, 60]],
        [[PROGRAM, shift(6), LOUD, 62]],
    ]


def test_a_triplet_keeps_its_time():
    triplet = pretty_midi.Instrument(0)
    triplet.notes = [pretty_midi.Note(80, 60 + n, n / 6, (n + 1) / 6) for n in range(3)]
    assert read(triplet)[0] == [
        [PROGRAM, LOUD, 60, shift(8), NOTE_OFF + 60, 61, shift(8), NOTE_OFF + 61, 62, shift(8), NOTE_OFF + 62]
    ]


def test_a_note_struck_again_ends_the_one_before():
    assert read(part("C4 . C4 . . . . . . . . . . . . ."))[0] == [[PROGRAM, LOUD, 60, shift(12), 60]]


def test_an_instrument_says_what_fits_into_its_sixty_four_tokens():
    chords = [part(*["C4 D4 E4 F4 " * 4, "E4 F4 G4 A4 " * 4, "G4 A4 B4 C5 " * 4])]
    (tokens,) = BAND.to_tokens(music(*chords))
    (row,) = said(tokens)
    assert len(row) == LENGTH - 1
    assert tokens[LENGTH - 1] == END


ROW = st.lists(st.integers(0, END), max_size=LENGTH)


@given(st.lists(ROW, min_size=0, max_size=8))
def test_what_a_model_decodes_is_read_back(rows: list[list[int]]):
    tokens = BAND.canonical(band(*rows))
    assert torch.equal(BAND.canonical(tokens), tokens)
    assert torch.equal(BAND.to_tokens(BAND.to_midi(tokens)), tokens.unsqueeze(0))


LIKELY = st.one_of(st.integers(60, 64), st.integers(188, 192), st.integers(256, 290), st.integers(352, 359))


@given(st.lists(st.lists(LIKELY, min_size=40, max_size=63), min_size=1, max_size=8), st.sampled_from([60, 97.3, 181]))
def test_crowded_bars_are_read_back(rows: list[list[int]], qpm: float):
    tokens = BAND.canonical(band(*([PROGRAM + n, *row[1:]] for n, row in enumerate(rows))))
    assert torch.equal(BAND.to_tokens(BAND.to_midi(tokens, qpm)), tokens.unsqueeze(0))


def test_a_bar_in_which_nobody_plays_comes_back(tmp_path: Path):
    BAND.to_midi(band()).write(str(tmp_path / "rest.mid"))
    assert torch.equal(BAND.to_tokens(tmp_path / "rest.mid"), band().unsqueeze(0))


def test_what_makes_no_sense_is_passed_over():
    nonsense = [
        PROGRAM + 5,
        NOTE_OFF + 60,
        shift(3),
        VELOCITY,
        LOUD,
        60,
        PROGRAM + 9,
        shift(12),
        NOTE_OFF + 60,
        shift(90),
        61,
    ]
    assert said(BAND.canonical(band(nonsense))) == [[PROGRAM + 5, shift(3), LOUD, 60, shift(12), NOTE_OFF + 60]]


def test_notes_without_a_velocity_are_of_middle_loudness():
    (instrument,) = band_of(band([PROGRAM, 60]).flatten().numpy())
    assert [note.velocity for note in instrument.notes] == [5]


def test_nothing_is_said_after_an_end():
    tokens = BAND.said(band([PROGRAM, LOUD, 60]).unsqueeze(0))[0].reshape(8, LENGTH)
    assert tokens[0, :5].tolist() == [PROGRAM, LOUD, 60, END, -1]
    assert tokens[1, :3].tolist() == [END, -1, -1]


def test_only_one_bar_and_only_notes():
    with pytest.raises(ArgumentError, match="1 is accepted"):
        MultitrackConverter(2)
    with pytest.raises(PartError, match="no notes"):
        BAND.to_tokens(music(part("")))
