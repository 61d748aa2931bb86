"""What `mvae inspect` says of files that a musician might have."""

from pathlib import Path

import pretty_midi
import pytest

from mvae import Config
from mvae.inspection import describe

MODELS = {"mel-2bar": Config(kind="melody", bars=2, z_size=4, enc_rnn_size=(8,), dec_rnn_size=(8,))}


def song(path: Path, bars: int, meters: list[tuple[int, int, int]], *, drums: bool = False) -> Path:
    """A file of one quarter note C4 a beat, with (numerator, denominator, bar of 4/4) metres."""
    midi = pretty_midi.PrettyMIDI(initial_tempo=120)
    midi.time_signature_changes = [pretty_midi.TimeSignature(n, d, bar * 2.0) for n, d, bar in meters]
    part = pretty_midi.Instrument(0, drums, name="Lead")
    part.notes = [pretty_midi.Note(80, 60, beat / 2, beat / 2 + 0.4) for beat in range(4 * bars)]
    midi.instruments.append(part)
    midi.write(str(path))
    return path


def test_a_song_of_four_bars_has_three_windows(tmp_path: Path):
    text = describe(song(tmp_path / "four.mid", 4, [(4, 4, 0)]), MODELS)
    assert text.splitlines() == [
        "four.mid: 1 track, 120 qpm, 4/4 from bar 0",
        "  track 0: Acoustic Grand Piano «Lead», 16 notes, C4 to C4",
        "mel-2bar: part 0 «Lead»: 3 windows of 2 bars, at start_bar 0 to 2",
    ]


def test_windows_lie_within_the_metre(tmp_path: Path):
    text = describe(song(tmp_path / "mixed.mid", 8, [(4, 4, 0), (3, 4, 3), (4, 4, 6)]), MODELS)
    assert "4/4 from bar 0, 3/4 from bar 3, 4/4 from bar 7" in text
    assert "3 windows of 2 bars, at start_bar 0 to 1, 7" in text


@pytest.mark.parametrize(
    ("meters", "drums", "reason"),
    [
        ([(3, 4, 0)], False, "no window, since no bar is in 4/4"),
        ([(4, 4, 0)], True, "nothing; drums.mid has drums only"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, meters: list[tuple[int, int, int]], drums: bool, reason: str):
    assert reason in describe(song(tmp_path / "drums.mid", 3, meters, drums=drums), MODELS)
