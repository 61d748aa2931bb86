"""What morphs and attribute vectors are measured by: the n-gram model, the curves, the table, the pictures."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from mvae import MusicVAE
from mvae.attributes import measure
from tests.music import beat, melody
from training.draw_morph import morphs
from training.edits import edits
from training.effects import effects, in_key_of, repeats_among_added
from training.evaluate import evaluate
from training.figures import draw_effects, draw_interpolation, draw_morphs
from training.fit_attributes import fit_attributes
from training.interpolation import interpolation
from training.ngram import NgramModel
from training.render_cards import render
from training.windows import CorpusError, Windows

Tiny = Callable[..., MusicVAE]
SCALES = "C4 . D4 . E4 . F4 . G4 . A4 . B4 . C5 .", "G4 . F4 . E4 . D4 . C4 . . . . . . .", "C#4 . . . D#4 . . . F#4"
LEAPS = "F#3 . . . . C#5 . . D#4 . . . - . . .", "A4 - A3 - A5 - A2 . . . . . - . . .", "D4 . D4 . D4 . . D4 . . . . ."


def corpus(kind: str = "melody") -> Windows:
    """Six windows of a bar to train on, two to validate on."""
    tokens = torch.stack([melody(line) for line in (*SCALES, *LEAPS, SCALES[0], LEAPS[0])])
    if kind == "drums":
        tokens = torch.stack([beat("K . H S H K"), beat("K S"), beat("H H H H H H"), beat("S")] * 2)
    splits = ["train"] * 6 + ["validation"] * 2
    songs = [{"path": str(n), "group": str(n), "source": "tests", "split": split} for n, split in enumerate(splits)]
    return Windows(tokens.numpy().astype(np.int16), np.arange(8, dtype=np.int32), songs, kind, 1)


# The n-gram model


def test_chances_of_all_continuations_add_up_to_one():
    text = np.random.default_rng(0).integers(0, 4, (50, 6))
    model = NgramModel(text, 4, order=3)
    for prefix in ([], [2], [3, 1, 0]):
        whole = np.array([[*prefix, token] for token in range(4)])
        before = model.cost(np.array([prefix])) if prefix else 0
        assert np.exp(before - model.cost(whole)).sum() == pytest.approx(1)


def test_what_was_often_read_costs_little():
    text = np.array([[0, 1, 2, 3]] * 30 + [[3, 2, 1, 0]])
    model = NgramModel(text, 5)
    known, rare, new = model.cost(np.array([[0, 1, 2, 3], [3, 2, 1, 0], [4, 4, 4, 4]]))
    assert known < 0.5 < rare < new < 4 * math.log(1000)


def test_chances_are_kneser_neys_by_hand():
    """Of "a b", "a c" and "a b" as bigrams: D = 1 / (1 + 2 * 1); b after a has (2 - D) / 3 and a share of the rest."""
    model = NgramModel(np.array([[0, 1], [0, 2], [0, 1]]), 3, order=2)
    discount = model.orders[1].discount
    contexts = dict(zip(model.orders[0].keys.tolist(), model.orders[0].counts.tolist(), strict=True))
    assert contexts == {0: 1, 1: 1, 2: 1}  # each follows one other token
    lower = (1 - model.orders[0].discount) / 3 + model.orders[0].discount * 3 / 3 / 3
    expected = (2 - discount) / 3 + discount * 2 / 3 * lower
    given = math.exp(model.cost(np.array([[0]]))[0] - model.cost(np.array([[0, 1]]))[0])
    assert given == pytest.approx(expected)


# Curves and tables


def test_curves_begin_at_a_and_the_cross_fade_is_exact(tiny: Tiny):
    curves = interpolation(tiny(bars=1), corpus(), pairs=6)
    assert curves["alpha"] == pytest.approx(np.linspace(0, 1, 9).tolist())
    assert curves["hamming"]["data"][0] == 0
    assert curves["cost"]["data"][0] == pytest.approx(1)
    assert curves["cost"]["data"][8] == pytest.approx(1)
    assert curves["onsets"]["data"][0] == curves["onsets"]["data"][8] == pytest.approx(1)
    a, b = melody(SCALES[0]), melody(LEAPS[0])
    assert curves["hamming"]["data"][8] == pytest.approx(float((a != b).float().mean()))
    assert all(
        np.isfinite(curves["cost"][space]).all() and len(curves["hamming"][space]) == 9 for space in curves["cost"]
    )


def test_onsets_of_a_morph_are_counted_beside_those_of_its_ends(tiny: Tiny, monkeypatch: pytest.MonkeyPatch):
    """Of a morph that is silent between its ends."""
    model = tiny(bars=1)

    def silent(_: MusicVAE, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return torch.stack([a, *[torch.zeros_like(a)] * 7, b])

    monkeypatch.setattr("training.interpolation.latent_morphs", silent)
    assert interpolation(model, corpus(), pairs=4)["onsets"]["latent"] == pytest.approx([1, *[0] * 7, 1])


def test_what_an_edit_leaves_is_counted(tiny: Tiny, monkeypatch: pytest.MonkeyPatch):
    """Of an edit that takes the second of four notes away, or adds one outside of the key."""
    model = tiny(bars=1)
    model.attributes = {"note_density": torch.zeros(8)}
    tune, less, more = (
        melody(line)[None] for line in ("C4 . E4 . G4 . C5 .", "C4 . . . G4 . C5 .", "C4 C#4 E4 . G4 . C5 .")
    )
    played = iter([more, less])
    monkeypatch.setattr(model, "decode_tokens", lambda z: next(played))
    windows = Windows(tune.numpy().astype(np.int16), np.zeros(1, dtype=np.int32), corpus().songs[:1], "melody", 1)
    found = edits(model, windows, np.arange(1))
    assert found is not None
    assert found["add"] == pytest.approx({"onsets": 0.25, "kept": 1, "original": 0.8, "own_key": 1, "in_key": 0.8})
    assert found["subtract"] == pytest.approx({"onsets": -0.25, "kept": 0.75, "original": 1, "own_key": 1, "in_key": 1})
    model.attributes = {}
    assert edits(model, windows, np.arange(1)) is None


@pytest.mark.parametrize("kind", ["melody", "drums"])
@pytest.mark.parametrize("separate", [True, False])
def test_vectors_are_fitted_to_training_windows_and_their_effects_measured(tiny: Tiny, kind: str, separate: bool):
    model = tiny(kind=kind, bars=1)
    fit_attributes(model, corpus(kind), separate=separate)
    names = list(measure(torch.zeros(1, 16, 1, dtype=torch.long), kind))
    assert list(model.attributes) == names
    assert all(vector.shape == (8,) and torch.isfinite(vector).all() for vector in model.attributes.values())
    table = effects(model, codes=20)
    assert list(table["base"]) == names
    assert table["add"].keys() == table["subtract"].keys() == set(names)
    assert ("density" in table) == (kind == "melody")


def test_a_vector_is_freed_of_another(tiny: Tiny):
    shared, model = tiny(bars=1), tiny(bars=1)
    fit_attributes(shared, corpus())
    fit_attributes(model, corpus(), apart=["note_density:average_interval"])
    between = [
        torch.cosine_similarity(m.attributes["note_density"], m.attributes["average_interval"], 0)
        for m in (shared, model)
    ]
    assert abs(between[0]) > 0.05
    assert abs(between[1]) < 1e-5
    assert model.attributes["note_density"] @ shared.attributes["note_density"] > 0
    fit_attributes(model, corpus(), apart=["note_density:average_interval:0.5"])
    assert model.attributes["note_density"] @ model.attributes["average_interval"] < 0


@pytest.mark.parametrize("pair", ["note_density:swing", "note_density", "note_density:c_diatonic:half"])
def test_what_names_no_two_attributes_is_refused(tiny: Tiny, pair: str):
    says = f"'{pair}' is no NAME:OTHER or NAME:OTHER:SHARE of attributes; there are c_diatonic, "
    with pytest.raises(CorpusError, match=says):
        fit_attributes(tiny(bars=1), corpus(), apart=[pair])


def test_a_vector_of_zeros_changes_nothing(tiny: Tiny):
    model = tiny(bars=1)
    model.attributes = {"note_density": torch.zeros(8)}
    table = effects(model, codes=10)
    assert table["add"]["note_density"] == {"note_density": 0.0}
    assert table["density"]["add"]["tonal_centre_before"] == table["density"]["add"]["tonal_centre_after"]


def test_windows_of_another_kind_are_refused(tiny: Tiny):
    with pytest.raises(CorpusError, match="The windows are 1-bar drums; the model's are 1-bar melody"):
        fit_attributes(tiny(bars=1), corpus("drums"))
    with pytest.raises(CorpusError, match="Music of kind multitrack has no attributes"):
        fit_attributes(tiny("band"), corpus())


def test_the_tonal_centre_is_that_of_the_unaltered_melody():
    before, after = melody("D4 E4 F#4 G4 A4 B4 C#5 D5")[None, :, 0], melody("D4 F4 F#4 G#4")[None, :, 0]
    assert in_key_of(before, before) == (1.0, 1.0)
    assert in_key_of(before, after) == (1.0, 0.5)


def test_added_notes_that_repeat_are_counted():
    before, after = melody("C4 . . . E4 . . .")[None, :, 0], melody("C4 C4 D4 . E4 . E4 .")[None, :, 0]
    assert repeats_among_added(before, after) == pytest.approx(2 / 3)
    assert repeats_among_added(before, before) == 0


def test_the_figures_are_drawn(tiny: Tiny, tmp_path: Path):
    model = tiny()
    ways = {name: {"a": {"a": 120.0, "b": None}, "b": {"a": -3.0, "b": -50.0}} for name in ("add", "subtract")}
    draw_effects({"base": {"a": 1.0, "b": 0.0}, **ways}, tmp_path / "effects.png")
    draw_interpolation(interpolation(tiny(bars=1), corpus(), pairs=2), tmp_path / "curves.png")
    drawn = morphs(model)
    draw_morphs({title: tunes[:4] for title, tunes in drawn.items()}, tmp_path / "morph.png")
    assert all((tmp_path / name).stat().st_size > 5000 for name in ("effects.png", "curves.png", "morph.png"))
    data, latent = drawn.values()
    assert data.shape == latent.shape == (11, 32)
    assert torch.equal(data[1], data[0])
    assert torch.equal(data[9], data[10])


def test_the_card_tells_of_morphs_and_vectors(tiny: Tiny):
    model = tiny(bars=1)
    fit_attributes(model, corpus())
    results = evaluate(model, corpus(), samples=10)
    text = render("tiny", {**results, "command": "none"}, "one-bar melodies")
    costs = " | ".join(f"{value:.3f}" for value in results["interpolation"]["cost"]["latent"])
    changes = results["attributes"]["subtract"]["note_density"].values()
    assert f"| cost, latent space | {costs} |\n" in text
    assert f"| − note_density | {' | '.join('–' if c is None else f'{c:+.0f}' for c in changes)} |\n" in text
    assert "\n\n\n" not in text.split("## How smooth")[1].split("## What it learnt")[0]
