"""Melodies and tokens: what goes out comes back, and what comes in is what one would whistle."""

from pathlib import Path

import mido
import pretty_midi
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mvae.converters import MelodyConverter
from mvae.errors import ArgumentError, MeterError, PartError, TokenError
from tests.music import melody, music, part, spell

ONE, TWO, FOUR = MelodyConverter(1), MelodyConverter(2), MelodyConverter(4)
TUNES = {
    "silence": "",
    "one note": "C4",
    "one short note": "C4 -",
    "march": "C4 . E4 . G4 . . . C5 . G4 . E4 . C4 -",
    "every step": "C4 D4 E4 F4 G4 A4 B4 C5 B4 A4 G4 F4 E4 D4 C4 B3",
    "one pitch again and again": "C4 C4 . C4 - C4 - . C4 . . . C4 C4 C4 C4",
    "ends inside bar 1": ". . . . C4 . -",
    "last step": ". . . . . . . . . . . . . . . C4",
    "widest range": "A0 . C8 . A0 - C8 -",
    "accidentals": "F#4 . A#4 . C#5 . D#5 . G#5 -",
}


def windows(midi: pretty_midi.PrettyMIDI, bars: int = 2, **choice: int | str) -> list[str]:
    return [spell(tokens) for tokens in MelodyConverter(bars).to_tokens(midi, **choice)]  # pyright: ignore


def lengths(**steps: int) -> str:
    return " ".join(name + " ." * (length - 1) for name, length in steps.items())


def comes_back(tokens: Tensor, qpm: float, folder: Path) -> bool:
    """Whether tokens survive the way to MIDI and back, in memory and through a file."""
    converter, path = MelodyConverter(len(tokens) // 16), folder / "tune.mid"
    midi = converter.to_midi(tokens, qpm)
    midi.write(str(path))
    return all(torch.equal(converter.to_tokens(given), tokens[None]) for given in (midi, path, str(path)))


# There and back


@pytest.mark.parametrize("tune", TUNES)
@pytest.mark.parametrize("bars", [1, 2, 4, 16])
def test_tune_comes_back(tune: str, bars: int, tmp_path: Path):
    assert comes_back(melody(TUNES[tune], bars), 120, tmp_path)


@pytest.mark.parametrize(
    "tune", ["| C4 . E4 .", "C4 | | |", "| | | . . . . . . . . . . . . . . . C8", "C4 . . . | . . -"]
)
def test_tune_with_silent_bars_comes_back(tune: str, tmp_path: Path):
    assert comes_back(melody(tune), 120, tmp_path)


@pytest.mark.parametrize("qpm", [10, 60, 97.3, 120, 300, 1000])
@pytest.mark.parametrize("bars", [1, 2, 4, 16])
def test_tempo_changes_no_token(qpm: float, bars: int, tmp_path: Path):
    assert comes_back(melody(TUNES["march"] + " | . . C5 . . G4" * (bars - 1)), qpm, tmp_path)


TOKENS = st.integers(0, 89) | st.sampled_from([0, 0, 0, 1, 41])


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([1, 2, 4]).flatmap(lambda n: st.lists(TOKENS, min_size=16 * n, max_size=16 * n)),
    st.floats(10, 1000),
)
def test_whatever_a_model_decodes_comes_back(tmp_path_factory: pytest.TempPathFactory, tokens: list[int], qpm: float):
    line = ONE.canonical(torch.tensor(tokens)[:, None])
    assert comes_back(line, qpm, tmp_path_factory.getbasetemp())


@given(st.lists(TOKENS, min_size=1, max_size=40), st.integers(1, 3))
def test_canonical_tokens_stay_as_they_are(tokens: list[int], batch: int):
    once = ONE.canonical(torch.tensor(tokens)[:, None].expand(batch, -1, 1))
    assert torch.equal(ONE.canonical(once), once)


@pytest.mark.parametrize(
    ("tokens", "canonical"),
    [
        ("C4 . - . - . .", "C4 . -"),
        ("- . C4", ". . C4"),
        ("C4 - - D4 - . - E4", "C4 - . D4 - . . E4"),
        ("C4 . D4 - E4 .", "C4 . D4 - E4"),
        ("- - -", ""),
    ],
)
def test_only_note_offs_in_silence_are_no_events(tokens: str, canonical: str):
    assert spell(ONE.canonical(melody(tokens))) == canonical


def test_file_says_what_it_is():
    midi = TWO.to_midi(melody("C4 . E4 -", bars=2), qpm=90)
    (instrument,) = midi.instruments
    assert [(n.pitch, n.start * 6, n.end * 6) for n in instrument.notes] == [(60, 0, 2), (64, 2, 3)]
    assert (instrument.name, instrument.program, instrument.is_drum) == ("Melody", 0, False)
    assert midi.get_tempo_changes()[1].tolist() == pytest.approx([90])
    assert midi.get_end_time() == pytest.approx(8 * 60 / 90)


@pytest.mark.parametrize("qpm", [0, 9.9, -120, 1001, float("nan"), float("inf")])
def test_tempo_out_of_range(qpm: float):
    with pytest.raises(ArgumentError, match="10 to 1000 are accepted"):
        TWO.to_midi(melody("C4", bars=2), qpm)


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        (melody("C4"), r"shape \(16, 1\); one window of shape \(32, 1\)"),
        (melody("C4", bars=2)[None], r"shape \(1, 32, 1\)"),
        (melody("C4", bars=2).float(), "float32; integers"),
        (torch.full((32, 1), 90), "to 90"),
        (torch.full((32, 1), -1), "from -1"),
    ],
)
def test_tokens_that_are_none(tokens: Tensor, message: str):
    with pytest.raises(TokenError, match=message):
        TWO.to_midi(tokens)


# Windows


FIVE_BARS = "C4 . E4 . | D4 . F4 . | E4 . G4 . | F4 . A4 . | G4 . B4 ."


def test_windows_begin_at_every_bar_in_order():
    assert windows(music(part(FIVE_BARS)), bars=1) == [
        "C4 . E4",
        "D4 . F4",
        "E4 . G4",
        "F4 . A4",
        "G4 . B4",
    ]
    two = windows(music(part(FIVE_BARS)), bars=2)
    assert len(two) == 4
    assert two[3] == spell(melody("F4 . A4 . | G4 . B4 ."))


def test_short_file_is_followed_by_silence():
    assert windows(music(part("C4 . E4 -")), bars=4) == ["C4 . E4 -"]


@pytest.mark.parametrize(("start_bar", "tune"), [(0, "C4 . E4"), (3, "F4 . A4"), (4, "G4 . B4")])
def test_start_bar(start_bar: int, tune: str):
    assert windows(music(part(FIVE_BARS)), bars=1, start_bar=start_bar) == [tune]


@pytest.mark.parametrize("start_bar", [-1, 4, 99])
def test_start_bar_beyond_the_end(start_bar: int):
    with pytest.raises(ArgumentError, match=rf"no 2-bar window at bar {start_bar}; windows begin at bars 0 to 3\."):
        windows(music(part(FIVE_BARS)), start_bar=start_bar)


def test_start_bar_before_the_first_window():
    piece = music(part(lengths(C4=8, D4=16, E4=16)), meters=((2, 4, 0), (4, 4, 8)))
    assert windows(piece, bars=1) == ["D4", "E4"]
    with pytest.raises(ArgumentError, match=r"windows begin at bars 1 to 2\."):
        windows(piece, bars=1, start_bar=3)


def test_note_held_into_a_window_is_not_sounded():
    held = music(part("C4 | . . - . E4 | . . D4 -"))
    assert windows(held, bars=1) == ["C4", ". . . . E4", ". . D4 -"]


def test_files_of_a_list_follow_one_another():
    tunes = [music(part("C4 | D4")), music(part("E4"))]
    assert [spell(tokens) for tokens in ONE.to_tokens(tunes)] == ["C4", "D4", "E4 -"]


def write_elsewhere(path: Path, late: int = 0, ticks: int = 96) -> Path:
    """Two bars of quarters as another program writes them: type 0, running status, no metre, no tempo."""
    file, track = mido.MidiFile(type=0, ticks_per_beat=ticks), mido.MidiTrack()
    for n, pitch in enumerate([60, 62, 64, 65, 67, 69, 71, 72]):
        track.append(mido.Message("note_on", note=pitch, velocity=64))
        track.append(mido.Message("note_on", note=pitch, velocity=0, time=ticks + (late if n == 7 else 0)))
    file.tracks.append(track)
    file.save(path)
    return path


@pytest.mark.parametrize("late", [-5, 0, 1, 5, 11])
def test_file_of_exactly_the_length_is_one_window(late: int, tmp_path: Path):
    (tokens,) = TWO.to_tokens(write_elsewhere(tmp_path / "scale.mid", late))
    assert spell(tokens) == spell(melody("C4 . . . D4 . . . E4 . . . F4 . . . | G4 . . . A4 . . . B4 . . . C5"))


@pytest.mark.parametrize("tune", TUNES)
def test_own_file_is_one_window(tune: str):
    assert FOUR.to_tokens(FOUR.to_midi(melody(TUNES[tune], bars=4))).shape == (1, 64, 1)


# Parts


BAND = music(
    part("C2 . . .", name="Drums", is_drum=True),
    part("C4 . . .", name="Flute"),
    part("C#8 . . .", name="Whistle"),
    part("E4 . . ."),
    part("G4 . . .", name="Oboe"),
)


@pytest.mark.parametrize(("choice", "tune"), [(0, "C4"), (1, "E4"), (2, "G4"), ("Flute", "C4"), ("Oboe", "G4")])
def test_part_by_number_and_by_name(choice: int | str, tune: str):
    assert windows(BAND, part=choice) == [f"{tune} . . . -"]


def test_first_part_unless_told():
    assert windows(BAND) == ["C4 . . . -"]


@pytest.mark.parametrize("choice", [3, -1, "Viola", "Drums", "Whistle", "", 0.5])
def test_part_that_is_not_there(choice: int | str):
    told = rf"no melody part {choice!r}; it has 0 «Flute», 1, 2 «Oboe»\."
    if choice == "":
        assert windows(BAND, part=choice) == ["E4 . . . -"]
    else:
        with pytest.raises(PartError, match=told):
            windows(BAND, part=choice)


def test_part_among_many():
    choir = music(*[part("C4", name=f"Voice {n}") for n in range(1, 21)])
    with pytest.raises(PartError, match=r"6 «Voice 7», 7 «Voice 8» and 12 more\."):
        windows(choir, part="Soprano")


def test_silent_part_comes_last():
    silent = TWO.to_midi(melody("", bars=2)).instruments[0]
    assert windows(music(silent, part("C4 . . .", name="Flute"))) == ["C4 . . . -"]
    assert windows(music(silent, part("C4 . . .", name="Flute")), part="Melody") == [""]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([], "the PrettyMIDI object has no notes; a melody is needed."),
        ([part("C2", is_drum=True)], "the PrettyMIDI object has drums only; a melody is needed."),
        ([part("C9 . C0 .")], "no note in the range of a melody; MIDI pitches 21 to 108 are read."),
    ],
)
def test_no_melody(parts: list[pretty_midi.Instrument], message: str):
    with pytest.raises(PartError, match=message):
        windows(music(*parts))


# One voice


@pytest.mark.parametrize(
    ("voices", "line"),
    [
        (["C4 . . .", "E4 . . .", "G3 . . . . ."], "E4 . . . -"),
        (["E4 . . .", "C4 . . ."], "E4 . . . -"),
        (["C4 . . . . . . .", ". . . . G3 . . ."], "C4 . . . G3 . . . -"),
        (["C5 . . . . . . .", ". . G3 -"], "C5 . G3 -"),
        (["C4 . -", ". . . . C4 . -"], "C4 . - . C4 . -"),
        (["C9 . . .", "C4 . . ."], "C4 . . . -"),
    ],
)
def test_chords_keep_the_highest_note_and_later_notes_cut(voices: list[str], line: str):
    assert windows(music(part(*voices))) == [line]


# Metre


def test_4_4_around_a_bar_of_2_4():
    piece = music(
        part(lengths(C4=16, D4=16, E4=8, F4=16, G4=16)),
        meters=((4, 4, 0), (2, 4, 32), (4, 4, 40)),
    )
    assert windows(piece, bars=1) == ["C4", "D4", "F4", "G4"]
    assert windows(piece, bars=1, start_bar=3) == ["F4"]
    with pytest.raises(MeterError, match=r"^2/4 at bar 2 of the PrettyMIDI object; this model reads 4/4\.$"):
        windows(piece, bars=1, start_bar=2)
    with pytest.raises(MeterError, match="2/4 at bar 2"):
        windows(piece, bars=2, start_bar=1)
    with pytest.raises(ArgumentError, match="windows begin at bars 0 to 3"):
        windows(piece, bars=2, start_bar=-1)


def test_4_4_that_begins_anew_too_soon():
    piece = music(part("C4 . . ."), part(lengths(C2=48)), meters=((4, 4, 0), (4, 4, 8)))
    assert windows(piece, bars=1) == ["C4 . . . -"]
    with pytest.raises(MeterError, match=r"fewer than 2 bars between its changes of metre; 2 bars of 4/4 in a row"):
        windows(piece, bars=2)


@pytest.mark.parametrize(("meter", "bar"), [((3, 4), 0), ((6, 8), 0), ((5, 4), 0)])
def test_other_metres_name_their_bar(meter: tuple[int, int], bar: int):
    with pytest.raises(MeterError, match=rf"^{meter[0]}/{meter[1]} at bar {bar} of the PrettyMIDI object; "):
        windows(music(part("C4 . . . E4 . . ."), meters=((*meter, 0),)))


def test_notes_only_in_another_metre():
    piece = music(part("| | C4 . E4 ."), meters=((4, 4, 0), (3, 4, 32)))
    assert windows(piece, bars=2) == [""]
    with pytest.raises(MeterError, match="3/4 at bar 2"):
        windows(piece, start_bar=2)


@pytest.mark.parametrize("meter", [(4, 4), (2, 2), (8, 8), (16, 16)])
def test_metres_of_four_quarters(meter: tuple[int, int]):
    assert windows(music(part("C4 . E4 -"), meters=((*meter, 0),))) == ["C4 . E4 -"]


@pytest.mark.parametrize("bars", [0, -1, 65])
def test_length_of_a_converter(bars: int):
    with pytest.raises(ArgumentError, match="1 to 64 are accepted"):
        MelodyConverter(bars)
