"""Trios: which tracks are read as melody, bass and drums, and that they come back."""

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mvae.converters import TrioConverter
from mvae.errors import PartError
from tests.music import beat, melody, music, part, spell, spell_beat

TUNE, LOW, BEAT = "C5 . E5 . G5 . . .", "C3 . . . G2 . . .", "K - H - SH - H -"


def read(*parts: object, bars: int = 1, **choice: int | str) -> list[tuple[str, str, str]]:
    windows = TrioConverter(bars).to_tokens(music(*parts), **choice)  # pyright: ignore
    return [(spell(one[:, :1]), spell(one[:, 1:2]), spell_beat(one[:, 2:])) for one in windows]


def a_bass(line: str = LOW, name: str = "Bass", program: int = 33):
    return part(line, name=name, program=program)


def drums():
    return part("C2 - F#2 - D2 -", name="Kit", is_drum=True)


def test_programs_tell_the_parts_apart():
    horn = part("C4 D4", name="Horn", program=60)
    assert read(a_bass(), horn, drums(), part(TUNE, program=26)) == [
        ("C5 . E5 . G5 . . . -", "C3 . . . G2 . . . -", "K - H - S"),
    ]


def test_each_pair_of_melody_and_bass_is_a_reading():
    song = music(
        part(TUNE, name="Flute?"), part("A4", name="Guitar", program=24), a_bass(), a_bass("F2", "Sub"), drums()
    )
    converter = TrioConverter(1)
    names = ["Flute? + Bass", "Flute? + Sub", "Guitar + Bass", "Guitar + Sub"]
    assert [converter.to_tokens(song, part=name)[0, 0, :2].tolist() for name in names] == [
        [53, 29], [53, 22], [50, 29], [50, 22],
    ]  # fmt: skip
    with pytest.raises(PartError, match="it has 0 «Flute\\? \\+ Bass», 1 «Flute\\? \\+ Sub»"):
        converter.to_tokens(song, part="Horn")


def test_parts_of_different_lengths_are_read_side_by_side():
    assert read(part("C5 | D5 | E5"), a_bass("C3"), drums()) == [
        ("C5", "C3 -", "K - H - S"),
        ("D5", "", ""),
        ("E5", "", ""),
    ]


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ([part(TUNE)], "has no bass \\(programs 32 to 39\\) and no drums; a trio"),
        ([a_bass(), drums()], "has no melody \\(programs 0 to 31\\); a trio"),
        ([part(TUNE, program=80), a_bass(), drums()], "has no melody"),
    ],
)
def test_what_is_missing_is_named(parts: list, sentence: str):
    with pytest.raises(PartError, match=sentence):
        TrioConverter(1).to_tokens(music(*parts))


SILENT = [("", LOW, BEAT), (TUNE, "", BEAT), (TUNE, LOW, ""), ("", "", "")]


@pytest.mark.parametrize(("tune", "low", "hits"), [(TUNE, LOW, BEAT), *SILENT])
@pytest.mark.parametrize("bars", [1, 16])
def test_a_trio_comes_back_even_where_a_part_is_silent(tune: str, low: str, hits: str, bars: int, tmp_path: Path):
    tokens = torch.cat([melody(tune, bars), melody(low, bars), beat(hits, bars)], -1)
    converter = TrioConverter(bars)
    tokens = converter.canonical(tokens)
    converter.to_midi(tokens).write(str(tmp_path / "trio.mid"))
    assert torch.equal(converter.to_tokens(tmp_path / "trio.mid"), tokens.unsqueeze(0))


@given(st.lists(st.tuples(st.integers(0, 89), st.integers(0, 89), st.integers(0, 511)), min_size=32, max_size=32))
def test_what_a_model_decodes_is_read_back(rows: list[tuple[int, int, int]]):
    converter = TrioConverter(2)
    tokens = converter.canonical(torch.tensor(rows))
    assert torch.equal(converter.to_tokens(converter.to_midi(tokens)), tokens.unsqueeze(0))


def test_the_midi_says_who_plays():
    tokens = torch.cat([melody(TUNE), melody(LOW), beat(BEAT)], -1)
    midi = TrioConverter(1).to_midi(tokens)
    assert [(one.name, one.program, one.is_drum) for one in midi.instruments] == [
        ("Melody", 0, False),
        ("Bass", 33, False),
        ("Drums", 0, True),
    ]
