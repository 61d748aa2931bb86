"""Training on a few tunes: that it learns, stops, goes on exactly, and leaves a checkpoint and a prior."""

import dataclasses
import functools
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState, PartialState
from huggingface_hub import ModelCard
from torch import Tensor

from mvae import Config, MusicVAE
from mvae.decoders import LstmDecoder
from mvae.inputs import START
from tests.music import melody
from tests.test_prepare import AIR, JIG, REEL, WALTZ, run, write
from training import evaluate, finetune, fit_prior, render_cards, steady, train
from training.augment import hide, transpose
from training.loop import Trainer
from training.metrics import reconstruction
from training.recipe import Recipe, named, names
from training.windows import CorpusError, Windows

MODEL = Config(kind="melody", bars=1, z_size=8, enc_rnn_size=(12,), dec_rnn_size=(16,))
RECIPE = Recipe("toy", MODEL, steps=6, batch_size=8, warmup=2, transpose=(-5, 6), token_dropout=0.1, balance=0.5)


def tokens(*bars: str) -> Tensor:
    return torch.stack([melody(bar) for bar in bars])


def toy(n: int = 64, seed: int = 0) -> Windows:
    """Windows of rising scales from random notes, every eighth of them to validate on."""
    rng = np.random.default_rng(seed)
    starts = rng.integers(20, 60, n)
    lines = np.zeros((n, 16, 1), dtype=np.int16)
    for step, interval in zip(range(0, 16, 2), (0, 2, 4, 5, 7, 9, 11, 12), strict=True):
        lines[:, step, 0] = starts + interval
    songs = [
        {"path": f"{i}", "group": f"{i}", "source": "ab"[i % 3 > 0], "split": "validation" if i % 8 == 0 else "train"}
        for i in range(n)
    ]
    return Windows(lines, np.arange(n, dtype=np.int32), songs, "melody", 1)


@pytest.fixture(autouse=True)
def _fresh_accelerate() -> None:
    """Accelerate keeps its state for the process; each test is a process of its own to it."""
    AcceleratorState._reset_state(True)
    PartialState._reset_state()


def trainer(
    out: Path, recipe: Recipe = RECIPE, windows: Windows | None = None, model: MusicVAE | None = None
) -> Trainer:
    model = model or train.fresh(recipe)
    return Trainer(recipe, model.train(), windows or toy(), out, Accelerator(cpu=True))


# Augmentation


def test_transposition_keeps_intervals_rhythm_and_range():
    tunes = tokens(JIG, REEL, AIR).repeat(40, 1, 1)
    moved = transpose(tunes, -5, 6, torch.Generator().manual_seed(0))
    sounding = tunes > 1
    shifts = (moved - tunes)[:, 0, 0]
    assert set(shifts.tolist()) == set(range(-5, 7))
    assert torch.equal(moved[~sounding], tunes[~sounding])
    assert torch.equal(moved - tunes, torch.where(sounding, shifts[:, None, None], 0))


def test_a_tune_that_would_leave_the_range_stays():
    lowest, highest = tokens("A0 . B0", "C8 - B7").split(1)
    down = transpose(lowest.repeat(50, 1, 1), -6, -1, torch.Generator().manual_seed(0))
    up = transpose(highest.repeat(50, 1, 1), 1, 6, torch.Generator().manual_seed(0))
    assert (down == lowest).all()
    assert (up == highest).all()
    silence = tokens(".")
    assert torch.equal(transpose(silence, -6, 6, torch.Generator()), silence)


def test_the_share_that_was_asked_for_is_hidden():
    tunes = tokens(JIG).repeat(2000, 1, 1)
    hidden = hide(tunes, 0.25, torch.Generator().manual_seed(0))
    assert float((hidden == START).float().mean()) == pytest.approx(0.25, abs=0.01)
    assert torch.equal(hidden[hidden != START], tunes[hidden != START])
    assert torch.equal(hide(tunes, 0.0, torch.Generator()), tunes)


# Metrics


def test_a_perfect_copy_is_worth_1(tiny: Callable[..., MusicVAE], monkeypatch: pytest.MonkeyPatch):
    model, tunes = tiny(bars=1), tokens(JIG, REEL, AIR)
    monkeypatch.setattr(LstmDecoder, "forward", lambda self, z, seen, *context: (50 * torch.eye(90)[seen[..., 0]],))
    monkeypatch.setattr(LstmDecoder, "generate", lambda self, z, temperature, generator, *context: tunes)
    figures = reconstruction(model, tunes)
    assert [figures[name] for name in ("teacher_forced", "greedy", "sampled", "note_f1")] == [1, 1, 1, 1]
    assert figures["reconstruction_nats"] == pytest.approx(0, abs=1e-6)
    assert figures["kl_bits"] > 0


def test_note_f1_counts_onsets_only(tiny: Callable[..., MusicVAE], monkeypatch: pytest.MonkeyPatch):
    """Of four notes two are found, one is wrong and one is missing: precision 2/3, recall 1/2."""
    told, heard = tokens("C4 . E4 . G4 . C5 ."), tokens("C4 . E4 . A4 . . .")
    monkeypatch.setattr(LstmDecoder, "generate", lambda self, z, temperature, generator, *context: heard)
    figures = reconstruction(tiny(bars=1), told)
    assert figures["note_f1"] == pytest.approx(4 / 7)
    assert figures["greedy"] == figures["sampled"] == pytest.approx(14 / 16)


def test_figures_do_not_depend_on_the_batches(model: MusicVAE, monkeypatch: pytest.MonkeyPatch):
    tunes = tokens(JIG, REEL, AIR, JIG, AIR).repeat(1, model.config.bars, 1)
    whole = reconstruction(model, tunes)
    assert whole == reconstruction(model, tunes)
    monkeypatch.setattr("training.metrics.BATCH", 2)
    assert reconstruction(model, tunes)["kl_bits"] == pytest.approx(whole["kl_bits"])


# Training


def test_training_learns_and_exports_a_checkpoint(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    recipe = dataclasses.replace(RECIPE, steps=80, batch_size=16, learning_rate=1e-2, beta=0.01)
    out = tmp_path / "run"
    toy().save(tmp_path / "toy")
    before = reconstruction(train.fresh(recipe).eval(), toy().batch(toy().split("validation")))
    best = train.train(recipe, tmp_path / "toy", out, precision="no")
    assert best == out / "best"
    model = MusicVAE.from_pretrained(best)
    after = reconstruction(model, toy().batch(toy().split("validation")))
    assert after["reconstruction_nats"] < 0.6 * before["reconstruction_nats"]
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


def test_minutes_end_a_run_whatever_its_steps(tmp_path: Path):
    progress = trainer(tmp_path, dataclasses.replace(RECIPE, steps=10**9)).run(minutes=0.005)
    assert 0.3 <= progress.seconds < 5
    assert progress.step > 1


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


def test_windows_of_another_length_are_refused(tmp_path: Path):
    toy().save(tmp_path / "toy")
    recipe = dataclasses.replace(RECIPE, model=dataclasses.replace(MODEL, bars=2))
    with pytest.raises(CorpusError, match="holds 1-bar melody windows; toy needs 2-bar melody windows"):
        train.train(recipe, tmp_path / "toy", tmp_path / "run")


def tunes(folder: Path, n: int = 6) -> Path:
    """A folder of `n` songs, each with a bar of its own and one that all share, and of files that are of no use."""
    for i in range(n):
        write(folder / f"{i}.mid", f"{'CDEFGAB'[i]}4 . C5 . {'CDEFGAB'[i]}5 . E4 . G4 . . .", AIR)
    folder.mkdir(exist_ok=True)
    WALTZ.write(str(folder / "waltz.mid"))
    (folder / "lyrics.txt").write_text("la la")
    return folder


@pytest.fixture
def _brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of fine-tuning, on less."""
    monkeypatch.setattr(finetune, "PRIOR_STEPS", (3, 3))
    monkeypatch.setattr(finetune, "examine", functools.partial(evaluate.examine, samples=20))


@pytest.mark.usefixtures("_brief")
@pytest.mark.parametrize("shape", ["prior", "plain"])
def test_fine_tuning_as_it_is_typed(
    tmp_path: Path, tiny: Callable[..., MusicVAE], monkeypatch: pytest.MonkeyPatch, shape: str
):
    """From a folder of MIDI to a checkpoint with a prior of its own, figures beside the base's, pictures and a card."""
    monkeypatch.chdir(tmp_path)
    tiny(shape, bars=1).save_pretrained("base")
    words = ("--from", "base", "--data", tunes(Path("mine")), "--out", "run", "--steps", 20, "--precision", "no")
    result = run(train.main, *words)
    assert result.exit_code == 0, result.output
    assert "      6        12  mine" in result.output
    assert "skipped: The file has no bar in 4/4, but 3/4. (for instance waltz.mid)" in result.output
    assert (Path("run/windows/files.csv").read_text()).count(",0,") == 2
    windows, model = Windows.load(Path("run/windows")), MusicVAE.from_pretrained("run/best")
    assert len(windows.split("validation")) == 1
    assert model.prior is not None
    results = json.loads(Path("run/best/run.json").read_text())
    assert results["base"]["name"] == "base"
    held_out = windows.batch(windows.split("validation"))
    assert results["base"]["reconstruction"] == pytest.approx(reconstruction(tiny(shape, bars=1), held_out))
    assert results["reconstruction"] == pytest.approx(reconstruction(model, held_out))
    assert results["curve"][0]["examples"] == 0, "the base itself is validated first"
    card = ModelCard.load("run/best/README.md")
    assert "fine-tuned from `base`" in card.content
    assert "base_model" not in card.data.to_dict(), "a folder is no model of the Hub"
    for block in re.findall(r"```python\n(.*?)```", card.content, re.DOTALL):
        exec(compile(block, "card", "exec"), {})
    links = re.findall(r"\]\(([^)#]+)\)", card.content)
    assert links
    assert not [link for link in links if "://" not in link and not Path("run/best", link).exists()]


def test_fine_tuning_of_a_published_model_names_it(tmp_path: Path):
    results = json.loads(Path("cards/results/mel-2bar.json").read_text())
    base = {"name": "us/tunes", "published": True, "reconstruction": results["reconstruction"]}
    (tmp_path / "README.md").write_text(render_cards.render_results("my: tunes", {**results, "base": base}))
    data = ModelCard.load(tmp_path / "README.md").data.to_dict()
    assert (data["base_model"], data["base_model_relation"]) == ("us/tunes", "finetune")
    assert data["model-index"][0]["name"] == "my: tunes"


def test_fine_tuning_takes_the_recipe_of_the_same_shape():
    base = MusicVAE.from_pretrained("mel-2bar")
    recipe, plan = named("mel-2bar"), finetune.plan(base, "somebody/tunes")
    assert (plan.beta, plan.transpose, plan.batch_size) == (recipe.beta, recipe.transpose, recipe.batch_size)
    assert (plan.exclude, plan.balance, plan.beta_warmup) == ((), 1.0, 0.0)
    assert plan.learning_rate < recipe.learning_rate
    assert plan.model.prior_size == 0


@pytest.mark.parametrize("n", [1, 0])
def test_fine_tuning_on_too_little_says_so(tmp_path: Path, tiny: Callable[..., MusicVAE], n: int):
    tiny(bars=1).save_pretrained(tmp_path / "base")
    tunes(tmp_path / "mine", n)
    result = run(train.main, "--from", tmp_path / "base", "--data", tmp_path / "mine", "--out", tmp_path / "run")
    assert result.exit_code == 2
    sentence = f"{tmp_path / 'mine'} has 1 song that can be used, and none" if n else "no bar in 4/4, but 3/4"
    assert sentence in result.output


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


def _length(model: MusicVAE, before: Tensor) -> Tensor:
    """How far a weight has moved."""
    return (model.mean.weight.detach() - before).norm()


def test_the_average_of_a_base_forgets_it_slowly(tmp_path: Path):
    moved = []
    for averaged in (0, 500):
        one = trainer(tmp_path / str(averaged), dataclasses.replace(RECIPE, steps=2, averaged=averaged))
        before = one.averaged.mean.weight.detach().clone()
        one.run()
        moved.append(float(_length(one.averaged, before) / _length(one.plain, before)))
    assert moved[0] > 0.8
    assert moved[1] < 0.04


def test_a_base_that_stays_the_best_is_kept(tmp_path: Path):
    (tmp_path / "curve.json").write_text(json.dumps([{"loss": 1.0}, {"loss": 2.0}]))
    assert "better on the held-out songs than mel-2bar itself, which is kept" in finetune.verdict(tmp_path, "mel-2bar")


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
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    (steps, ours), (their_steps, theirs) = (torch.load(tmp_path / "run" / f"process-{i}.pt") for i in range(2))
    assert steps == their_steps == 4
    assert all(torch.equal(weight, theirs[name]) for name, weight in ours.items())
    assert not torch.equal(ours["mean.weight"], tiny(bars=1).mean.weight)
    assert MusicVAE.from_pretrained(tmp_path / "run" / "last").config == tiny(bars=1).config
    assert done.stdout.count("finished") == done.stdout.count("is ready, with its card") == 1


# The prior


def test_a_prior_is_fitted_as_it_is_typed(tmp_path: Path, tiny: Callable[..., MusicVAE]):
    toy().save(tmp_path / "toy")
    tiny(bars=1).save_pretrained(tmp_path / "base")
    words = (tmp_path / "base", "--data", tmp_path / "toy", "--steps", 30, "--width", 16, "--codes", 99)
    result = run(fit_prior.main, *words)
    assert result.exit_code == 0, result.output
    model = MusicVAE.from_pretrained(tmp_path / "base")
    assert model.config.prior_size == 16
    assert all(torch.equal(model.state_dict()[name], weight) for name, weight in tiny(bars=1).state_dict().items())


@pytest.mark.usefixtures("untouched")
def test_a_fitted_prior_draws_codes_like_those_of_the_music(tiny: Callable[..., MusicVAE]):
    model = tiny(bars=1)
    fit_prior.fit_prior(model, toy(), steps=150, width=32, batch_size=128, learning_rate=5e-3, codes=500)
    q = model.encode_tokens(toy().batch(toy().split("train")))
    center, spread = q.mean.mean(0), (q.variance.mean(0) + q.mean.var(0)).sqrt()
    with torch.no_grad():
        drawn = model.prior(torch.randn(2000, 8, generator=torch.Generator().manual_seed(0)))
    assert center.abs().max() > 0.5, "the codes lie where N(0, I) does"
    assert torch.allclose(drawn.mean(0), center, atol=0.15)
    assert torch.allclose(drawn.std(0) / spread, torch.ones(8), atol=0.25)


def test_the_same_seed_fits_the_same_prior(tiny: Callable[..., MusicVAE]):
    drawn = []
    for chance, seed in enumerate((1, 1, 2)):
        model = tiny(bars=1)
        with torch.random.fork_rng():
            torch.manual_seed(chance)
            fit_prior.fit_prior(model, toy(), steps=3, width=8, batch_size=16, codes=50, seed=seed)
        drawn.append(model.sample_codes(5, torch.Generator().manual_seed(0)))
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


def test_a_prior_needs_music(tiny: Callable[..., MusicVAE]):
    with pytest.raises(CorpusError, match="0 windows to fit a prior to"):
        fit_prior.fit_prior(tiny(bars=1), toy(), steps=3, exclude=("a", "b"))


@pytest.mark.parametrize("base", ["none", "base"])
def test_fit_prior_refuses_in_a_sentence(tmp_path: Path, tiny: Callable[..., MusicVAE], base: str):
    tiny(bars=1).save_pretrained(tmp_path / "base")
    result = run(fit_prior.main, tmp_path / base, "--data", tmp_path / "toy")
    assert result.exit_code == 2
    assert ("There is no folder" if base == "none" else "no prepared windows") in result.output


def test_a_steadied_decoder_bears_with_codes_that_are_off(tiny: Callable[..., MusicVAE]):
    """The encoder stays as it is; what blurred codes cost the decoder falls."""
    model = train.fresh(RECIPE)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    tunes = toy().batch(toy().split("train"))
    q = model.encode_tokens(tunes)
    blurred = q.mean + 3 * q.stddev * torch.randn(q.mean.shape, generator=torch.Generator().manual_seed(0))

    def cost() -> float:
        with torch.no_grad():
            return float(model.decoder.nats(model.decoder(blurred, tunes), tunes).mean())

    first = cost()
    steady.steady(model, toy(), steps=150, batch_size=8, learning_rate=2e-2, share=1.0)
    assert cost() < 0.8 * first
    moved = {name for name, weight in model.state_dict().items() if not torch.equal(weight, before[name])}
    assert moved
    assert all(name.startswith("decoder") for name in moved)
