"""Fine-tuning on the MIDI files of a user: what it makes, what it keeps and what it says."""

import dataclasses
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from huggingface_hub import ModelCard
from torch import Tensor

from mvae import MusicVAE
from tests.test_prepare import AIR, WALTZ, run, write
from tests.toy import RECIPE, hurry, trainer
from training import finetune, render_cards, train
from training.metrics import reconstruction
from training.recipe import named
from training.windows import Windows

pytestmark = pytest.mark.usefixtures("fresh_accelerate")


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
    hurry(monkeypatch)


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


@pytest.mark.usefixtures("_brief")
def test_what_a_base_has_beside_its_codec_is_fitted_to_the_new_music(
    tmp_path: Path, tiny: Callable[..., MusicVAE], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    base = tiny(
        "prior", bars=2, language_size=8, operator_size=8, operators=("note_density",), space="noise", prior_spread=1.0
    )
    base.save_pretrained("base")
    words = ("--from", "base", "--data", tunes(Path("mine")), "--out", "run", "--steps", 2, "--precision", "no")
    result = run(train.main, *words)
    assert result.exit_code == 0, result.output
    model = MusicVAE.from_pretrained("run/best")
    assert model.config == base.config, "the user's own note_density stays a vector, the palette stays a palette"
    assert model.language is not None
    assert model.language.bank.abs().sum() > 0, "samples are of the new music"
