"""The prior as it is fitted to the codes of music."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from mvae import MusicVAE
from tests.test_prepare import run
from tests.toy import toy
from training import fit_prior
from training.windows import CorpusError


def test_a_prior_is_fitted_as_it_is_typed(tmp_path: Path, tiny: Callable[..., MusicVAE]):
    toy().save(tmp_path / "toy")
    tiny(bars=1).save_pretrained(tmp_path / "base")
    words = (tmp_path / "base", "--data", tmp_path / "toy", "--steps", 30, "--width", 16, "--codes", 99)
    result = run(fit_prior.main, *words)
    assert result.exit_code == 0, result.output
    model = MusicVAE.from_pretrained(tmp_path / "base")
    assert model.config.prior_size == 16
    assert all(torch.equal(model.state_dict()[name], weight) for name, weight in tiny(bars=1).state_dict().items())


def test_a_prior_goes_on_from_that_of_another_checkpoint(tmp_path: Path, tiny: Callable[..., MusicVAE]):
    toy().save(tmp_path / "toy")
    for name, changes in (("base", {}), ("begun", {"prior_size": 12}), ("wider", {"prior_size": 12, "z_size": 9})):
        tiny(bars=1, **changes).save_pretrained(tmp_path / name)
    words = (tmp_path / "base", "--data", tmp_path / "toy", "--codes", 99, "--steps")
    assert run(fit_prior.main, *words, 1, "--start", tmp_path / "begun").exit_code == 0
    begun, gone_on = (MusicVAE.from_pretrained(tmp_path / name).prior for name in ("begun", "base"))
    assert begun is not None
    assert gone_on is not None
    assert torch.allclose(gone_on.enter.weight, begun.enter.weight, atol=0.01)
    result = run(fit_prior.main, *words, 1, "--start", tmp_path / "wider")
    assert result.exit_code == 2
    assert "wider has no prior of 8 dimensions" in result.output.replace("\n", " ")


@pytest.mark.usefixtures("untouched")
def test_a_fitted_prior_draws_codes_like_those_of_the_music(tiny: Callable[..., MusicVAE]):
    model = tiny(bars=1)
    fit_prior.fit_prior(model, toy(), steps=150, width=32, batch_size=128, learning_rate=5e-3, codes=500)
    q = model.encode_tokens(toy().batch(toy().split("train")))
    center, spread = q.mean.mean(0), (q.variance.mean(0) + q.mean.var(0)).sqrt()
    with torch.no_grad():
        drawn = model.prior(torch.randn(2000, 8, generator=torch.Generator().manual_seed(0)))
    assert center.abs().max() > 0.5, "the codes lie where N(0, I) does"
    assert torch.allclose(drawn.mean(0), center, atol=0.3)
    assert torch.allclose(drawn.std(0) / spread, torch.ones(8), atol=0.3)


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
