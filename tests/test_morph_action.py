"""Morphs and squares without a browser: what is in them, where their ends are, and a sentence for every wrong value."""

import re

import pretty_midi
import pytest

from mvae import ArgumentError, CheckpointError, MidiError, MusicVAE
from space.actions import morph as actions
from tests.music import music, part, spell
from tests.test_hub import files_of

A, B = "C4 . E4 . G4 . E4 . C4 . E4 . G4 . . .", "C5 . . . B4 . . . A4 . . . G4 . . ."


@pytest.fixture
def tunes(tmp_path):
    """Two files, as Gradio describes what was uploaded."""
    return [written(tmp_path, name, line) for name, line in (("a", A), ("b", B))]


def written(folder, name, *lines, **options):
    music(part(*lines, **options)).write(str(path := folder / f"{name}.mid"))
    return {"path": str(path), "meta": {"_type": "gradio.FileData"}}


def morph(tunes, folder, model="mel-2bar", steps=5, qpm=120, fade=False, sound=False):
    return actions.morph(model, *tunes, steps, qpm, fade, sound, folder)


def square(tunes, folder, model="mel-2bar", rows=3, columns=4, qpm=120):
    return actions.square(model, *tunes, rows, columns, qpm, folder)


def windows(piece, bars=2):
    """Each step of a piece, as a line."""
    tokens = MusicVAE.from_pretrained("mel-2bar").converter.to_tokens(piece.midi)
    return [spell(one) for one in tokens[::bars]]


class TestMorph:
    def test_leads_from_a_to_b_by_the_steps_of_the_model(self, tunes, tmp_path):
        model = MusicVAE.from_pretrained("mel-2bar")
        [piece] = morph(tunes, tmp_path)
        way = model.interpolate(*(one["path"] for one in tunes), steps=5)
        expected = [spell(model.converter.to_tokens(one)[0]) for one in way]
        assert windows(piece) == [A.rstrip(" ."), *expected, B.rstrip(" .")]

    def test_is_one_file_that_says_how_long_a_step_is(self, tunes, tmp_path):
        [piece] = morph(tunes, tmp_path, steps=3, qpm=60)
        assert (piece.title, piece.stride, piece.midi.name) == ("Morph", 8, "mel-2bar-morph.mid")
        midi = pretty_midi.PrettyMIDI(str(piece.midi))
        assert midi.get_end_time() == 5 * 8
        assert len(midi.instruments) == 1

    def test_is_compared_with_a_cross_fade_of_the_same_ends(self, tunes, tmp_path):
        ours, faded = morph(tunes, tmp_path, fade=True)
        assert faded.title == "Cross-fade"
        assert windows(faded)[:2] == [A.rstrip(" ."), A.rstrip(" .")]
        assert windows(faded)[-2:] == [B.rstrip(" ."), B.rstrip(" .")]
        assert windows(faded)[2:-2] != windows(ours)[2:-2]
        assert windows(morph(tunes, tmp_path, fade=True)[1]) == windows(faded)

    def test_of_drums(self, tmp_path):
        kick, snare = (written(tmp_path, n, f"{p} . . . " * 8, is_drum=True) for n, p in (("k", "C2"), ("s", "D2")))
        [piece] = morph([kick, snare], tmp_path, model="drums-2bar", steps=3)
        assert piece.music.instruments[0].is_drum
        assert len({note.pitch for note in piece.music.instruments[0].notes}) > 1

    def test_of_a_visitors_model(self, hub, tiny, tunes, tmp_path):
        hub.add("us/short", files_of(tiny(bars=1), tmp_path / "hub-short"))
        [piece] = morph(tunes, tmp_path, model="us/short", steps=3)
        assert piece.stride == 4

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"steps": 10**9}, "steps is 1000000000; a whole number from 3 to 17 is accepted."),
            ({"steps": -1}, "steps is -1; a whole number from 3 to 17 is accepted."),
            ({"steps": None}, "steps is None; a whole number from 3 to 17 is accepted."),
            ({"qpm": float("nan")}, "qpm is nan; a number from 40 to 240 is accepted."),
            ({"fade": "yes"}, "fade is 'yes'; true or false is accepted."),
            ({"sound": 1}, "sound is 1; true or false is accepted."),
        ],
    )
    def test_wrong_values(self, tunes, tmp_path, wrong, sentence):
        with pytest.raises(ArgumentError, match=f"^{re.escape(sentence)}$"):
            morph(tunes, tmp_path, **wrong)

    @pytest.mark.parametrize("alien", [None, "/etc/passwd", {"path": "/etc/passwd"}, {}, 7, "<b>x</b>"])
    def test_other_files_are_not_read(self, tunes, tmp_path, alien):
        with pytest.raises(ArgumentError, match="^b is .*; a MIDI file that was uploaded or made here is accepted"):
            morph([tunes[0], alien], tmp_path)

    def test_what_is_no_melody_is_a_sentence(self, tunes, tmp_path):
        (tmp_path / "x.mid").write_bytes(b"I am no MIDI")
        with pytest.raises(MidiError, match=r"x\.mid is not a MIDI file"):
            morph([tunes[0], {"path": str(tmp_path / "x.mid")}], tmp_path)
        beat = written(tmp_path, "beat", "C2 . . .", is_drum=True)
        with pytest.raises(MidiError, match=r"beat\.mid has drums only; a melody is needed"):
            morph([beat, tunes[0]], tmp_path)

    def test_other_kinds_of_models_are_a_sentence(self, hub, tiny, tunes, tmp_path):
        hub.add("us/trio", files_of(tiny("trio"), tmp_path / "hub-trio"))
        with pytest.raises(CheckpointError, match="trio makes trio; a model of melody or drums is needed here"):
            morph(tunes, tmp_path, model="us/trio")
        with pytest.raises(CheckpointError, match="There is no model"):
            morph(tunes, tmp_path, model="../x")


class TestSquare:
    @pytest.fixture
    def four(self, tunes, tmp_path):
        lines = {"c": "G4 . . . F4 . . . E4 . . . D4 . . .", "d": "C1 F#6 - D#2 A6 . G#1 C7 - C#4 F1 B6 D1 - . E6"}
        return [*tunes, *(written(tmp_path, name, line) for name, line in lines.items())]

    def test_has_its_tunes_in_the_corners_and_what_python_gives_between(self, four, tmp_path):
        made = square(four, tmp_path, rows=3, columns=4)
        model = MusicVAE.from_pretrained("mel-2bar")
        expected = [line for row in model.palette([one["path"] for one in four], 3, 4) for line in row]
        expected = [spell(model.converter.to_tokens(one)[0]) for one in expected]
        for at, one in zip((0, 3, 8, 11), four, strict=True):
            expected[at] = spell(model.converter.to_tokens(one["path"])[0])
        assert [windows(tile)[0] for tile in made.tiles] == expected
        assert (made.columns, len(made.tiles)) == (4, 12)

    def test_says_what_its_tiles_are(self, four, tmp_path):
        made = square(four, tmp_path, rows=2, columns=3, qpm=60)
        titles = ["A", "Row 1, column 2", "B", "C", "Row 2, column 2", "D"]
        assert [tile.title for tile in made.tiles] == titles
        assert made.tiles[4].midi.name == "mel-2bar-square-2-2.mid"
        assert pretty_midi.PrettyMIDI(str(made.tiles[4].midi)).get_end_time() == 8

    def test_is_one_file_as_well(self, four, tmp_path):
        made = square(four, tmp_path, rows=2, columns=3)
        assert (made.whole.midi.name, made.whole.stride) == ("mel-2bar-square.mid", 8)
        assert windows(made.whole) == [windows(tile)[0] for tile in made.tiles]

    def test_of_drums(self, tmp_path):
        hits = {"a": "C2", "b": "D2", "c": "F#2", "d": "C2"}
        beats = [written(tmp_path, name, f"{hit} . . . " * 8, is_drum=True) for name, hit in hits.items()]
        made = square(beats, tmp_path, model="drums-2bar")
        assert all(tile.music.instruments[0].is_drum for tile in made.tiles)

    @pytest.mark.parametrize("side", ["rows", "columns"])
    @pytest.mark.parametrize("size", [1, 10, 3.5, "3", None, True, float("nan")])
    def test_wrong_sizes(self, four, tmp_path, side, size):
        sentence = f"^{side} is .*; a whole number from 2 to 9 is accepted"
        with pytest.raises(ArgumentError, match=sentence):
            square(four, tmp_path, **{side: size})

    @pytest.mark.parametrize("place", range(4))
    def test_other_files_are_not_read(self, four, tmp_path, place):
        four[place] = "/etc/passwd"
        with pytest.raises(ArgumentError, match=f"^{'abcd'[place]} is '/etc/passwd'; a MIDI file"):
            square(four, tmp_path)
