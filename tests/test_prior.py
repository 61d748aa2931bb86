"""The learnt prior: it draws codes where music lies, as it is told, and travels with its checkpoint."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from mvae import MusicVAE
from mvae.prior import FlowPrior
from training.descent import descend

AWAY = 3.0
PROFILE = 15  # what a melody's has


def two_places(n: int, generator: torch.Generator) -> Tensor:
    """Codes (n, 2) of which two thirds lie about (3, 3) and the others about (-3, -3)."""
    side = torch.where(torch.rand(n, 1, generator=generator) < 2 / 3, AWAY, -AWAY)
    return side + 0.3 * torch.randn(n, 2, generator=generator)


def profiles_of(codes: Tensor) -> Tensor:
    """Profiles (n, 15) whose first number says at which place codes (n, 2) lie."""
    return torch.nn.functional.pad((codes[:, :1] > 0).float(), (0, PROFILE - 1))


@pytest.fixture(scope="module")
def fitted() -> FlowPrior:
    generator = torch.Generator().manual_seed(0)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        prior = FlowPrior(2, width=32, profile_size=PROFILE)
    codes = two_places(4096, generator)
    prior.mean.copy_(codes.mean(0))
    prior.scale.copy_(codes.std(0))
    prior.profiles.copy_(profiles_of(codes[: len(prior.profiles)]))

    def loss(_: float) -> Tensor:
        batch = codes[torch.randint(len(codes), (256,), generator=generator)]
        noise = torch.randn(batch.shape, generator=generator)
        told = profiles_of(batch).masked_fill(torch.rand(256, 1, generator=generator) < 0.5, math.nan)
        return prior.loss(batch, noise, torch.rand(len(batch), generator=generator), told)

    descend(prior, loss, 300, 1e-2, "prior")
    return prior.eval()


@pytest.fixture(scope="module")
def drawn(fitted: FlowPrior) -> Tensor:
    with torch.no_grad():
        return fitted(torch.randn(2000, 2, generator=torch.Generator().manual_seed(1)))


def test_both_places_are_visited_in_their_proportion(drawn: Tensor):
    there, here = ((drawn - place).norm(dim=-1) < 1.5 for place in (AWAY, -AWAY))
    assert float(there.float().mean()) == pytest.approx(2 / 3, abs=0.15)
    assert float(here.float().mean()) == pytest.approx(1 / 3, abs=0.15)


def test_little_lies_between(drawn: Tensor):
    assert float((drawn.sum(-1).abs() < AWAY).float().mean()) < 0.05


def test_what_it_is_told_decides_the_place(fitted: FlowPrior):
    noise = torch.randn(500, 2, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        codes = fitted(noise, profiles_of(noise))
    told, found = noise[:, 0] > 0, codes.sum(-1) > 0
    assert (told == found).float().mean() > 0.97


def test_guidance_is_how_much_it_heeds_what_it_is_told(fitted: FlowPrior):
    noise = torch.randn(500, 2, generator=torch.Generator().manual_seed(3))
    told = profiles_of(-noise)
    with torch.no_grad():
        obeyed = [float(((fitted(noise, told, g).sum(-1) < 0) == (noise[:, 0] > 0)).float().mean()) for g in (0, 1, 3)]
        assert fitted(noise, told, 0).equal(fitted(noise))
    assert obeyed[0] < 0.6 < obeyed[1] <= obeyed[2]


def test_profiles_are_drawn_from_those_of_real_music(fitted: FlowPrior):
    drawn = fitted.draw_profiles(1000, torch.Generator().manual_seed(0))
    assert float(drawn[:, 0].mean()) == pytest.approx(2 / 3, abs=0.06)


def test_each_place_is_as_wide_as_it_was(drawn: Tensor):
    there = drawn[drawn.sum(-1) > 0]
    assert there.median(0).values.tolist() == pytest.approx([AWAY, AWAY], abs=0.3)
    assert (there - AWAY).abs().median().item() == pytest.approx(0.3 * 0.6745, abs=0.12)


def test_the_loss_is_the_error_of_the_velocity(fitted: FlowPrior, monkeypatch: pytest.MonkeyPatch):
    """A velocity that always points from noise to code costs nothing, one that stands still the whole way."""
    generator = torch.Generator().manual_seed(2)
    codes, noise = two_places(50, generator), torch.randn(50, 2, generator=generator)
    way = (codes - fitted.mean) / fitted.scale - noise
    monkeypatch.setattr(fitted, "velocity", lambda x, time, profiles=None: way)
    assert float(fitted.loss(codes, noise, torch.rand(50))) == 0
    monkeypatch.setattr(fitted, "velocity", lambda x, time, profiles=None: torch.zeros_like(x))
    assert float(fitted.loss(codes, noise, torch.rand(50))) == pytest.approx(float(way.square().mean()))


def test_a_constant_velocity_is_followed_to_its_end(fitted: FlowPrior, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fitted, "velocity", lambda x, time, profiles=None: torch.tensor([1.0, -2.0]).expand_as(x))
    noise = torch.zeros(3, 2)
    expected = fitted.mean + fitted.scale * torch.tensor([1.0, -2.0])
    assert torch.allclose(fitted(noise), expected.expand(3, 2), atol=1e-5)


def test_a_prior_travels_with_its_checkpoint(tiny: Callable[..., MusicVAE], fitted: FlowPrior, tmp_path: Path):
    model = tiny(z_size=2)
    without = model.sample_codes(9, torch.Generator().manual_seed(3))
    model.adopt_prior(fitted)
    model.save_pretrained(tmp_path)
    assert json.loads((tmp_path / "config.json").read_text())["prior_size"] == 32
    loaded = MusicVAE.from_pretrained(tmp_path)
    codes = loaded.sample_codes(9, torch.Generator().manual_seed(3))
    assert torch.equal(codes, model.sample_codes(9, torch.Generator().manual_seed(3)))
    assert not torch.allclose(codes, without)


def test_a_dropped_prior_is_not_saved(tiny: Callable[..., MusicVAE], tmp_path: Path):
    model = tiny("prior")
    model.adopt_prior(None)
    model.save_pretrained(tmp_path)
    loaded = MusicVAE.from_pretrained(tmp_path)
    assert loaded.prior is None
    noise = torch.randn(4, 8, generator=torch.Generator().manual_seed(5))
    assert torch.equal(loaded.sample_codes(4, torch.Generator().manual_seed(5)), noise)


def test_the_inverse_finds_the_noise_that_codes_came_from(fitted: FlowPrior):
    noise = torch.randn(500, 2, generator=torch.Generator().manual_seed(4))
    with torch.no_grad():
        codes = fitted(noise)
        found = fitted.inverse(codes)
        again = fitted(found)
    assert float((again - codes).norm(dim=-1).median()) < 0.15
    assert float((found - noise).norm(dim=-1).median()) < 0.3
