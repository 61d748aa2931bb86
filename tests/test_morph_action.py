"""Morphs and mixes without a browser: what is in them, where their ends are, and a sentence for every wrong value."""

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


def mix(tunes, folder, model="mel-2bar", size=3, qpm=120, sound=False):
    return actions.mix(model, *tunes, size, qpm, sound, folder)


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


class TestMix:
    def test_has_its_tunes_in_the_corners(self, tunes, tmp_path):
        made = mix([*tunes, *reversed(tunes)], tmp_path, size=4)
        assert len(made) == 16
        [first], [last] = windows(made[0]), windows(made[15])
        assert first == last == windows(morph(tunes, tmp_path)[0])[1]
        assert windows(made[3]) == windows(made[12])
        assert (made[4].title, made[4].midi.name) == ("Row 2, column 1", "mel-2bar-mix-2-1.mid")

    @pytest.mark.parametrize("size", [2, 10, 3.5, "3", None, True])
    def test_wrong_sizes(self, tunes, tmp_path, size):
        with pytest.raises(ArgumentError, match="^size is .*; a whole number from 3 to 9 is accepted"):
            mix([*tunes, *tunes], tmp_path, size=size)
