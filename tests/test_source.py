"""Where tunes come from, without a browser: the model, examples, and the parts and bars of a file."""

from pathlib import Path

import pytest

pytest.importorskip("gradio", reason="gradio is not installed: pip install '.[app]'")
from mvae import ArgumentError, CheckpointError, MidiError, MusicVAE  # noqa: E402
from space import examples  # noqa: E402
from space.actions import tune  # noqa: E402
from space.roll import Target  # noqa: E402
from space.source import Source  # noqa: E402
from tests.music import music, part, spell  # noqa: E402
from tests.test_hub import files_of  # noqa: E402

MEL = "mel-2bar"


def lines(piece):
    return [spell(one) for one in MusicVAE.from_pretrained(MEL).converter.to_tokens(piece.midi)]


@pytest.fixture
def song(tmp_path):
    """A song of two melodies and drums; the second melody begins late."""
    first = part("C4 . . . | D4 . E4 . | F4 . G4 . A4 . . . | B4", name="Flute")
    second = part("- | - | C3 . . . | D3", program=33)
    drums = part("C2 . C2 . | C2 | C2 | C2", is_drum=True)
    music(first, second, drums).write(str(path := tmp_path / "song.mid"))
    return {"path": str(path)}


class TestTune:
    def test_is_new_from_the_model(self, tmp_path):
        piece = tune.draw(MEL, 11, tmp_path)
        [expected] = MusicVAE.from_pretrained(MEL).sample(1, 0.5, 11)
        assert [note.pitch for note in piece.music.instruments[0].notes] == [
            note.pitch for note in expected.instruments[0].notes
        ]
        assert (piece.title, piece.midi.name) == ("New", "mel-2bar-seed-11.mid")
        with pytest.raises(ArgumentError, match="^seed is -1;"):
            tune.draw(MEL, -1, tmp_path)

    def test_is_an_example(self, tmp_path):
        piece = tune.take(MEL, "Twinkle, twinkle", tmp_path)
        assert (piece.title, piece.midi.name) == ("Twinkle, twinkle", "twinkle-twinkle.mid")
        assert lines(piece)[0].startswith("C5 . . . C5 . . . G5")

    def test_is_cut_out_of_a_file(self, song, tmp_path):
        piece = tune.cut(MEL, song, 1, 2, tmp_path)
        assert lines(piece) == ["D4 . E4 . . . . . . . . . . . . . F4 . G4 . A4"]
        assert (piece.title, piece.midi.name) == ("Flute, bar 2", "part-1-bar-2.mid")
        assert lines(tune.cut(MEL, song, 2, 3, tmp_path)) == ["C3 . . . . . . . . . . . . . . . D3"]

    @pytest.mark.parametrize(
        ("chosen", "sentence"),
        [
            ((3, 1), "song.mid has no melody part 2; it has 0 «Flute», 1"),
            ((1, 99), "song.mid has no 2-bar window at bar 98; windows begin at bars 0 to 2"),
            ((0, 1), "part is 0; a whole number from 1 to 64 is accepted"),
            ((1, 10**9), "bar is 1000000000; a whole number from 1 to 2048 is accepted"),
            (("Flute", 1), "part is 'Flute'; a whole number"),
        ],
    )
    def test_what_is_not_there_is_a_sentence(self, song, tmp_path, chosen, sentence):
        with pytest.raises((MidiError, ArgumentError), match=sentence):
            tune.cut(MEL, song, *chosen, tmp_path)


class TestSketch:
    DRAWN = [{"pitch": 60, "start": 0, "end": 4}, {"pitch": 67, "start": 6, "end": 7}]

    def test_is_the_notes_that_are_drawn(self, tmp_path):
        piece = tune.sketch(MEL, self.DRAWN, False, tmp_path)
        assert lines(piece) == ["C4 . . . - . G4 -"]
        assert (piece.title, piece.midi.name) == ("Drawn by hand", "drawn.mid")

    def test_of_drums(self, tmp_path):
        hits = [{"pitch": 36, "start": 0, "end": 1}, {"pitch": 42, "start": 0, "end": 1}]
        piece = tune.sketch("drums-2bar", [*hits, {"pitch": 38, "start": 31, "end": 32}], True, tmp_path)
        [tokens] = MusicVAE.from_pretrained("drums-2bar").converter.to_tokens(piece.midi)
        assert [(step, mask) for step, [mask] in enumerate(tokens.tolist()) if mask] == [(0, 5), (31, 2)]

    def test_goes_round_where_the_model_reads_more(self, tmp_path):
        piece = tune.sketch("mel-16bar", self.DRAWN, False, tmp_path)
        starts = [(note.pitch, note.start) for note in piece.music.instruments[0].notes]
        assert starts == [one for loop in range(8) for one in ((60, 4 * loop), (67, 4 * loop + 0.75))]

    def test_ends_where_a_shorter_model_does(self, hub, tiny, tmp_path):
        hub.add("us/short", files_of(tiny(bars=1), tmp_path / "hub-short"))
        late = [{"pitch": 60, "start": 16, "end": 17}]
        assert tune.sketch("us/short", self.DRAWN, False, tmp_path).music.get_end_time() == 2
        with pytest.raises(
            ArgumentError, match=r"^The start of a note of the drawing is 16; a whole number from 0 to 15"
        ):
            tune.sketch("us/short", late, False, tmp_path)

    @pytest.mark.parametrize(
        ("drawn", "is_drums", "sentence"),
        [
            ([], False, r"^Nothing is drawn yet; paint a few notes\.$"),
            (DRAWN, True, r"^What was drawn is not melody, which this model reads; draw anew\.$"),
            (DRAWN, None, "^drums is None; true or false is accepted"),
            (None, False, "^The notes of the drawing are None;"),
            ([{"pitch": 10**9, "start": 0, "end": 1}], False, "^The pitch of a note of the drawing is 1000000000;"),
        ],
    )
    def test_anything_else_is_a_sentence(self, tmp_path, drawn, is_drums, sentence):
        with pytest.raises(ArgumentError, match=sentence):
            tune.sketch(MEL, drawn, is_drums, tmp_path)


class TestParts:
    def test_have_names_and_notes_in_bars(self, song, tmp_path):
        assert tune.parts(MEL, song, tmp_path) == [
            tune.Part("Flute", [1, 2, 3]),
            tune.Part("Electric Bass (finger)", [0, 0, 1]),
        ]
        assert tune.parts("drums-2bar", song, tmp_path) == [tune.Part("Drums", [2, 1, 1])]

    def test_bars_of_another_metre_hold_no_tune(self, tmp_path):
        line = part("C4 | C4 | C4 | " + "C4 . . . . . . . . . . . | C4 | C4 | C4")
        music(line, meters=((4, 4, 0), (3, 4, 48), (4, 4, 60))).write(str(path := tmp_path / "waltz.mid"))
        [found] = tune.parts(MEL, str(path), tmp_path)
        assert found.bars[:5] == [1, 1, None, None, 1]

    def test_a_waltz_is_a_sentence(self, tmp_path):
        music(part("C4 . . . D4 . . . E4 . . ."), meters=((3, 4, 0),)).write(str(path := tmp_path / "waltz.mid"))
        with pytest.raises(MidiError, match=r"^3/4 at bar 0 of waltz\.mid; this model reads 4/4"):
            tune.parts(MEL, str(path), tmp_path)

    def test_a_file_without_any_is_a_sentence(self, tmp_path):
        music(part("C2 .", is_drum=True)).write(str(path := tmp_path / "beat.mid"))
        with pytest.raises(MidiError, match=r"beat\.mid has drums only; a melody is needed"):
            tune.parts(MEL, str(path), tmp_path)

    def test_of_a_model_of_another_kind(self, song, tmp_path, hub, tiny):
        hub.add("us/band", files_of(tiny("band"), tmp_path / "hub-band"))
        with pytest.raises(CheckpointError, match="a model of melody or drums is needed here"):
            tune.parts("us/band", song, tmp_path)


class TestSource:
    @pytest.fixture
    def source(self, tmp_path, monkeypatch):
        monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
        return Source("A", Target("a", "Morph", "Morph A"), MEL, "Melody")

    def test_begins_with_its_example(self, source):
        assert Path(source.value["path"]).name == "melody.mid"
        assert source.props["first"]["title"] == "Melody"
        assert source.props["examples"] == examples.names("melody")

    def test_gives_what_is_wished_for(self, source, song):
        for wish, title in [
            ({"from": "model", "seed": 3}, "New"),
            ({"from": "example", "name": "Bassline"}, "Bassline"),
            ({"from": "example", "name": "Rock", "place": 1}, "Melody"),  # of the kind before
            ({"from": "file", "midi": song, "part": 1, "bar": 1}, "Flute, bar 1"),
            ({"from": "sent", "midi": song}, "Flute, bar 1"),
            ({"from": "drawn", "drums": False, "notes": TestSketch.DRAWN}, "Drawn by hand"),
        ]:
            answer = source.choose({"model": MEL, **wish})
            assert answer["card"]["title"] == title
            assert answer["card"]["midi"]["path"] in source.temp_files  # which Gradio deletes
        assert source.choose({"model": "drums-2bar", "name": "Melody", "place": 1})["card"]["title"] == (
            "Four on the floor"
        )

    @pytest.mark.parametrize(
        "wish",
        [
            None,
            5,
            "x",
            [],
            {},
            {"model": 3},
            {"model": MEL, "from": "file"},
            {"model": MEL, "from": "sent", "midi": {"path": "/etc/passwd"}},
            {"model": MEL, "from": "file", "midi": "/etc/passwd", "part": 1, "bar": 1},
            {"model": MEL, "from": "model", "seed": "x"},
            {"model": MEL, "from": []},
            {"model": MEL, "from": "drawn"},
            {"model": MEL, "from": "drawn", "drums": True, "notes": "x"},
            {"model": MEL, "name": [], "place": "x"},
            {"model": MEL, "name": {}, "place": 10**20},
        ],
    )
    def test_any_wish_is_met_with_music_or_a_sentence(self, source, wish):
        answer = source.choose(wish)
        assert answer.get("card") or answer["problem"].endswith(".")
        assert list(source.parts(wish)) == ["problem"]

    def test_lists_the_parts_of_a_file(self, source, song):
        [first, _] = source.parts({"model": MEL, "midi": song})["parts"]
        assert first == {"name": "Flute", "bars": [1, 2, 3]}

    def test_is_described_without_an_address(self, source):
        assert "http" not in str(source.example_payload())
