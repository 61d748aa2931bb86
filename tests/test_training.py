"""Training on a few tunes: that it learns, stops, goes on exactly, and leaves a checkpoint."""

import dataclasses
import os
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from mvae import MusicVAE
from tests.test_prepare import run
from tests.toy import MODEL, RECIPE, toy, trainer
from training import finetune, train
from training.loop import Trainer
from training.metrics import reconstruction
from training.recipe import named, names
from training.windows import CorpusError, Windows

pytestmark = pytest.mark.usefixtures("fresh_accelerate")


def test_training_learns_and_exports_a_checkpoint(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    recipe = dataclasses.replace(RECIPE, steps=80, batch_size=16, learning_rate=1e-2, beta=0.01)
    out = tmp_path / "run"
    toy().save(tmp_path / "toy")
    before = reconstruction(train.fresh(recipe).eval(), toy().batch(toy().split("validation")))
    best = train.train(recipe, tmp_path / "toy", out, precision="no")
    assert best == out / "best"
    model = MusicVAE.from_pretrained(best)
    after = reconstruction(model, toy().batch(toy().split("validation")))
    assert after["reconstruction_nats"] < 0.8 * before["reconstruction_nats"]
    assert len(model.sample(2)) == 2
    captured = capsys.readouterr()
    assert "teacher_forced" in captured.out
    assert captured.err.count("\r") < 5, "a log is no terminal"


def interrupted_after(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The power fails before the step after `steps`."""
    step = Trainer._step

    def fail(self: Trainer, done: float) -> object:
        if self.progress.step == steps:
            raise KeyboardInterrupt
        return step(self, done)

    monkeypatch.setattr(Trainer, "_step", fail)


def test_a_run_that_was_interrupted_goes_on_exactly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    whole = trainer(tmp_path / "whole")
    whole.run()
    with monkeypatch.context() as patch:
        interrupted_after(3, patch)
        with pytest.raises(KeyboardInterrupt):
            trainer(tmp_path / "broken").run(save_every=0)
    again = trainer(tmp_path / "broken", model=train.fresh(dataclasses.replace(RECIPE, seed=1)))
    assert again.resume()
    assert again.progress.step == 3
    again.run()
    assert again.progress.step == whole.progress.step == 6
    theirs = again.plain.state_dict()
    assert all(torch.equal(weight, theirs[name]) for name, weight in whole.plain.state_dict().items())
    assert again.progress.best == whole.progress.best


def test_a_run_that_broke_off_while_saving_goes_on(tmp_path: Path):
    trainer(tmp_path).run()
    (tmp_path / "state").rename(tmp_path / "state.old")
    (tmp_path / "state.new").mkdir()
    again = trainer(tmp_path)
    assert again.resume()
    assert again.progress.step == 6
    again.save()
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_dir()) == ["best", "last", "state"]


def test_a_finished_run_stays_as_it_is(tmp_path: Path):
    trainer(tmp_path).run()
    again = trainer(tmp_path)
    assert again.resume()
    weights = {name: weight.clone() for name, weight in again.plain.state_dict().items()}
    again.run()
    assert again.progress.step == 6
    assert all(torch.equal(weight, weights[name]) for name, weight in again.plain.state_dict().items())


def test_lstm_weights_that_share_one_storage_are_resumed(tmp_path: Path, flatten: Callable):
    """As cuDNN lays them on a GPU."""
    first = trainer(tmp_path, model=flatten(train.fresh(RECIPE)))
    first.save()
    again = trainer(tmp_path, model=train.fresh(dataclasses.replace(RECIPE, seed=1)))
    assert again.resume()
    theirs = again.plain.state_dict()
    assert all(torch.equal(weight, theirs[name]) for name, weight in first.plain.state_dict().items())


def test_the_run_of_another_model_is_not_taken_up(tmp_path: Path):
    trainer(tmp_path).save()
    other = dataclasses.replace(RECIPE, model=dataclasses.replace(MODEL, z_size=9))
    with pytest.raises(CorpusError, match="holds a run of another model"):
        trainer(tmp_path, other).resume()


def test_there_is_nothing_to_take_up_at_first(tmp_path: Path):
    assert not trainer(tmp_path).resume()


def test_minutes_end_a_run_whatever_its_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """By a clock on which each step takes a quarter of a second."""
    now, step = [0.0], Trainer._step

    def slowly(self: Trainer, done: float) -> object:
        now[0] += 0.25
        return step(self, done)

    monkeypatch.setattr(Trainer, "_step", slowly)
    monkeypatch.setattr("training.loop.time", types.SimpleNamespace(monotonic=lambda: now[0]))
    progress = trainer(tmp_path, dataclasses.replace(RECIPE, steps=10**9)).run(minutes=1 / 60)
    assert (progress.step, progress.seconds) == (4, 1.0)


def test_beta_and_the_learning_rate_follow_the_run(tmp_path: Path):
    one = trainer(tmp_path, dataclasses.replace(RECIPE, steps=100, warmup=10))
    assert one._rate(0.0) == pytest.approx(0.1)
    one.progress.step = 50
    assert one._rate(0.5) == pytest.approx(0.51)
    assert one._rate(1.0) == pytest.approx(0.02)


def test_small_sources_are_seen_more_often_when_balanced(tmp_path: Path):
    def share(balance: float) -> float:
        one = trainer(tmp_path, dataclasses.replace(RECIPE, balance=balance, batch_size=48, transpose=(0, 0)), windows)
        seen = []
        for step in range(40):
            one.progress.step = step
            seen.append(one._batch()[0])
        return float((torch.cat(seen)[:, 0, 0] == 30).float().mean())

    lines = np.full((64, 16, 1), 20, dtype=np.int16)
    lines[:6] = 30
    songs = [{"path": "", "group": "", "source": "small" if i < 6 else "large", "split": "train"} for i in range(64)]
    windows = Windows(lines, np.arange(64, dtype=np.int32), songs, "melody", 1)
    assert share(1.0) == pytest.approx(6 / 64, abs=0.03)
    assert share(0.0) == pytest.approx(1 / 2, abs=0.04)
    assert share(0.5) == pytest.approx(6**0.5 / (6**0.5 + 58**0.5), abs=0.04)


def test_a_corpus_smaller_than_a_batch_says_so(tmp_path: Path):
    with pytest.raises(CorpusError, match="56 windows to train on, fewer than a batch of 64; .*--batch-size"):
        trainer(tmp_path, dataclasses.replace(RECIPE, batch_size=64))


def test_what_a_recipe_would_not_lend_is_refused(tmp_path: Path):
    toy().save(tmp_path / "toy")
    with pytest.raises(CorpusError, match=r"toy lends nothing to its parts: .* Leave out --lend\."):
        train.train(RECIPE, tmp_path / "toy", tmp_path / "run", lend=[tmp_path / "toy"])


def test_windows_of_another_length_are_refused(tmp_path: Path):
    toy().save(tmp_path / "toy")
    recipe = dataclasses.replace(RECIPE, model=dataclasses.replace(MODEL, bars=2))
    with pytest.raises(CorpusError, match="The windows are 1-bar melody; the model's are 2-bar melody"):
        train.train(recipe, tmp_path / "toy", tmp_path / "run")


def test_learning_by_heart_ends_a_run_and_the_best_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    losses = iter([5.0, 3.0, 3.2, 4.0, 9.0])
    monkeypatch.setattr(
        "training.loop.reconstruction", lambda *_: {"reconstruction_nats": next(losses), "kl_bits": 0.0, "note_f1": 0.5}
    )
    one = trainer(tmp_path, dataclasses.replace(RECIPE, steps=1000, tolerance=0.3))
    one.save()
    progress = one.run(save_every=0)
    assert progress.step == 3, "the best after one step, tolerable after two"
    assert progress.best == 3.0
    assert "rose to 9.00: the model had begun to learn by heart" in finetune.verdict(tmp_path, "base")
    assert "fell from 5.00 to 3.00" in finetune.verdict(tmp_path, "base")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Neither --recipe nor --from is given"),
        (("--recipe", "polka"), "no recipe 'polka'; there are "),
        (("--from", "polka"), "no checkpoint 'polka'"),
        (("--recipe", "mel-2bar"), "There is no folder"),
        (("--recipe", "mel-2bar", "--precision", "int4"), "no precision 'int4'; there are auto, no, bf16, fp16"),
    ],
)
def test_train_refuses_in_a_sentence(tmp_path: Path, words: tuple[str, ...], sentence: str):
    result = run(train.main, "--data", tmp_path / "none", "--out", tmp_path / "run", *words)
    assert result.exit_code == 2, result.output
    assert sentence in result.output


def test_each_recipe_builds_its_model():
    for name in names():
        recipe = named(name)
        assert recipe.name == name
        with torch.device("meta"):
            assert MusicVAE(recipe.model).config == recipe.model


@pytest.mark.usefixtures("untouched")
def test_a_fresh_model_is_the_same_for_the_same_seed():
    a, b, c = (train.fresh(dataclasses.replace(RECIPE, seed=seed)).mean.weight for seed in (1, 1, 2))
    assert torch.equal(a, b)
    assert not torch.equal(a, c)


TWO = """
import torch, torch._dynamo  # both processes need it; imported once
from accelerate import debug_launcher
from training import finetune, train
from training.loop import Trainer

finetune.finish = lambda *arguments: print("finished")

def run_and_tell(self, *arguments, run=Trainer.run):
    progress = run(self, *arguments)
    torch.save((progress.step, self.plain.state_dict()), self.out / f"process-{self.accelerator.process_index}.pt")
    return progress

Trainer.run = run_and_tell
debug_launcher(train.typer.run, (train.main,), num_processes=2)
"""


def test_two_processes_train_one_model(tmp_path: Path, tiny: Callable[..., MusicVAE]):
    """In the environment that torchrun makes, forked to save time: other batches, the same weights."""
    toy().save(tmp_path / "toy")
    tiny(bars=1).save_pretrained(tmp_path / "base")
    words = [
        "--from",
        "base",
        "--data",
        "toy",
        "--out",
        "run",
        "--steps",
        "4",
        "--batch-size",
        "8",
        "--precision",
        "no",
    ]
    environment = {**os.environ, "PYTHONPATH": str(Path(train.__file__).parents[1]), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", TWO, *words]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (steps, ours), (their_steps, theirs) = (torch.load(tmp_path / "run" / f"process-{i}.pt") for i in range(2))
    assert steps == their_steps == 4
    assert all(torch.equal(weight, theirs[name]) for name, weight in ours.items())
    assert not torch.equal(ours["mean.weight"], tiny(bars=1).mean.weight)
    assert MusicVAE.from_pretrained(tmp_path / "run" / "last").config == tiny(bars=1).config
    assert done.stdout.count("finished") == done.stdout.count("is ready, with its card") == 1
