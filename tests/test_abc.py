"""ABC tunes: they become windows as MIDI files do, and what is not ABC is told in a sentence."""

import sys
from pathlib import Path

import pytest
import torch

from mvae import MelodyConverter, MidiError
from mvae.notes import Song
from tests.music import spell
from training.abc import songs
from training.prepare import prepare

JIG = "X:1\nT:The Jig\nM:4/4\nL:1/8\nK:C\nC E G E C E G2 | D F A F D4 |\n"
AIR = "X:2\nT:The Air\nM:4/4\nL:1/4\nK:D\nF | A B c d |\n"  # after a pick-up, and F and c are sharp


def lines(song: Song, bars: int) -> list[str]:
    """The song in windows of so many bars."""
    return [spell(torch.from_numpy(window.tokens).long()) for window in MelodyConverter(bars).windows(song)]


@pytest.fixture
def music21() -> None:
    pytest.importorskip("music21", reason="music21 is not installed: pip install music21")


def test_it_is_asked_for_where_it_is_not_installed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "music21", None)
    with pytest.raises(MidiError, match=r"^jig\.abc is ABC, which needs music21: pip install music21\.$"):
        songs(JIG.encode(), "jig.abc")


@pytest.mark.usefixtures("music21")
def test_a_tune_sounds_as_it_is_written():
    [song] = songs(JIG.encode(), "jig.abc")
    assert lines(song, 2)[0] == "C4 . E4 . G4 . E4 . C4 . E4 . G4 . . . D4 . F4 . A4 . F4 . D4"


@pytest.mark.usefixtures("music21")
def test_every_tune_of_a_file_is_a_song_whose_bars_stand_where_they_belong():
    jig, air = songs(f"{JIG}\n{AIR}".encode(), "two.abc")
    assert lines(jig, 1)[1] == "D4 . F4 . A4 . F4 . D4"
    assert lines(air, 1) == [". . . . . . . . . . . . F#4", "A4 . . . B4 . . . C#5 . . . D5"]


@pytest.mark.usefixtures("music21")
@pytest.mark.parametrize("data", [b"", b"MThd\0\0\0\6", b"la la la"])
def test_what_is_not_abc_is_told(data: bytes):
    with pytest.raises(MidiError, match=r"^lyrics\.abc"):
        songs(data, "lyrics.abc")


@pytest.mark.usefixtures("music21")
def test_a_folder_of_abc_is_prepared_like_one_of_midi(tmp_path: Path):
    (tmp_path / "jig.abc").write_text(JIG, encoding="utf-8")
    windows = prepare(tmp_path, MelodyConverter(2))
    assert [spell(tokens) for tokens in windows.batch([0])] == [
        "C4 . E4 . G4 . E4 . C4 . E4 . G4 . . . D4 . F4 . A4 . F4 . D4"
    ]
