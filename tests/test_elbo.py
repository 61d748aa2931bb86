"""The objective, against sums written by hand."""

import math

import pytest
import torch
from torch.distributions import Normal
from torch.distributions import kl_divergence as kl_of_torch

from mvae.elbo import elbo, kl_divergence

CLASSES = (5, 3)


def posterior(mean: float, stddev: float, n: int = 2, size: int = 4) -> Normal:
    return Normal(torch.full((n, size), mean), torch.full((n, size), stddev))


def example() -> tuple[tuple[torch.Tensor, ...], torch.Tensor]:
    """Logits of two parts over six steps of two sequences, and their tokens."""
    generator = torch.Generator().manual_seed(1)
    logits = tuple(torch.randn(2, 6, n, generator=generator) for n in CLASSES)
    tokens = torch.stack([torch.randint(n, (2, 6), generator=generator) for n in CLASSES], -1)
    return logits, tokens


def by_hand(logits: tuple[torch.Tensor, ...], tokens: torch.Tensor) -> float:
    nats = 0.0
    for b in range(2):
        for t in range(6):
            for p in range(2):
                if tokens[b, t, p] >= 0:
                    row = logits[p][b, t].double()
                    nats -= float(row[tokens[b, t, p]] - row.exp().sum().log())
    return nats / 2


def test_the_kl_is_that_of_torch():
    q = Normal(torch.randn(7, 5), torch.rand(7, 5) + 0.01)
    expected = kl_of_torch(q, Normal(torch.zeros(5), torch.ones(5))).sum(-1)
    assert torch.allclose(kl_divergence(q), expected, atol=1e-4)


def test_the_prior_itself_costs_nothing():
    assert kl_divergence(posterior(0.0, 1.0)).tolist() == [0, 0]


def test_reconstruction_is_the_cross_entropy_of_a_sequence():
    logits, tokens = example()
    figures = elbo(logits, tokens, posterior(0.0, 1.0))
    assert float(figures.reconstruction) == pytest.approx(by_hand(logits, tokens), rel=1e-5)
    assert float(figures.loss) == float(figures.reconstruction)


def test_hidden_targets_cost_nothing():
    logits, tokens = example()
    tokens[0, 2:4] = -1
    figures = elbo(logits, tokens, posterior(0.0, 1.0))
    assert float(figures.reconstruction) == pytest.approx(by_hand(logits, tokens), rel=1e-5)


def test_beta_weighs_the_kl():
    logits, tokens = example()
    figures = elbo(logits, tokens, posterior(1.0, 1.0), beta=0.25)
    assert float(figures.kl_bits) == pytest.approx(4 * 0.5 / math.log(2))
    assert float(figures.loss - figures.reconstruction) == pytest.approx(0.25 * 4 * 0.5, rel=1e-4)


def test_free_bits_are_of_the_whole_code():
    """Four dimensions of half a nat are two nats; one free bit takes ln 2 off their sum, once."""
    logits, tokens = example()
    figures = elbo(logits, tokens, posterior(1.0, 1.0), beta=1.0, free_bits=1.0)
    assert float(figures.loss - figures.reconstruction) == pytest.approx(2 - math.log(2), rel=1e-4)
    assert float(figures.kl_bits) == pytest.approx(2 / math.log(2), rel=1e-5)


def test_free_bits_are_of_each_sequence():
    """One code far beyond its free bits does not pay for another that uses none."""
    logits, tokens = example()
    q = Normal(torch.tensor([[2.0], [0.0]]), torch.ones(2, 1))
    figures = elbo(logits, tokens, q, free_bits=1 / math.log(2))
    assert float(figures.loss - figures.reconstruction) == pytest.approx((2 - 1) / 2, rel=1e-4)


def test_below_the_free_bits_nothing_pulls():
    logits, tokens = example()
    mean = torch.full((2, 4), 0.1, requires_grad=True)
    elbo(logits, tokens, Normal(mean, torch.ones(2, 4)), free_bits=10.0).loss.backward()
    assert mean.grad is not None
    assert not mean.grad.any()


def test_half_precision_logits_are_summed_in_full():
    logits, tokens = example()
    halves = tuple(part.bfloat16() for part in logits)
    figures = elbo(halves, tokens, posterior(0.0, 1.0))
    assert figures.loss.dtype == torch.float32
    assert float(figures.reconstruction) == pytest.approx(by_hand(halves, tokens), rel=1e-5)
