"""Codec and prior trained together."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from mvae import MusicVAE
from tests.test_prepare import run
from tests.toy import toy
from training import joint
from training.fit_prior import fit_prior
from training.windows import CorpusError

Tiny = Callable[..., MusicVAE]


def test_all_of_the_model_is_trained(tmp_path: Path, tiny: Tiny):
    toy().save(tmp_path / "toy")
    tiny(bars=1, prior_size=12).save_pretrained(tmp_path / "base")
    result = run(
        joint.main,
        tmp_path / "base",
        "--data",
        tmp_path / "toy",
        "--steps",
        2,
        "--low",
        -5,
        "--high",
        6,
        "--batch-size",
        8,
    )
    assert result.exit_code == 0, result.output
    model, base = MusicVAE.from_pretrained(tmp_path / "base"), tiny(bars=1, prior_size=12)
    for part in ("encoder", "decoder", "prior"):
        before, after = (dict(getattr(one, part).named_parameters()) for one in (base, model))
        assert any(not torch.equal(before[name], weight) for name, weight in after.items()), part
    assert model.operators is not None


@pytest.mark.usefixtures("untouched")
def test_codes_that_a_prior_does_not_expect_cost_more(tiny: Tiny):
    model = tiny(bars=1)
    fit_prior(model, toy(), steps=150, width=32, batch_size=128, learning_rate=5e-3, codes=500)
    assert model.prior is not None
    real = model.encode_tokens(toy().batch(toy().split("validation"))).mean
    elsewhere = real + 6 * model.prior.scale
    told = torch.full((len(real), model.prior.profiles.shape[1]), torch.nan)
    with torch.no_grad():
        expected, not_expected = (
            joint.bound(model.prior, one, told, torch.Generator().manual_seed(0)).mean() for one in (real, elsewhere)
        )
    assert not_expected > 2 * expected


def test_a_prior_is_needed(tiny: Tiny):
    with pytest.raises(CorpusError, match="has no prior"):
        joint.train_jointly(tiny(bars=1), toy(), 1, 0.3)
