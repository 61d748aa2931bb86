"""The demo without a browser: models, actions, what clients receive, and a sentence for every wrong value."""

import copy
import itertools
import json
import pickle
import re
import runpy
import threading
from collections import OrderedDict
from pathlib import Path

import pretty_midi
import pytest
import torch

gradio = pytest.importorskip("gradio", reason="gradio is not installed: pip install '.[app]'")
from gradio import route_utils  # noqa: E402
from gradio.processing_utils import move_files_to_cache  # noqa: E402

from mvae import ArgumentError, AudioError, CheckpointError, MusicVAE  # noqa: E402
from mvae.audio import missing  # noqa: E402
from mvae.hub import bundled  # noqa: E402
from space import gpu, models, pieces, ui  # noqa: E402
from space.actions import band, density, loops, morph, palette, trio, tune  # noqa: E402
from space.actions.sample import sample as act  # noqa: E402
from space.instruments import TRIO  # noqa: E402
from space.roll import Rolls  # noqa: E402
from space.sentences import in_sentences  # noqa: E402
from tests.serving import call, fetch, loops_closed  # noqa: E402
from tests.test_hub import files_of, same  # noqa: E402

SPACE = Path(__file__).parent.parent / "space"
PLAYED_BY = tuple(next(iter(offered)) for offered in TRIO.values())
needs_sound = pytest.mark.skipif(missing() is not None, reason=missing() or "")


def sample(folder, model="mel-2bar", n=2, temperature=0.5, seed=7, qpm=120, sound=False):
    return act(model, n, temperature, seed, qpm, sound, folder)


def notes(midi):
    return [(note.pitch, note.start, note.end) for part in midi.instruments for note in part.notes]


def pitches(midi):
    return [pitch for pitch, _, _ in notes(midi)]


class TestModels:
    def test_all_that_are_bundled_can_be_chosen(self):
        assert [name for _, name in models.choices()] == list(bundled())
        assert ("mel-2bar – melody, 2 bars", "mel-2bar") in models.choices()

    def test_is_read_once_though_many_ask_at_once(self, monkeypatch):
        reads, together, got = [], threading.Barrier(8), []
        read = MusicVAE.from_pretrained
        monkeypatch.setattr(models, "_loaded", {})
        monkeypatch.setattr(MusicVAE, "from_pretrained", lambda path: reads.append(path) or read(path))

        def ask():
            together.wait()
            got.append(models.load("mel-2bar"))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(reads) == 1
        assert len(got) == 8
        assert len({id(model) for model in got}) == 1

    @pytest.mark.parametrize("name", ["../mel-2bar", str(bundled()["mel-2bar"]), "", None, 3, ["a"]])
    def test_nothing_else_is_looked_for_on_a_space(self, name, monkeypatch):
        monkeypatch.setenv("SPACE_ID", "us/demo")
        monkeypatch.setattr(MusicVAE, "from_pretrained", lambda path: pytest.fail("it was looked for"))
        with pytest.raises(CheckpointError, match=r"^There is no model .*; there is .*mel-2bar.*, or owner/name"):
            models.load(name)


class TestVisit:
    """Checkpoints that visitors name."""

    @pytest.fixture(autouse=True)
    def _nobody_was_here(self, monkeypatch):
        monkeypatch.setattr(models, "_visitors", OrderedDict())

    def test_is_fetched_once_for_nobody_in_particular(self, hub, tiny, tmp_path, untouched):
        hub.add("us/tunes", files_of(tiny(), tmp_path))
        assert same(models.visit("us/tunes"), tiny())
        hub.requests.clear()
        assert models.visit("us/tunes") is models.visit("us/tunes")
        assert hub.requests == []
        hub.add("us/secret", files_of(tiny(), tmp_path), private=True)
        with pytest.raises(CheckpointError, match="no repository on the Hub, or a private one"):
            models.visit("us/secret")

    def test_only_the_last_few_are_kept(self, hub, tiny, tmp_path):
        for number in range(models.VISITORS + 2):
            hub.add(f"us/{number}", files_of(tiny(), tmp_path))
            models.visit(f"us/{number}")
            models.visit("us/0")
        assert list(models._visitors) == ["us/3", "us/4", "us/0"]

    @pytest.mark.parametrize(
        "name",
        ["mel-2bar", "", None, 7, "../x", "/etc/passwd", "space/tabs", "tests/../mvae", "a/b/c", "a/" + "b" * 99],
    )
    def test_nothing_of_a_space_is_read(self, name, hub, monkeypatch):
        monkeypatch.setenv("SPACE_ID", "us/demo")
        with pytest.raises(CheckpointError, match=r"^There is no model .*, or owner/name on the Hub\.$"):
            models.visit(name)
        assert hub.requests == []

    def test_what_is_too_large_is_not_fetched(self, hub, tiny, tmp_path, monkeypatch):
        hub.add("us/tunes", files_of(tiny(), tmp_path))
        monkeypatch.setattr(models, "LARGEST", 0.01)
        with pytest.raises(CheckpointError, match=r"The weights of us/tunes are 0 MB; up to 0.01 MB are fetched here"):
            models.visit("us/tunes")
        assert not [request for request in hub.requests if request.startswith("GET")]

    @pytest.mark.parametrize("files", [{}, {"config.json": b"{}"}, {"config.json": b"{}", "model.safetensors": b""}])
    def test_what_is_no_checkpoint_is_a_sentence(self, hub, files):
        hub.add("us/tunes", files)
        with pytest.raises(CheckpointError, match="us/tunes"):
            models.visit("us/tunes")
        assert "us/tunes" not in models._visitors

    def test_plays_as_in_python(self, hub, tiny, tmp_path):
        hub.add("us/tunes", files_of(tiny(), tmp_path / "files"))
        made = act("us/tunes", 2, 0.5, 7, 120, False, tmp_path)
        assert [notes(piece.music) for piece in made] == [notes(midi) for midi in tiny().sample(2, 0.5, 7, 120)]
        assert [piece.midi.name for piece in made] == ["tunes-seed-7-1.mid", "tunes-seed-7-2.mid"]


class TestGpu:
    """ZeroGPU, as far as it can be known without the package `spaces`: tests/test_installed.py has the rest."""

    def test_small_models_stay_where_they_are(self, monkeypatch):
        monkeypatch.setattr(gpu, "ZERO", True)
        assert [gpu.device(heavy=False), gpu.device(heavy=True)] == ["cpu", "cuda"]
        monkeypatch.setattr(gpu, "ZERO", False)
        assert gpu.device(heavy=True) == ("cuda" if torch.cuda.is_available() else "cpu")

    def test_nothing_changes_where_none_is_lent(self):
        assert gpu.lent(10)(abs) is abs

    @pytest.mark.parametrize(
        ("value", "means"), [("true", True), ("1", True), ("T", True), ("false", False), ("", False)]
    )
    def test_a_space_says_so_in_the_words_that_spaces_reads(self, value, means, monkeypatch):
        monkeypatch.setenv("SPACES_ZERO_GPU", value)
        assert runpy.run_path(str(SPACE / "gpu.py"))["ZERO"] is means

    def test_where_a_call_belongs_is_told_by_the_config_not_by_a_tensor(self, monkeypatch):
        """In the thread of a visitor, the weights that `spaces` has taken away say that they lie on the CPU."""
        monkeypatch.setattr(MusicVAE, "device", property(lambda model: pytest.fail("a device was asked for")))
        monkeypatch.setattr(models, "_play", lambda *call: "here")
        monkeypatch.setattr(models, "_play_on_gpu", lambda *call: "there")
        assert {models.play(name, "sample") for name in bundled()} == {"here"}
        monkeypatch.setattr(gpu, "ZERO", True)
        found = {name: models.play(name, "sample") for name in bundled()}
        assert found == {name: "there" if models.load(name).config.bars > 2 else "here" for name in bundled()}
        assert set(found.values()) == {"here", "there"}

    def test_a_model_of_a_visitor_plays_here_however_long(self, hub, tiny, tmp_path, monkeypatch):
        monkeypatch.setattr(gpu, "ZERO", True)
        monkeypatch.setattr(models, "_play_on_gpu", lambda *call: pytest.fail("a GPU was asked for"))
        monkeypatch.setattr(models, "_visitors", OrderedDict())
        hub.add("us/long", files_of(tiny("conducted"), tmp_path))
        assert models.load("us/long").config.bars > 2
        assert len(models.play("us/long", "sample", 2)) == 2

    def test_all_that_needs_weights_asks_for_a_gpu(self, monkeypatch, tmp_path):
        """Every action plays the same where nothing is left of the weights, but in what a GPU is lent to."""
        whole = {name: models.load(name) for name in bundled()}
        a, b = (piece.midi for piece in sample(tmp_path))
        [c, d] = trio.trio("trio-16bar", 2, 0.5, 7, 120, PLAYED_BY, tmp_path)
        sketch = [{"pitch": 60, "start": 0, "end": 8}]
        actions = {
            "sample": lambda: sample(tmp_path),
            "morph": lambda: morph.morph("mel-2bar", str(a), str(b), 3, 120, True, False, tmp_path),
            "square": lambda: morph.square("mel-2bar", *map(str, (a, b, a, b)), 2, 3, 120, tmp_path).tiles,
            "density": lambda: density.density("mel-2bar", str(a), 1, {}, 120, False, tmp_path),
            "trio": lambda: trio.morph("trio-16bar", str(c.midi), str(d.midi), 3, 120, PLAYED_BY, tmp_path),
            "band": lambda: band.band("band-1bar", 3, 0.2, 7, 100, tmp_path),
            "loops": lambda: loops.loops("mel-2bar", sketch, "C", "Major", True, 0.4, 0.3, 7, 110, False, tmp_path),
            "palette": lambda: palette.walk(
                "drums-2bar", ["Rock", None, "House", "Toms"], [[0, 0], [1, 0.5]], 4, 110, 7, False, tmp_path
            ),
            "new": lambda: [tune.draw("mel-2bar", 7, tmp_path)],
        }
        expected = {name: [notes(piece.music) for piece in action()] for name, action in actions.items()}
        hollow = {name: copy.deepcopy(model) for name, model in whole.items()}
        for weight in itertools.chain.from_iterable(model.parameters() for model in hollow.values()):
            weight.data.zero_()

        def lend(*call):
            with monkeypatch.context() as patch:
                patch.setattr(models, "_loaded", whole)
                return pickle.loads(pickle.dumps(models._play(*pickle.loads(pickle.dumps(call)))))

        monkeypatch.setattr(gpu, "ZERO", True)
        monkeypatch.setattr(models, "is_heavy", lambda config: True)
        monkeypatch.setattr(models, "_loaded", hollow)
        monkeypatch.setattr(models, "_play_on_gpu", lend)
        assert {name: [notes(piece.music) for piece in action()] for name, action in actions.items()} == expected

    def test_what_a_worker_refuses_is_said_in_its_words(self, monkeypatch):
        """`spaces` itself passes on the name of the error's class, and no more."""
        monkeypatch.setattr(gpu, "ZERO", True)
        monkeypatch.setattr(models, "_play_on_gpu", lambda *call: pickle.loads(pickle.dumps(models._play(*call))))
        with pytest.raises(ArgumentError, match="^n is -1"):
            models.play("mel-16bar", "sample", -1)


class TestSample:
    def test_is_what_python_gives(self, tmp_path):
        expected = MusicVAE.from_pretrained("mel-2bar").sample(3, 0.8, 11, 90)
        made = sample(tmp_path, n=3, temperature=0.8, seed=11, qpm=90)
        assert [notes(piece.music) for piece in made] == [notes(midi) for midi in expected]

    def test_the_files_hold_it(self, tmp_path):
        for piece in sample(tmp_path):
            assert tmp_path in piece.midi.parents
            assert pitches(pretty_midi.PrettyMIDI(str(piece.midi))) == pitches(piece.music)

    def test_says_what_it_is(self, tmp_path):
        assert [piece.title for piece in sample(tmp_path)] == ["Melody 1", "Melody 2"]
        assert [piece.midi.name for piece in sample(tmp_path)] == ["mel-2bar-seed-7-1.mid", "mel-2bar-seed-7-2.mid"]

    def test_two_visitors_do_not_share_files(self, tmp_path):
        assert sample(tmp_path)[0].midi != sample(tmp_path)[0].midi

    def test_a_slider_sends_floats(self, tmp_path):
        assert len(sample(tmp_path, n=3.0, seed=7.0)) == 3

    def test_without_sound(self, tmp_path):
        assert [piece.wav for piece in sample(tmp_path)] == [None, None]

    @needs_sound
    def test_with_sound(self, tmp_path):
        assert all(piece.wav.read_bytes()[:4] == b"RIFF" for piece in sample(tmp_path, sound=True))

    def test_with_sound_where_there_is_none(self, tmp_path, monkeypatch):
        monkeypatch.setenv("PATH", "/nowhere")
        assert [piece.wav for piece in sample(tmp_path, sound=True)] == [None, None]

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"n": 10**9}, "n is 1000000000; a whole number from 1 to 16 is accepted."),
            ({"n": 0}, "n is 0; a whole number from 1 to 16 is accepted."),
            ({"n": 2.5}, "n is 2.5; a whole number from 1 to 16 is accepted."),
            ({"n": "4"}, "n is '4'; a whole number from 1 to 16 is accepted."),
            ({"n": True}, "n is True; a whole number from 1 to 16 is accepted."),
            ({"n": None}, "n is None; a whole number from 1 to 16 is accepted."),
            ({"temperature": float("nan")}, "temperature is nan; a number from 0.1 to 1.5 is accepted."),
            ({"temperature": 0}, "temperature is 0; a number from 0.1 to 1.5 is accepted."),
            ({"temperature": [0.5]}, "temperature is [0.5]; a number from 0.1 to 1.5 is accepted."),
            ({"seed": -1}, "seed is -1; a whole number from 0 to 9007199254740991 is accepted."),
            ({"seed": 2**53}, "seed is 9007199254740992; a whole number from 0 to 9007199254740991 is accepted."),
            ({"seed": float("inf")}, "seed is inf; a whole number from 0 to 9007199254740991 is accepted."),
            ({"qpm": 1e300}, "qpm is 1e+300; a number from 40 to 240 is accepted."),
            ({"qpm": {"a": 1}}, "qpm is {'a': 1}; a number from 40 to 240 is accepted."),
            ({"sound": "yes"}, "sound is 'yes'; true or false is accepted."),
        ],
    )
    def test_wrong_values(self, tmp_path, wrong, sentence):
        with pytest.raises(ArgumentError, match=f"^{re.escape(sentence)}$"):
            sample(tmp_path, **wrong)
        assert not list(tmp_path.iterdir())

    def test_a_long_value_makes_no_long_sentence(self, tmp_path):
        with pytest.raises(ArgumentError, match=r"^.{,100}$"):
            sample(tmp_path, n="a" * 10**6)


class TestSentences:
    def test_keep_their_words_and_lose_their_html(self):
        with pytest.raises(gradio.Error) as caught:
            in_sentences(models.load)("<img src=x onerror=alert(1)>")
        assert caught.value.message.startswith("There is no model '&lt;img src=x onerror=alert(1)&gt;'; there is ")

    def test_other_errors_stay_what_they_are(self):
        with pytest.raises(ZeroDivisionError):
            in_sentences(lambda: 1 / 0)()


class TestRolls:
    def test_cards_are_in_quarters(self, tmp_path):
        [card] = Rolls("").postprocess(sample(tmp_path, n=1, seed=3, qpm=90)).root
        assert (card.title, card.qpm, card.beats) == ("Melody 1", 90, 8)
        assert [(part.name, part.drums) for part in card.parts] == [("Melody", False)]
        [in_seconds] = MusicVAE.from_pretrained("mel-2bar").sample(1, 0.5, 3, qpm=60)  # a second is a quarter
        assert [(note.pitch, note.start, note.end) for note in card.notes] == notes(in_seconds)
        assert {note.part for note in card.notes} == {0}

    def test_parts_and_drums(self, tmp_path):
        midi = pretty_midi.PrettyMIDI(initial_tempo=60)
        for name, is_drum, pitch in [("Bass", False, 40), ("Drums", True, 36)]:
            midi.instruments.append(pretty_midi.Instrument(0, is_drum, name))
            midi.instruments[-1].notes.append(pretty_midi.Note(80, pitch, 0.5, 1.0))
        [card] = Rolls("").postprocess(pieces.write([midi], "Trio", "trio", tmp_path)).root
        assert [(part.name, part.drums) for part in card.parts] == [("Bass", False), ("Drums", True)]
        assert [(n.pitch, n.part) for n in card.notes] == [(40, 0), (36, 1)]

    @needs_sound
    def test_renders_what_it_has_handed_out(self, tmp_path):
        rolls, [piece] = Rolls(""), sample(tmp_path, n=1)
        rolls.temp_files.add(str(piece.midi))  # as Gradio does when it serves a value
        assert rolls.sound(str(piece.midi)) is None
        wav = piece.midi.with_suffix(".wav")
        assert wav.read_bytes()[:4] == b"RIFF"
        assert str(wav) in rolls.temp_files  # so that Gradio deletes it

    @pytest.mark.parametrize("alien", ["/etc/passwd", "../a.mid", "", None, 5, ["a.mid"], {"path": "a.mid"}])
    def test_renders_nothing_else(self, alien, monkeypatch):
        monkeypatch.setattr("space.roll.render", lambda path: pytest.fail("it was rendered"))
        assert Rolls("").sound(alien) == "This piece is no longer here; make it anew."

    def test_says_why_it_cannot_render(self, monkeypatch):
        def fail(path):
            raise AudioError("FluidSynth is tired.")

        monkeypatch.setattr("space.roll.render", fail)
        rolls = Rolls("")
        rolls.temp_files.add("a.mid")
        assert rolls.sound("a.mid") == "FluidSynth is tired."

    def test_says_what_to_install(self, monkeypatch):
        monkeypatch.setenv("PATH", "/nowhere")
        assert "apt install fluidsynth" in Rolls("").props["notice"]
        assert "\n" not in Rolls("").props["notice"]


ENDPOINTS = {
    *("/sample", "/morph", "/morph_square", "/trio", "/trio_morph", "/density", "/palette", "/palette_path", "/loops"),
    *("/song", "/band", "/checkpoint"),
}


class TestEndpoint:
    GOOD = ("mel-2bar", 2, 0.5, 7, 120, False)

    def test_is_described(self, demo):
        endpoints = json.loads(fetch(f"{demo}gradio_api/info"))["named_endpoints"]
        assert set(endpoints) == ENDPOINTS
        parameters = endpoints["/sample"]["parameters"]
        names = ["model", "n", "temperature", "seed", "qpm", "sound"]
        assert [parameter["parameter_name"] for parameter in parameters] == names
        card = endpoints["/sample"]["returns"][0]["type"]["$defs"]["Card"]
        assert {"title", "notes", "midi", "wav"} <= set(card["properties"])

    def test_serves_from_gradio_client(self, demo, tmp_path):
        from gradio_client import Client

        client = Client(demo, verbose=False, download_files=str(tmp_path))
        cards = client.predict("mel-2bar", 2, 0.5, 7, 120, missing() is None, api_name="/sample")
        expected = MusicVAE.from_pretrained("mel-2bar").sample(2, 0.5, 7)
        for card, midi in zip(cards, expected, strict=True):
            assert pitches(pretty_midi.PrettyMIDI(card["midi"])) == pitches(midi)
            assert [note["pitch"] for note in card["notes"]] == pitches(midi)
            assert missing() or Path(card["wav"]).read_bytes()[:4] == b"RIFF"

    @pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # huggingface_hub's own LFS upload
    def test_opens_and_plays_a_checkpoint_that_was_pushed(self, demo, hub, tiny):
        tiny().push_to_hub("us/tunes")
        kind, [opened] = call(demo, "us/tunes", endpoint="checkpoint")
        assert kind == "complete"
        assert (opened["name"], opened["kind"], opened["bars"]) == ("us/tunes", "melody", 2)
        assert "Sample" in opened["tabs"]
        assert "Trio" not in opened["tabs"]
        assert opened["card"].startswith("# A MusicVAE of melody loops")
        kind, [cards] = call(demo, "us/tunes", *self.GOOD[1:])
        assert kind == "complete"
        assert [[note["pitch"] for note in card["notes"]] for card in cards] == list(
            map(pitches, tiny().sample(2, seed=7))
        )
        kind, data = call(demo, "us/<b>", endpoint="checkpoint")
        assert kind == "error"
        assert data["error"].startswith("There is no model 'us/&lt;b&gt;'; there is ")

    @pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # huggingface_hub's own LFS upload
    def test_samples_and_morphs_trios_and_makes_bands(self, demo, hub, tiny, tmp_path):
        from gradio_client import Client, handle_file

        tiny("trio").push_to_hub("us/trio")
        tiny("band").push_to_hub("us/band")
        client = Client(demo, verbose=False, download_files=str(tmp_path))
        by = {"melody": "Vibraphone", "bass": "Slap bass", "drums": "Brushes"}
        a, b = client.predict("us/trio", 2, 0.5, 7, 120, *by.values(), api_name="/trio")
        assert [part["program"] for part in a["parts"]] == [11, 36, 40]
        files = [handle_file(card["midi"]) for card in (a, b)]
        morph = client.predict("us/trio", *files, 3, 120, *by.values(), api_name="/trio_morph")
        expected = tiny("trio").interpolate(a["midi"], b["midi"], 3)
        assert [[note["pitch"] for note in card["notes"]] for card in morph] == list(map(pitches, expected))
        band = client.predict("us/band", 3, 0.2, 7, 100, api_name="/band")
        assert [card["title"] for card in band] == ["A", "Step 1", "B"]
        for alien in ("/etc/passwd", {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}, 3, None, [[]]):
            kind, data = call(demo, "us/trio", alien, alien, 3, 120, *by.values(), endpoint="trio_morph")
            assert kind == "error"
            assert "accepted" in data["error"]

    @pytest.mark.parametrize(
        ("place", "value", "found"),
        [
            (0, "<b>x</b>", "There is no model '&lt;b&gt;x&lt;/b&gt;'"),
            (0, {"path": "x"}, "There is no model {"),
            (1, 10**9, "n is 1000000000;"),
            (2, float("nan"), "temperature is nan;"),
            (2, "hot", "temperature is 'hot';"),
            (3, -1, "seed is -1;"),
            (4, [], "qpm is [];"),
        ],
    )
    def test_answers_wrong_values_with_a_sentence_and_lives(self, demo, place, value, found):
        kind, data = call(demo, *self.GOOD[:place], value, *self.GOOD[place + 1 :])
        assert kind == "error"
        assert data["error"].startswith(found)
        assert call(demo, *self.GOOD)[0] == "complete"


@pytest.fixture(scope="module")
def blocks():
    """The demo as it is built."""
    with loops_closed():
        yield ui.build()


def test_what_clients_alone_can_give_is_seen_by_nobody(blocks):
    given = [one for one in blocks.get_config_file()["components"] if one["type"] == "json"]
    assert len(given) > 4
    assert [one["props"]["visible"] for one in given if one["props"].get("visible", True)] == []


def test_nothing_is_reported_home(blocks):
    assert blocks.analytics_enabled is False


def test_files_are_deleted_after_an_hour(blocks, tmp_path, monkeypatch):
    assert blocks.delete_cache == (60, 3600)
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    rolls = Rolls("")
    made = sample(Path(rolls.GRADIO_CACHE), sound=missing() is None)
    move_files_to_cache(rolls.postprocess(made), rolls, postprocess=True)  # what Gradio does with every output
    assert {str(path) for path in tmp_path.rglob("*.*")} == rolls.temp_files != set()


def test_files_may_come_while_others_are_deleted(blocks, tmp_path, monkeypatch):
    paths = [tmp_path / f"{number}.mid" for number in range(3)]
    for files in (blocks.upload_file_set, next(one for one in blocks.blocks.values() if one.stateful).temp_files):
        for path in paths:
            path.touch()
            files.add(str(path))

        def remove(path, files=files):
            Path(path).unlink()
            files.add(f"{path}.new")

        monkeypatch.setattr(route_utils.os, "remove", remove)
        route_utils.delete_files_created_by_app(blocks, -1)
        assert not any(path.exists() for path in paths)


def test_the_page_names_no_other_host():
    named = re.compile(r"(?:https?:)?//(?!www\.w3\.org/2000/svg)\w+\.\w")
    for path in [*SPACE.glob("*.js"), *SPACE.glob("*.css"), *SPACE.glob("*.html"), SPACE / "ui.py"]:
        assert not named.search(path.read_text("utf-8")), path.name


def test_no_stub_is_written_into_the_checkout():
    assert not list(SPACE.rglob("*.pyi"))


def test_actions_know_no_gradio():
    for path in [*(SPACE / "actions").glob("*.py"), *(SPACE / f"{name}.py" for name in ("checks", "models", "pieces"))]:
        assert "gradio" not in re.findall(r"^(?:import|from) (\w+)", path.read_text("utf-8"), re.M), path.name


def test_the_space_asks_for_what_it_needs():
    head = (SPACE / "README.md").read_text("utf-8").split("---")[1]
    for line in ("sdk: gradio", f"sdk_version: {gradio.__version__}", "app_file: app.py", "license: apache-2.0"):
        assert f"{line}\n" in head
    assert (SPACE / "packages.txt").read_text("utf-8").split() == ["fluidsynth"]
