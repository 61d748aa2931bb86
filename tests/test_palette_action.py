"""Palettes of beats without a browser: what is between the corners, the way along a line, and wrong values."""

import json
import re

import pretty_midi
import pytest
import torch

from mvae import ArgumentError, CheckpointError, MidiError, MusicVAE
from space.actions.palette import CORNERS, SIDE, palette, walk
from space.beats import BEATS
from tests.music import beat, music, part, spell_beat
from tests.serving import call, fetch

FOUR = ["Rock", "House", "Bossa", "Toms"]


def masks(text):
    return beat(text, bars=2)[:, 0].tolist()


def spell(masks):
    return spell_beat(torch.tensor(masks)[:, None])


@pytest.fixture
def blend(tmp_path):
    """Calls the action as the tab does."""

    def call(corners=FOUR, seed=7, model="drums-2bar"):
        return palette(model, corners, seed, tmp_path)

    return call


@pytest.fixture
def stroll(tmp_path):
    def call(points, corners=FOUR, loops=1, qpm=120, seed=7, sound=False, model="drums-2bar"):
        [piece] = walk(model, corners, points, loops, qpm, seed, sound, tmp_path)
        return piece

    return call


class TestPalette:
    def test_is_what_python_gives_between_the_corners(self, blend):
        model = MusicVAE.from_pretrained("drums-2bar")
        corners = [model.converter.to_midi(torch.tensor(BEATS[name])[:, None]) for name in FOUR]
        expected = [midi for row in model.palette(corners) for midi in row]
        got = blend().cells
        assert len(got) == SIDE * SIDE
        for cell in (5, 17, 60, 119):
            assert got[cell] == model.converter.to_tokens(expected[cell], start_bar=0)[0, :, 0].tolist()

    def test_corners_are_heard_as_they_were_drawn(self, blend):
        drawn = masks("KC - - S - T M L | R R R R R")
        made = blend([drawn, "House", [0] * 32, drawn])
        assert made.corners == [made.cells[cell] for cell in CORNERS] == [drawn, list(BEATS["House"]), [0] * 32, drawn]

    def test_what_is_left_out_is_made_up(self, blend):
        made, again, other = blend([None, "Rock", None, None]), blend([None, "Rock", None, None]), blend([None] * 4, 8)
        assert made == again != other
        assert made.corners[1] == list(BEATS["Rock"])
        assert len({tuple(corner) for corner in made.corners + other.corners}) == 8

    def test_a_file_is_a_corner(self, blend, tmp_path):
        path = tmp_path / "mine.mid"
        music(part("C2 - - - D2 - - - C2 - C2 - D2 - - -", is_drum=True)).write(str(path))
        made = blend([{"path": str(path)}, str(path), "Rock", "Rock"])
        assert spell(made.corners[0]) == "K - - - S - - - K - K - S" == spell(made.corners[1])

    def test_goes_by_small_steps(self, blend):
        def apart(a, b):
            return sum(bin(x ^ y).count("1") for x, y in zip(a, b, strict=True))

        cells = blend().cells
        neighbours = [apart(cells[i], cells[i + 1]) for i in range(SIDE * SIDE - 1) if (i + 1) % SIDE]
        assert sum(neighbours) / len(neighbours) < apart(cells[0], cells[10]) / 3

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"corners": None}, "The corners are None; four are needed"),
            ({"corners": FOUR[:3]}, "The corners are 3 of them; four are needed"),
            ({"corners": [*FOUR[:3], "Polka"]}, "A corner is 'Polka'; a MIDI file that was uploaded"),
            ({"corners": [*FOUR[:3], "/etc/passwd"]}, "A corner is '/etc/passwd'; a MIDI file that was uploaded"),
            ({"corners": [*FOUR[:3], {"path": ["x"]}]}, "A corner is ['x']; a MIDI file that was uploaded"),
            ({"corners": [*FOUR[:3], 7]}, "A corner is 7; one of Rock, House"),
            ({"corners": [*FOUR[:3], [1] * 31]}, "A corner has 31 steps; this model has 32."),
            ({"corners": [*FOUR[:3], [512] * 32]}, "A step of a corner is 512; a whole number from 0 to 511"),
            ({"corners": [*FOUR[:3], ["x"] * 32]}, "A step of a corner is 'x'; a whole number from 0 to 511"),
            ({"seed": float("nan")}, "seed is nan; a whole number"),
            ({"model": "mel-2bar"}, "'mel-2bar' makes melody, 2 bars; a palette needs drums, up to 4 bars."),
        ],
    )
    def test_wrong_values(self, blend, wrong, sentence):
        with pytest.raises(ArgumentError, match=f"^{re.escape(sentence)}"):
            blend(**wrong)

    def test_wrong_models_and_files(self, blend, tmp_path):
        with pytest.raises(CheckpointError, match="There is no model '../x'"):
            blend(model="../x")
        music(part("C4 D4 E4")).write(str(tmp_path / "song.mid"))
        (tmp_path / "no.mid").write_bytes(b"<b>no</b>")
        for name in ("song.mid", "no.mid"):
            with pytest.raises(MidiError):
                blend([{"path": str(tmp_path / name)}, *FOUR[1:]])

    def test_a_model_of_a_visitor_with_bars_of_its_own(self, blend, hub, tiny, tmp_path):
        from tests.test_hub import files_of

        hub.add("us/beats", files_of(tiny(kind="drums", bars=1), tmp_path / "files"))
        made = blend([None, "Rock", [0] * 16, "Toms"], model="us/beats")
        assert {len(cell) for cell in made.cells} == {16}
        assert made.corners[1] == list(BEATS["Rock"][:16])


class TestWalk:
    def test_one_place_stays_where_it_is(self, stroll, blend):
        piece = stroll([[0.5, 0.5]], loops=2)
        assert heard(piece) == spell(blend().cells[60] * 2)
        assert (piece.title, piece.midi.name) == ("Beat 1", "drums-2bar-beat-1.mid")

    def test_a_line_is_followed_at_one_speed(self, stroll, blend):
        cells, piece = blend().cells, stroll([[0, 0], [1, 0], [1, 1]], loops=4)
        steps = 4 * 32
        way = [2 * step / steps for step in range(steps)]  # 1 is the top right corner
        places = [(min(at, 1), max(at - 1, 0)) for at in way]
        expected = [cells[int(y * 10 + 0.5) * SIDE + int(x * 10 + 0.5)][i % 32] for i, (x, y) in enumerate(places)]
        assert heard(piece) == spell(expected)
        assert (piece.title, piece.midi.name) == ("Path 1", "drums-2bar-path-1.mid")

    def test_is_as_fast_as_wanted(self, stroll):
        assert stroll([[0, 0]], loops=3, qpm=60).music.get_end_time() == pytest.approx(24)
        assert stroll([[0, 0]], loops=1, qpm=240).music.get_end_time() == pytest.approx(2)

    def test_points_on_top_of_each_other(self, stroll):
        assert heard(stroll([[1, 1]] * 9)) == heard(stroll([[1, 1]]))

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"points": []}, "points are []; a list of 1 to 500 [x, y] is accepted, all from 0 to 1."),
            ({"points": None}, "points are None; a list"),
            ({"points": [[0, float("nan")]]}, "points are [[0, nan]]; a list"),
            ({"points": [[0, 1.1]]}, "points are [[0, 1.1]]; a list"),
            ({"points": [[0, 0, 0]]}, "points are [[0, 0, 0]]; a list"),
            ({"points": [["0", "0"]]}, "points are [['0', '0']]; a list"),
            ({"points": [[0, 0]] * 501}, "points are [[0, 0], "),
            ({"loops": 10**9}, "loops is 1000000000; a whole number from 1 to 16"),
            ({"qpm": -1}, "qpm is -1; a number from 40 to 240"),
            ({"sound": "yes"}, "sound is 'yes'; true or false"),
            ({"corners": "Rock"}, "The corners are 'Rock'; four are needed"),
        ],
    )
    def test_wrong_values(self, stroll, wrong, sentence, tmp_path):
        with pytest.raises(ArgumentError, match=f"^{re.escape(sentence)}"):
            stroll(**{"points": [[0, 0]], **wrong})
        assert not list(tmp_path.iterdir())


def heard(piece):
    """What is in the file, as a beat."""
    midi = pretty_midi.PrettyMIDI(str(piece.midi))
    sixteenth = 15 / midi.get_tempo_changes()[1][0]
    steps = [0] * round(midi.get_end_time() / sixteenth)
    bits = {36: 1, 38: 2, 42: 4, 46: 8, 45: 16, 48: 32, 50: 64, 49: 128, 51: 256}
    for note in midi.instruments[0].notes:
        steps[round(note.start / sixteenth)] |= bits[note.pitch]
    return spell(steps)


class TestEndpoints:
    """What clients meet."""

    GOOD = ("drums-2bar", FOUR, [[0, 0], [1, 1]], 1, 120, 7, False)

    def test_are_described(self, demo):
        endpoints = json.loads(fetch(f"{demo}gradio_api/info"))["named_endpoints"]
        names = {
            "palette": ["model", "corners", "seed"],
            "palette_path": ["model", "corners", "points", "loops", "qpm", "seed", "sound"],
        }
        for endpoint, parameters in names.items():
            assert [one["parameter_name"] for one in endpoints[f"/{endpoint}"]["parameters"]] == parameters

    def test_serve_from_gradio_client(self, demo, tmp_path, blend, stroll):
        from gradio_client import Client, handle_file

        music(part("C2 - - - D2 - - - C2 - C2 - D2 - - -", is_drum=True)).write(str(tmp_path / "mine.mid"))
        client = Client(demo, verbose=False, download_files=str(tmp_path))
        mine = handle_file(str(tmp_path / "mine.mid"))
        made = client.predict("drums-2bar", [mine, None, "Rock", [0] * 32], 7, api_name="/palette")
        assert spell(made["corners"][0]) == "K - - - S - - - K - K - S"
        assert made["corners"][2:] == [list(BEATS["Rock"]), [0] * 32]
        assert len(made["cells"]) == SIDE * SIDE
        [card] = client.predict(*self.GOOD, api_name="/palette_path")
        expected = stroll([[0, 0], [1, 1]]).music.instruments[0].notes
        got = pretty_midi.PrettyMIDI(card["midi"]).instruments[0].notes
        assert [(note.pitch, note.start) for note in got] == [(note.pitch, note.start) for note in expected]
        assert [note["pitch"] for note in card["notes"]] == [note.pitch for note in expected]

    @pytest.mark.parametrize(
        ("place", "value", "found"),
        [
            (0, "<b>x</b>", "There is no model '&lt;b&gt;x&lt;/b&gt;'"),
            (1, [*FOUR[:3], "<img src=x>"], "A corner is '&lt;img src=x&gt;'; a MIDI file"),
            (1, [*FOUR[:3], {"path": "/etc/passwd"}], "A corner is '/etc/passwd'; a MIDI file"),
            (2, {"x": 1}, "points are {'x': 1};"),
            (3, float("nan"), "loops is nan;"),
            (4, -5, "qpm is -5;"),
            (5, "x" * 10**6, "seed is 'xxx"),
            (6, None, "sound is None;"),
        ],
    )
    def test_answer_wrong_values_with_a_sentence_and_live(self, demo, place, value, found):
        values = list(self.GOOD)
        values[place] = value
        kind, data = call(demo, *values, endpoint="palette_path")
        assert kind == "error"
        assert data["error"].startswith(found)
        assert call(demo, *self.GOOD, endpoint="palette_path")[0] == "complete"

    def test_give_nothing_of_this_machine_away(self, demo):
        alien = {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}  # which Gradio itself refuses
        kind, data = call(demo, "drums-2bar", [alien, *FOUR[1:]], 7, endpoint="palette")
        assert kind == "error"
        assert "root:" not in json.dumps(data)
        assert call(demo, *self.GOOD, endpoint="palette_path")[0] == "complete"
