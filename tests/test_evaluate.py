"""Evaluation of a tiny model on a tiny corpus: every figure is there, and means what it says."""

import types
from pathlib import Path

import numpy as np
import pytest
import torch

from mvae import Config, MusicVAE
from tests.music import melody
from training.evaluate import evaluate, seconds_to_sample, survival, write
from training.metrics import reconstruction
from training.render_cards import render
from training.windows import CorpusError, Windows

TUNE = "C4 . E4 . G4 . E4 . C4 . . . - . . ."


@pytest.fixture
def model() -> MusicVAE:
    torch.manual_seed(0)
    return MusicVAE(Config(kind="melody", bars=1, z_size=4, enc_rnn_size=(8,), dec_rnn_size=(8,))).eval()


def windows(split: str) -> Windows:
    tokens = np.repeat(melody(TUNE).numpy()[None].astype(np.int16), 8, 0)
    songs = [{"path": "a.mid", "group": "a", "source": "tests", "split": split}]
    return Windows(tokens, np.zeros(8, dtype=np.int32), songs, "melody", 1)


def test_every_figure_of_the_card_is_measured(model: MusicVAE):
    results = evaluate(model, windows("validation"), samples=20)
    assert results["survive_midi"] == 1.0
    assert results["validation_windows"] == 8
    assert results["reconstruction"] == pytest.approx(reconstruction(model, windows("validation").batch(np.arange(8))))
    assert results["realism"]["validation"]["Melody"]["in_best_major_key"] == 1.0
    text = render("tiny", {**results, "command": "none"}, "one-bar melodies")
    assert f"{results['reconstruction']['greedy']:.4f}" in text


def test_without_validation_songs_it_says_so(model: MusicVAE):
    with pytest.raises(CorpusError, match="no validation window"):
        evaluate(model, windows("train"))


def test_survival_counts_what_changes(model: MusicVAE, monkeypatch: pytest.MonkeyPatch):
    tokens = torch.stack([melody(TUNE), melody(TUNE.replace("G4", "A4"))])
    assert survival(model, tokens) == 1.0
    monkeypatch.setattr(model.converter, "to_tokens", lambda path: tokens[:1])
    assert survival(model, tokens) == 0.5


def test_results_of_other_commands_are_kept(tmp_path: Path):
    write("tiny", {"first": 1}, tmp_path)
    path = write("tiny", {"second": 2}, tmp_path)
    assert path.read_text(encoding="utf-8") == '{\n  "first": 1,\n  "second": 2\n}\n'


def test_the_time_to_sample_is_the_median_once_warm(model: MusicVAE, monkeypatch: pytest.MonkeyPatch):
    """Of a clock that says how long each of six calls takes, the first of which does not count."""
    now, calls = [0.0], []
    takes = iter([99.0, 2.0, 9.0, 1.0, 3.0, 8.0])
    monkeypatch.setattr("training.evaluate.time", types.SimpleNamespace(perf_counter=lambda: now[0]))

    def sample(n: int, seed: int) -> None:
        calls.append((n, seed))
        now[0] += next(takes)

    monkeypatch.setattr(model, "sample", sample)
    assert seconds_to_sample(model, 16) == 3
    assert calls == [(16, seed) for seed in range(6)]
