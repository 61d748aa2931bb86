"""Trios without a browser: what is sampled and morphed, stems in balance, and files with other instruments."""

import re
import wave
from collections import OrderedDict

import numpy as np
import pretty_midi
import pytest

pytest.importorskip("gradio", reason="gradio is not installed: pip install '.[app]'")
from mvae import ArgumentError, CheckpointError, PartError  # noqa: E402
from mvae.audio import missing  # noqa: E402
from space import instruments, models, pieces, stems  # noqa: E402
from space.actions.trio import morph, trio  # noqa: E402
from space.mixer import Mixer  # noqa: E402
from tests.music import music, part  # noqa: E402
from tests.test_hub import files_of  # noqa: E402

needs_sound = pytest.mark.skipif(missing() is not None, reason=missing() or "")
PLAYED_BY = "Piano", "Electric bass", "Standard kit"
GONE = "This piece is no longer here; make it anew."


@pytest.fixture
def ours(hub, tiny, tmp_path, monkeypatch):
    """A model of trios on the Hub, and one of melodies."""
    monkeypatch.setattr(models, "_visitors", OrderedDict())
    hub.add("us/trio", files_of(tiny("trio"), tmp_path / "files"))
    hub.add("us/tunes", files_of(tiny(), tmp_path / "others"))


def sample(folder, model="us/trio", n=2, temperature=0.5, seed=7, qpm=120, played_by=PLAYED_BY):
    return trio(model, n, temperature, seed, qpm, played_by, folder)


def notes(midi):
    return [[(note.pitch, note.start, note.end) for note in one.notes] for one in midi.instruments]


def written(*parts):
    """A piece as `pieces.write` leaves it."""
    return lambda folder: pieces.write([music(*parts)], "Trio", "trio", folder)[0]


BAND = written(
    part("C4 . E4 . G4 . C5 .", name="Melody"),
    part("C2 . . . G1 . . .", name="Bass", program=33),
    part("C2 - D2 - C2 - D2 .", name="Drums", is_drum=True),
)
SILENT = written(part("C4 . E4 .", name="Melody"), part("-", name="Bass"), part("C2", name="Drums", is_drum=True))


class TestTrio:
    def test_is_what_python_gives(self, ours, tiny, tmp_path):
        made = sample(tmp_path, seed=11, qpm=90)
        assert [notes(piece.music) for piece in made] == [notes(midi) for midi in tiny("trio").sample(2, 0.5, 11, 90)]
        assert [piece.title for piece in made] == ["Trio 1", "Trio 2"]
        assert [piece.midi.name for piece in made] == ["trio-seed-11-1.mid", "trio-seed-11-2.mid"]

    def test_is_played_by_the_instruments(self, ours, tmp_path):
        [made] = sample(tmp_path, n=1, played_by=("Vibraphone", "Slap bass", "Brushes"))
        assert [one.program for one in made.music.instruments] == [11, 36, 40]

    def test_every_instrument_is_read_back_as_its_part(self, tiny, tmp_path):
        melodies, basses, kits = (list(offered.values()) for offered in instruments.TRIO.values())
        converter = tiny("trio").converter
        piece = BAND(tmp_path)
        for program in melodies + basses + kits:
            chosen = [program if program in offered else offered[0] for offered in (melodies, basses, kits)]
            assert len(converter.to_tokens(str(stems.write_score(piece.midi, chosen))))

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"model": "us/tunes"}, "tunes makes melody; a model of trio is needed here."),
            ({"model": "mel-2bar"}, "mel-2bar makes melody; a model of trio is needed here."),
            ({"n": 9}, "n is 9; a whole number from 1 to 8 is accepted."),
            ({"temperature": float("nan")}, "temperature is nan; a number from 0.1 to 1.5 is accepted."),
            ({"seed": None}, "seed is None; a whole number from 0 to 9007199254740991 is accepted."),
            ({"qpm": -5}, "qpm is -5; a number from 40 to 240 is accepted."),
            ({"played_by": ("Kazoo", *PLAYED_BY[1:])}, "melody is 'Kazoo'; one of Piano, "),
            ({"played_by": ("Piano", ["x"], "Brushes")}, "bass is ['x']; one of Electric bass, "),
        ],
    )
    def test_wrong_values(self, ours, tmp_path, wrong, sentence):
        with pytest.raises((ArgumentError, CheckpointError), match=f"^{re.escape(sentence)}"):
            sample(tmp_path / "cache", **wrong)
        assert not (tmp_path / "cache").exists()


class TestMorph:
    def test_leads_from_one_to_the_other(self, ours, tiny, tmp_path):
        a, b = (piece.midi for piece in sample(tmp_path))
        made = morph("us/trio", str(a), {"path": str(b)}, 4, 120, PLAYED_BY, tmp_path)
        expected = tiny("trio").interpolate(str(a), str(b), 4)
        assert [notes(piece.music) for piece in made] == list(map(notes, expected))
        assert [piece.title for piece in made] == ["Step 1", "Step 2", "Step 3", "Step 4"]

    def test_wrong_files(self, ours, tmp_path):
        a, folder = str(BAND(tmp_path).midi), tmp_path
        tune = pieces.write([music(part("C4 . D4 ."))], "Tune", "tune", tmp_path)[0].midi
        for alien in (None, "/etc/passwd", {"path": "/etc/passwd"}, [a], 5):
            with pytest.raises(ArgumentError, match="^b is .*; a MIDI file that was uploaded or made here is accepted"):
                morph("us/trio", a, alien, 3, 120, PLAYED_BY, folder)
        with pytest.raises(PartError, match="a trio of melody, bass and drums is needed"):
            morph("us/trio", a, str(tune), 3, 120, PLAYED_BY, folder)
        with pytest.raises(ArgumentError, match="^steps is 10; a whole number from 3 to 9 is accepted"):
            morph("us/trio", a, a, 10, 120, PLAYED_BY, folder)


def heard(path):
    """The samples of a stem, from -1 to 1."""
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getframerate()) == (1, stems.RATE)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767


class TestStems:
    @needs_sound
    def test_add_up_to_the_whole(self, tmp_path):
        piece = BAND(tmp_path)
        parts = [heard(stems.write_stem(piece.midi, n, one.program)) for n, one in enumerate(piece.music.instruments)]
        whole = heard(stems.write_mix(piece.midi))
        assert {len(one) for one in parts} == {len(whole)}
        assert all(np.abs(one).max() > 0.01 for one in parts)
        assert (sum(parts) - whole).std() < 0.1 * whole.std()  # the chorus of each begins elsewhere

    @needs_sound
    def test_sound_as_their_program(self, tmp_path):
        piece = BAND(tmp_path)
        piano, vibraphone = (stems.write_stem(piece.midi, 0, program) for program in (0, 11))
        assert [piano.name, vibraphone.name] == ["trio-1-0-0.wav", "trio-1-0-11.wav"]
        assert not np.array_equal(heard(piano), heard(vibraphone))
        before = piano.stat()
        assert stems.write_stem(piece.midi, 0, 0).stat() == before  # it is not rendered twice

    @needs_sound
    def test_a_silent_part_shifts_no_other(self, tmp_path):
        piece = SILENT(tmp_path)
        assert not heard(stems.write_stem(piece.midi, 1, 33)).any()
        drums = heard(stems.write_stem(piece.midi, 2, 0))
        assert np.abs(drums).max() > 0.01
        assert sorted(path.suffix for path in piece.midi.parent.iterdir()) == [".mid", ".wav", ".wav"]

    @pytest.mark.parametrize(
        ("part", "program", "sentence"),
        [
            (3, 0, "part is 3; a whole number from 0 to 2"),
            ("0", 0, "part is '0'; a whole number from 0 to 2"),
            (0, 128, "program is 128; a whole number from 0 to 127"),
            (0, float("nan"), "program is nan; a whole number from 0 to 127"),
        ],
    )
    def test_of_what_there_is_not(self, tmp_path, part, program, sentence):
        with pytest.raises(ArgumentError, match=f"^{re.escape(sentence)}"):
            stems.write_stem(BAND(tmp_path).midi, part, program)


class TestScore:
    def test_has_the_same_notes_and_other_instruments(self, tmp_path):
        piece = SILENT(tmp_path)
        score = stems.write_score(piece.midi, [11, 36.0, 40])
        assert score.name == "trio-1-11-36-40.mid"
        was, now = (pretty_midi.PrettyMIDI(str(path)) for path in (piece.midi, score))
        assert notes(now) == notes(was)
        assert [(one.program, one.name) for one in now.instruments] == [(11, "Melody"), (40, "Drums")]

    @pytest.mark.parametrize("programs", [None, "abc", [1, 2], [1, 2, 3, 4], {}, [1, 2, -1], [1, 2, None]])
    def test_of_programs_that_do_not_fit(self, tmp_path, programs):
        with pytest.raises(ArgumentError):
            stems.write_score(BAND(tmp_path).midi, programs)


class TestMixer:
    def handed_out(self, tmp_path):
        mixer, piece = Mixer("", instruments.TRIO), BAND(tmp_path)
        mixer.temp_files.add(str(piece.midi))  # as Gradio does when it serves a value
        return mixer, piece

    def test_cards_name_programs(self, tmp_path):
        [card] = Mixer("").postprocess([BAND(tmp_path)]).root
        assert [(one.name, one.drums, one.program) for one in card.parts] == [
            ("Melody", False, 0),
            ("Bass", False, 33),
            ("Drums", True, 0),
        ]

    @needs_sound
    def test_what_it_makes_is_served_and_deleted(self, tmp_path):
        mixer, piece = self.handed_out(tmp_path)
        assert mixer.stem([str(piece.midi), 1, 36]) is None
        assert mixer.score([str(piece.midi), [0, 36, 0]]) is None
        names = {path.name for path in piece.midi.parent.iterdir()}
        assert names == {"trio-1.mid", "trio-1-1-36.wav", "trio-1-0-36-0.mid"}
        assert {str(path) for path in piece.midi.parent.iterdir()} == mixer.temp_files

    @pytest.mark.parametrize("alien", [None, 3, "a", [], ["/etc/passwd", 0, 0], [["a"], 0, 0], [{}, 0, 0], {"a": 1}])
    def test_makes_nothing_of_other_files(self, tmp_path, alien):
        mixer, _ = self.handed_out(tmp_path)
        assert mixer.stem(alien) == mixer.score(alien) == GONE

    def test_says_what_is_wrong(self, tmp_path):
        mixer, piece = self.handed_out(tmp_path)
        assert mixer.stem([str(piece.midi), 9, 0]) == "part is 9; a whole number from 0 to 2 is accepted."
        assert mixer.score([str(piece.midi), [1]]) == "The programs are not a list of 3, one for each part."
        piece.midi.unlink()
        assert mixer.stem([str(piece.midi), 0, 0]) == GONE
