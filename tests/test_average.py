"""The mean of checkpoints."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import typer
from typer.testing import CliRunner

from mvae import MusicVAE
from training import average
from training.windows import CorpusError

Tiny = Callable[..., MusicVAE]


def test_every_weight_is_the_mean(tiny: Tiny):
    models = [tiny(bars=1) for _ in range(3)]
    for model, value in zip(models, (1.0, 2.0, 6.0), strict=True):
        for weight in model.parameters():
            torch.nn.init.constant_(weight, value)
    mean = average.average(models)
    assert all((weight == 3).all() for weight in mean.parameters())


def test_priors_and_attributes_have_no_mean(tiny: Tiny, tmp_path: Path):
    for name in "ab":
        model = tiny("prior")
        model.attributes["note_density"] = torch.ones(model.config.z_size)
        model.save_pretrained(tmp_path / name)
    command(str(tmp_path / "a"), str(tmp_path / "b"), "--out", str(tmp_path / "mean"))
    mean = MusicVAE.from_pretrained(tmp_path / "mean")
    assert mean.prior is None
    assert not mean.attributes
    single = MusicVAE.from_pretrained(tmp_path / "a")
    assert torch.allclose(mean.mean.weight, single.mean.weight), "the two are the same"


def test_models_of_other_shapes_are_refused(tiny: Tiny, tmp_path: Path):
    with pytest.raises(CorpusError, match="Checkpoint 2 has another z_size than the first; they have no mean"):
        average.average([tiny(bars=1), tiny(bars=1, z_size=9)])
    tiny(bars=1).save_pretrained(tmp_path / "one")
    result = command(str(tmp_path / "one"), "--out", str(tmp_path / "mean"), code=2)
    assert result == "One checkpoint is given; a mean is of two or more."
    assert not (tmp_path / "mean").exists()


def command(*arguments: str, code: int = 0) -> str:
    app = typer.Typer()
    app.command()(average.main)
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == code, result.output
    return result.stderr.strip()
