"""A steadied decoder: it bears with codes that are off, and plays music between two codes."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from mvae import MusicVAE
from mvae.latent import slerp
from mvae.prior import FlowPrior
from mvae.profile import profile_size
from tests.test_prepare import run
from tests.toy import RECIPE, toy
from training import steady, train


@pytest.fixture
def model() -> MusicVAE:
    """An untrained model whose prior takes noise for codes."""
    model = train.fresh(RECIPE)
    prior = FlowPrior(model.config.z_size, 16, profile_size(model.converter))
    torch.nn.init.zeros_(prior.leave[1].weight)
    torch.nn.init.zeros_(prior.leave[1].bias)
    model.adopt_prior(prior)
    return model.eval()


@pytest.fixture
def tunes() -> Tensor:
    return toy().batch(toy().split("train"))


def cost(model: MusicVAE, codes: Tensor, tokens: Tensor) -> float:
    with torch.no_grad():
        return float(model.decoder.nats(model.decoder(codes, tokens), tokens).mean())


def test_it_bears_with_codes_that_are_off(model: MusicVAE, tunes: Tensor):
    """The encoder stays as it is; what blurred codes cost the decoder falls."""
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    q = model.encode_tokens(tunes)
    blurred = q.mean + 3 * q.stddev * torch.randn(q.mean.shape, generator=torch.Generator().manual_seed(0))
    first = cost(model, blurred, tunes)
    steady.steady(model, toy(), steps=60, batch_size=8, learning_rate=5e-2, share=1.0)
    assert cost(model, blurred, tunes) < 0.8 * first
    moved = {name for name, weight in model.state_dict().items() if not torch.equal(weight, before[name])}
    assert moved
    assert all(name.startswith("decoder") for name in moved)


def test_blends_are_told_what_the_prior_makes_of_the_noise_between(model: MusicVAE, tunes: Tensor):
    """Where noise is code, that is a blend too, drawn towards the middle of all noise."""
    codes = model.encode_tokens(tunes[:6]).mean
    blends, tokens = steady.blend(model, codes, torch.Generator().manual_seed(3))
    at = torch.rand(6, generator=torch.Generator().manual_seed(3))
    torch.testing.assert_close(blends, slerp(codes, codes.roll(1, 0), at))
    drawn = blends * (1 - 4 * at * (1 - at) * steady.SHRINKAGE).unsqueeze(-1)
    assert torch.equal(tokens, model.decode_tokens(drawn))


def test_it_learns_to_play_blends(model: MusicVAE, tunes: Tensor, monkeypatch: pytest.MonkeyPatch):
    """Told silence between codes, and tunes at them, it plays each in its place."""
    codes = model.encode_tokens(tunes).mean
    silence = torch.zeros_like(tunes)
    monkeypatch.setattr(steady, "blend", lambda model, z, _: (z + 9, silence[: len(z)]))
    steady.steady(model, toy(), steps=80, batch_size=8, learning_rate=2e-2, share=1.0)
    assert cost(model, codes + 9, silence) < 2
    assert cost(model, codes, silence) > 8


def test_a_checkpoint_without_a_prior_is_refused_in_a_sentence(model: MusicVAE, tmp_path: Path):
    model.adopt_prior(None)
    model.save_pretrained(tmp_path / "base")
    toy().save(tmp_path / "toy")
    result = run(steady.main, tmp_path / "base", "--data", tmp_path / "toy")
    assert result.exit_code == 2
    assert "The checkpoint has no prior to blend codes with; fit it" in result.output
