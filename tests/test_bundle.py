"""Bundling: a checkpoint is in the package in half the bytes, and plays as it did."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from mvae import MusicVAE
from mvae.hub import WEIGHTS
from tests.test_prepare import run
from training import bundle

Tiny = Callable[..., MusicVAE]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the package keeps its checkpoints, for once a folder of the test's own."""
    monkeypatch.setattr(bundle, "CHECKPOINTS", tmp_path / "package")
    return tmp_path / "package"


def test_a_checkpoint_is_bundled_as_it_is_typed(tiny: Tiny, tmp_path: Path, package: Path):
    model = tiny("prior")
    model.attributes["note_density"] = torch.linspace(-1, 1, model.config.z_size)
    model.save_pretrained(tmp_path / "best")
    result = run(bundle.main, tmp_path / "best", "polkas")
    assert result.exit_code == 0, result.output
    size = sum(path.stat().st_size for path in (package / "polkas").iterdir())
    assert result.output == f"polkas is bundled, {size / 1e6:.1f} MB.\n"
    stored = load_file(package / "polkas" / WEIGHTS)
    assert {weight.dtype for weight in stored.values() if weight.is_floating_point()} == {torch.float16}
    assert (package / "polkas" / WEIGHTS).stat().st_size < 0.6 * (tmp_path / "best" / WEIGHTS).stat().st_size
    bundled = MusicVAE.from_pretrained(package / "polkas")
    assert bundled.config == model.config
    for name, weight in model.state_dict().items():
        assert torch.equal(bundled.state_dict()[name], weight.half().to(weight.dtype)), name
    assert torch.equal(bundled.attributes["note_density"], model.attributes["note_density"])


def test_the_model_that_is_bundled_stays_as_precise_as_it_was(tiny: Tiny, tmp_path: Path):
    model = tiny(bars=1)
    bundle.bundle(model, tmp_path / "half")
    assert all(torch.equal(weight, tiny(bars=1).state_dict()[name]) for name, weight in model.state_dict().items())


def test_what_is_no_checkpoint_is_refused_in_a_sentence(tmp_path: Path, package: Path):
    result = run(bundle.main, tmp_path / "none", "polkas")
    assert result.exit_code == 2
    assert str(tmp_path / "none") in result.stderr.replace("\n", "")
    assert not package.exists()
