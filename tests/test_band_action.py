"""Bands without a browser: two bars, and the way between them."""

import re
from collections import OrderedDict

import pytest
import torch

pytest.importorskip("gradio", reason="gradio is not installed: pip install '.[app]'")
from mvae import ArgumentError, CheckpointError  # noqa: E402
from mvae.audio import missing  # noqa: E402
from space import models  # noqa: E402
from space.actions.band import band  # noqa: E402
from space.tour import Tour  # noqa: E402
from tests.test_hub import files_of  # noqa: E402

needs_sound = pytest.mark.skipif(missing() is not None, reason=missing() or "")


@pytest.fixture(autouse=True)
def _ours(hub, tiny, tmp_path, monkeypatch):
    """A model of arrangements on the Hub."""
    monkeypatch.setattr(models, "_visitors", OrderedDict())
    hub.add("us/band", files_of(tiny("band"), tmp_path / "files"))


def make(folder, model="us/band", steps=4, temperature=0.5, seed=7, qpm=120):
    return band(model, steps, temperature, seed, qpm, folder)


def notes(midi):
    return [[(one.program, note.pitch, note.start, note.end) for note in one.notes] for one in midi.instruments]


def test_the_way_is_what_python_gives(tiny, tmp_path):
    model = tiny("band")
    a, b = model.sample_codes(2, torch.Generator().manual_seed(11)).split(1)
    expected = model.decode(model.interpolate(a, b, 5), 0.8, 11, 90)
    made = make(tmp_path, steps=5, temperature=0.8, seed=11, qpm=90)
    assert [notes(piece.music) for piece in made] == list(map(notes, expected))
    assert [piece.title for piece in made] == ["A", "Step 1", "Step 2", "Step 3", "B"]
    assert made[-1].midi.name == "band-seed-11-4.mid"


def test_two_are_both_ends(tmp_path):
    assert [piece.title for piece in make(tmp_path, steps=2)] == ["A", "B"]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"model": "mel-2bar"}, "mel-2bar makes melody; a model of multitrack is needed here."),
        ({"steps": 1}, "steps is 1; a whole number from 2 to 9 is accepted."),
        ({"steps": -(10**9)}, "steps is -1000000000; a whole number from 2 to 9 is accepted."),
        ({"temperature": "hot"}, "temperature is 'hot'; a number from 0.1 to 1.5 is accepted."),
        ({"seed": [7]}, "seed is [7]; a whole number from 0 to 9007199254740991 is accepted."),
        ({"qpm": float("inf")}, "qpm is inf; a number from 40 to 240 is accepted."),
    ],
)
def test_wrong_values(tmp_path, wrong, sentence):
    with pytest.raises((ArgumentError, CheckpointError), match=f"^{re.escape(sentence)}$"):
        make(tmp_path / "cache", **wrong)
    assert not (tmp_path / "cache").exists()


@needs_sound
def test_the_tour_renders_what_it_has_handed_out(tmp_path):
    tour, [piece, *_] = Tour(""), make(tmp_path, steps=2)
    tour.temp_files.add(str(piece.midi))  # as Gradio does when it serves a value
    assert tour.mix(str(piece.midi)) is None
    wav = piece.midi.with_suffix(".wav")
    assert wav.read_bytes()[:4] == b"RIFF"
    assert str(wav) in tour.temp_files  # so that Gradio deletes it


@pytest.mark.parametrize("alien", [None, 3, "/etc/passwd", ["a.mid"], {}])
def test_the_tour_renders_nothing_else(alien):
    assert Tour("").mix(alien) == "This piece is no longer here; make it anew."
