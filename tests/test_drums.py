"""Drums as tokens: written here as one letter a drum, K kick, S snare, H closed hat, O open hat, C crash, R ride."""

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mvae.converters import DrumsConverter
from mvae.converters.drums import DRUMS, MAP_2017, MAP_2019, MAPS
from mvae.errors import ArgumentError, PartError
from tests.music import beat, music, part, spell_beat

ROCK = "KH - H - SH - H - KH - KH - SH - O -"


@pytest.mark.parametrize("drum_map", MAPS)
@given(masks=st.lists(st.integers(0, 511), min_size=32, max_size=32))
def test_what_a_model_decodes_is_read_back(masks: list[int], drum_map: str):
    converter, tokens = DrumsConverter(2, drum_map), torch.tensor(masks).unsqueeze(-1)
    assert torch.equal(converter.to_tokens(converter.to_midi(tokens)), tokens.unsqueeze(0))


@pytest.mark.parametrize("line", ["", ROCK, "| K | |", "- - - -  - - - -  - - - -  - - - K"])
@pytest.mark.parametrize("qpm", [60, 97.3, 200])
def test_a_beat_comes_back_from_a_file(line: str, qpm: float, tmp_path: Path):
    tokens = beat(line, bars=4)
    DrumsConverter(4).to_midi(tokens, qpm).write(str(tmp_path / "beat.mid"))
    assert torch.equal(DrumsConverter(4).to_tokens(tmp_path / "beat.mid"), tokens.unsqueeze(0))


def read(*parts: str) -> list[str]:
    """The one-bar windows of a song whose drum tracks play these lines."""
    song = music(*(part(line, name="Kit", is_drum=True) for line in parts))
    return [spell_beat(tokens) for tokens in DrumsConverter(1).to_tokens(song)]


def test_all_drum_tracks_are_read_together():
    assert read("C2 - C2 -", "- D2 - D2", "F#2") == ["KH S K S"]


def test_how_long_a_drum_lasts_is_ignored():
    assert read("C2 . . . . . . . | . . D2 .") == ["K", "- - S"]


def test_kinds_of_the_same_drum_are_one():
    assert read("B1 D2 E2") == read("C2 D2 D2") == ["K S S"]


def test_each_drum_is_written_as_itself():
    everything = DrumsConverter(1).to_midi(torch.full((16, 1), 511))
    assert sorted({note.pitch for note in everything.instruments[0].notes}) == [36, 38, 42, 45, 46, 48, 49, 50, 51]
    assert len(DRUMS) == 9


def test_the_maps_differ_where_magenta_changed_its_own():
    def drum_of(pitch: int, drums: tuple[tuple[int, ...], ...]) -> str:
        return next((name for name, pitches in zip(DRUMS, drums, strict=True) if pitch in pitches), "none")

    changed = {p: (drum_of(p, MAP_2017), drum_of(p, MAP_2019)) for p in range(128)}
    assert {pitch: pair for pitch, pair in changed.items() if pair[0] != pair[1]} == {
        22: ("none", "closed hi-hat"),
        26: ("none", "open hi-hat"),
        43: ("high tom", "low tom"),
        52: ("ride", "crash"),
    }


def test_songs_without_drums_say_so():
    with pytest.raises(PartError, match="has no drums; notes on channel 10 are needed"):
        DrumsConverter(1).to_tokens(music(part("C4")))
    with pytest.raises(PartError, match="has no drum that is one of the nine read: kick, snare"):
        DrumsConverter(1).to_tokens(music(part("C1", is_drum=True)))


def test_a_map_that_is_not_there_is_refused():
    with pytest.raises(ArgumentError, match="no drum map '2018'; there are 2019, 2017"):
        DrumsConverter(2, "2018")


def test_words_of_the_tests_language() -> None:
    tokens: Tensor = beat("KS - H")
    assert tokens[:4].flatten().tolist() == [3, 0, 4, 0]
    assert spell_beat(tokens) == "KS - H"
