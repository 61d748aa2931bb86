"""Loops without a browser: what is near a sketch, keys and scales, songs, and a sentence for every wrong value."""

import base64
import io
import json
import re

import pretty_midi
import pytest

from mvae import ArgumentError, CheckpointError, MidiError, MusicVAE
from mvae.converters import MelodyConverter
from space import models, scales
from space.actions.loops import COLUMNS, LONGEST, ROWS, loops, retune, song
from tests.music import melody, music, part, spell
from tests.serving import call, fetch

TUNE = "G4 . E4 . D4 . C4 . E4 . G4 . A4 . G4 | C5 . . . A4 . G4 . E4 . D4 . C4 . . -"
PENTATONIC = {0, 2, 4, 7, 9}


def sketch(text=TUNE):
    """A line as the notes that a browser sends."""
    midi = MelodyConverter(2).to_midi(melody(text, bars=2), qpm=15)  # a 16th is a second
    return [
        {"pitch": note.pitch, "start": round(note.start), "end": round(note.end)} for note in midi.instruments[0].notes
    ]


def line(midi, bars=2):
    return spell(MelodyConverter(bars).to_tokens(midi, start_bar=0)[0])


@pytest.fixture
def find(tmp_path):
    """Calls the action as the tab does."""

    def call(
        drawn=None,
        key="C",
        scale="Major pentatonic",
        in_scale=True,
        distance=0.5,
        temperature=0.3,
        seed=7,
        qpm=120,
        sound=False,
        model="mel-2bar",
    ):
        drawn = sketch() if drawn is None else drawn
        return loops(model, drawn, key, scale, in_scale, distance, temperature, seed, qpm, sound, tmp_path)

    return call


@pytest.fixture
def join(tmp_path):
    def call(given, qpm=120, sound=False):
        return song(given, qpm, sound, tmp_path)

    return call


class TestLoops:
    def test_the_first_is_the_sketch_note_for_note(self, find):
        assert line(find()[0].midi) == spell(melody(TUNE))

    def test_are_what_python_gives_between_the_sketch_and_three_variations(self, find):
        model = MusicVAE.from_pretrained("mel-2bar")
        code = model.encode(model.converter.to_midi(melody(TUNE)))
        corners = [code[0], *model.similar(code, 3, 0.5, seed=7)]
        expected = model.decode(model.palette(corners, ROWS, COLUMNS).flatten(0, 1), 0.3, 7)
        made = find(in_scale=False)
        kept = [line(piece.music) == line(midi) for piece, midi in zip(made, expected, strict=True)]
        assert len(made) == ROWS * COLUMNS
        assert sum(kept) > ROWS * COLUMNS / 3  # but for those that were drawn again

    def test_no_two_are_much_alike_and_the_first_are_the_nearest(self, find):
        def onsets(piece):
            return {(note.start, note.pitch) for note in piece.music.instruments[0].notes}

        def unlike(a, b):
            return 1 - len(onsets(a) & onsets(b)) / len(onsets(a) | onsets(b))

        palettes = [find(distance=0.35, seed=seed) for seed in (3, 5, 7)]
        assert min(unlike(a, b) for made in palettes for i, a in enumerate(made) for b in made[:i]) > 0.3
        beside, opposite = (
            sum(unlike(made[0], made[at]) for made in palettes for at in cells) for cells in ((1, 5, 6), (13, 18, 19))
        )
        assert beside < 0.95 * opposite

    def test_are_many_and_named_by_column_and_row(self, find):
        made = find()
        assert [made[i].title for i in (0, 4, 5, 19)] == ["Loop A1", "Loop E1", "Loop A2", "Loop E4"]
        assert made[5].midi.name == "loop-A2.mid"
        assert len({line(piece.music) for piece in made}) > len(made) / 2

    def test_stay_in_the_scale_if_they_shall(self, find):
        def degrees(pieces):
            return {note.pitch % 12 for piece in pieces for note in piece.music.instruments[0].notes}

        assert degrees(find()) <= PENTATONIC
        assert not degrees(find(in_scale=False)) <= PENTATONIC

    def test_go_as_far_as_is_wished(self, find):
        def like(pieces):
            return sum(line(piece.music) == line(pieces[1].music) for piece in pieces)

        assert like(find(distance=0)) >= ROWS * COLUMNS - 1  # but for the sketch, if it comes back otherwise
        assert like(find(distance=1)) < 5

    def test_the_seed_decides_and_the_files_have_the_tempo(self, find):
        one, same, other = find(seed=3, qpm=90), find(seed=3, qpm=90), find(seed=4)
        assert [line(a.music) for a in one] == [line(b.music) for b in same] != [line(c.music) for c in other]
        midi = pretty_midi.PrettyMIDI(str(one[7].midi))
        assert midi.get_tempo_changes()[1][0] == pytest.approx(90, rel=1e-4)
        assert line(midi) == line(one[7].music)

    def test_a_sketch_may_be_a_file(self, find, tmp_path):
        music(part(TUNE.replace("|", ""))).write(str(tmp_path / "a.mid"))
        assert line(find({"path": str(tmp_path / "a.mid")})[0].music).startswith("G4 . E4 . D4 . C4")

    def test_of_a_visitors_model(self, find, hub, tiny, tmp_path):
        from tests.test_hub import files_of

        hub.add("us/tunes", files_of(tiny(), tmp_path / "files"))
        assert len(find(model="us/tunes")) == ROWS * COLUMNS

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"drawn": []}, "The sketch is empty; paint a few notes on it first."),
            ({"drawn": [{"pitch": 60}]}, "The start of a note of the sketch is None; a whole number from 0 to 31"),
            ({"drawn": [7]}, "The start of a note of the sketch is None;"),
            ({"drawn": [{"pitch": 1e9, "start": 0, "end": 2}]}, "The pitch of a note of the sketch is 1000000000.0;"),
            ({"drawn": [{"pitch": 60, "start": 4, "end": 4}]}, "The end of a note of the sketch is 4; a whole number"),
            ({"drawn": [{"pitch": 60, "start": 0, "end": 99}]}, "The end of a note of the sketch is 99;"),
            ({"drawn": [{"pitch": 60, "start": 0, "end": 1}] * 10**4}, "The notes of the sketch are 10000 of them;"),
            ({"drawn": "/etc/passwd"}, "the sketch is '/etc/passwd'; a MIDI file that was uploaded or made here"),
            ({"drawn": {"path": "/etc/passwd"}}, "the sketch is '/etc/passwd';"),
            ({"drawn": 5}, "the sketch is 5;"),
            ({"key": "H"}, "key is 'H'; one of C, C♯, D,"),
            ({"scale": "<b>"}, "scale is '<b>'; one of Major, Minor,"),
            ({"in_scale": 1}, "in_scale is 1; true or false is accepted."),
            ({"distance": float("nan")}, "distance is nan; a number from 0 to 1 is accepted."),
            ({"temperature": 0}, "temperature is 0;"),
            ({"seed": -1}, "seed is -1;"),
            ({"qpm": 1e9}, "qpm is 1000000000.0;"),
            ({"sound": None}, "sound is None;"),
        ],
    )
    def test_wrong_values(self, find, wrong, sentence):
        with pytest.raises(ArgumentError, match=f"^{re.escape(sentence)}"):
            find(**wrong)

    def test_a_file_that_is_no_music(self, find, tmp_path):
        (tmp_path / "a.mid").write_bytes(b"MThd nothing")
        with pytest.raises(MidiError):
            find({"path": str(tmp_path / "a.mid")})

    def test_another_kind_of_model(self, find):
        sentence = r"^drums-2bar makes drums, 2 bars; loops need a model of melody, 2 bars\.$"
        with pytest.raises(CheckpointError, match=sentence):
            find(model="drums-2bar")

    def test_only_models_that_fit_are_offered(self):
        assert [name for _, name in models.choices("melody", bars=2)] == ["mel-2bar"]


class TestScales:
    def test_a_ladder_begins_on_the_tonic_and_ends_two_octaves_above(self):
        assert [scales.name(pitch) for pitch in scales.ladder("G", "Major pentatonic")] == (
            ["G4", "A4", "B4", "D5", "E5", "G5", "A5", "B5", "D6", "E6", "G6"]
        )

    @pytest.mark.parametrize("key", scales.KEYS)
    @pytest.mark.parametrize("scale", scales.SCALES)
    def test_what_is_in_a_scale_stays_and_all_else_moves_by_little(self, key, scale):
        for pitch in scales.ladder(key, scale):
            assert scales.snap(pitch, key, scale) == pitch
        for pitch in range(21, 109):
            assert abs(scales.snap(pitch, key, scale) - pitch) <= 2

    def test_a_sketch_moves_along(self):
        moved = retune(sketch("C4 . E4 . G4 . C6"), "C", "A", "Minor")
        assert [scales.name(note["pitch"]) for note in moved] == ["A3", "C4", "E4", "A5"]
        assert [note["start"] for note in moved] == [0, 2, 4, 6]

    def test_there_and_back_it_is_the_same(self):
        drawn = sketch("C4 D4 E4 G4 A4 C5 D5")
        for key in scales.KEYS:
            assert retune(retune(drawn, "C", key, "Major"), key, "C", "Major pentatonic") == drawn

    def test_wrong_values(self):
        with pytest.raises(ArgumentError, match=r"^key is 'X'"):
            retune([], "X", "C", "Major")
        with pytest.raises(ArgumentError, match=r"^scale is \['Major'\]"):
            retune([], "C", "C", ["Major"])


class TestSong:
    def test_is_its_loops_in_a_row_each_as_long_as_it_is(self, join):
        made = join([sketch("C4 . D4 -"), sketch("- - E4 . . -"), sketch(TUNE)], qpm=90)
        assert line(made.music, bars=6) == (
            "C4 . D4 - " + ". " * 28 + ". . E4 . . - " + ". " * 26 + spell(melody(TUNE))
        )
        assert made.music.get_end_time() == pytest.approx(6 * 4 * 60 / 90)
        assert line(pretty_midi.PrettyMIDI(str(made.midi)), bars=6) == line(made.music, bars=6)

    def test_a_note_that_is_held_ends_with_its_loop(self, join):
        made = join([sketch("C4"), sketch("- - - - D4")])
        assert [(note.start, note.end) for note in made.music.instruments[0].notes] == [(0, 4), (4.5, 8)]

    def test_may_be_of_files_and_have_silence(self, join, find):
        piece = find()[3]
        made = join([{"path": str(piece.midi)}, [], sketch("C4")])
        assert line(made.music, bars=6).startswith(line(piece.music))

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"given": []}, "A song is of 0 loops; a list of 1 to 32 loops is accepted."),
            ({"given": [[]] * (LONGEST + 1)}, "A song is of 33 loops;"),
            ({"given": "<b>"}, "A song is of no list;"),
            ({"given": None}, "A song is of no list;"),
            ({"given": [[], "/etc/passwd"]}, "loop 2 is '/etc/passwd';"),
            ({"given": [[]], "qpm": 0}, "qpm is 0;"),
        ],
    )
    def test_wrong_values(self, join, wrong, sentence):
        with pytest.raises(ArgumentError, match=f"^{re.escape(sentence)}"):
            join(**wrong)


class TestWidget:
    @pytest.fixture
    def widget(self, monkeypatch, tmp_path):
        pytest.importorskip("gradio", reason="gradio is not installed: pip install '.[app]'")
        from space.loops import Loops

        monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
        return Loops()

    def test_hands_out_songs_and_leaves_no_file(self, widget, tmp_path):
        answer = widget.song({"loops": [sketch(), sketch()], "qpm": 100})
        midi = pretty_midi.PrettyMIDI(io.BytesIO(base64.b64decode(answer["midi"])))
        assert line(midi, bars=4).startswith(spell(melody(TUNE)))
        assert {str(path) for path in tmp_path.rglob("*.mid")} == widget.temp_files  # which Gradio deletes

    @pytest.mark.parametrize("alien", [None, 5, "x", [], {}, {"loops": 3}, {"loops": [[]], "qpm": "fast"}])
    def test_says_what_is_wrong(self, widget, alien):
        assert re.fullmatch(r"(A song is of|qpm is) .*accepted\.", widget.song(alien)["problem"])


class TestEndpoint:
    GOOD = ["mel-2bar", sketch(), "C", "Major", True, 0.5, 0.3, 7, 120, False, None]

    def test_are_described(self, demo):
        endpoints = json.loads(fetch(f"{demo}gradio_api/info"))["named_endpoints"]
        names = [[one["parameter_name"] for one in endpoints[f"/{name}"]["parameters"]] for name in ("loops", "song")]
        asked = ["key", "scale", "in_scale", "distance", "temperature", "seed", "qpm", "sound"]
        assert names == [["model", "sketch", *asked, "midi"], ["loops", "qpm", "sound"]]
        assert not {"/find", "/more", "/tune", "/opened"} & set(endpoints)

    def test_serve_from_gradio_client(self, demo, tmp_path):
        from gradio_client import Client, handle_file

        client = Client(demo, verbose=False, download_files=str(tmp_path))
        cards = client.predict(*self.GOOD, api_name="/loops")
        assert len(cards) == ROWS * COLUMNS
        assert line(cards[0]["midi"]) == spell(melody(TUNE))
        music(part("E4 . . . C4")).write(str(tmp_path / "mine.mid"))
        cards = client.predict(*self.GOOD[:-1], handle_file(tmp_path / "mine.mid"), api_name="/loops")
        assert line(cards[0]["midi"]).startswith("E4 . . . C4")
        [card] = client.predict([sketch("C4"), sketch("D4")], 120, False, api_name="/song")
        assert line(card["midi"], bars=4).startswith("C4")
        assert [note["pitch"] for note in card["notes"]] == [60, 62]

    @pytest.mark.parametrize(
        ("place", "value", "found"),
        [
            (0, "<b>", "There is no model '&lt;b&gt;'"),
            (1, {"path": "/etc/passwd"}, "What was sent cannot be read:"),
            (1, [{"pitch": "<i>", "start": 0, "end": 1}], "What was sent cannot be read:"),
            (1, [{"pitch": 7, "start": 0, "end": 1}], "The pitch of a note of the sketch is 7;"),
            (1, None, "the sketch is None;"),
            (5, float("nan"), "distance is nan;"),
            (10, {"path": "/etc/passwd"}, "What was sent cannot be read:"),
            (10, "a.mid", "What was sent cannot be read:"),
        ],
    )
    def test_answer_wrong_values_with_a_sentence_and_live(self, demo, place, value, found):
        kind, data = call(demo, *self.GOOD[:place], value, *self.GOOD[place + 1 :], endpoint="loops")
        assert kind == "error"
        assert data["error"].startswith(found)
        assert call(demo, *self.GOOD, endpoint="loops")[0] == "complete"
