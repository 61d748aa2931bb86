"""The objective: reconstruction plus beta times the KL beyond the free bits; pure functions."""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.distributions import Normal
from torch.nn.functional import cross_entropy


class Elbo(NamedTuple):
    """Means over the batch: the loss and reconstruction in nats a sequence, the KL in bits a sequence."""

    loss: Tensor
    reconstruction: Tensor
    kl_bits: Tensor


def kl_divergence(q: Normal) -> Tensor:
    """KL(q || N(0, I)) of each sequence in nats, summed over the latent dimensions: (B,)."""
    return 0.5 * (q.mean**2 + q.variance - 1 - 2 * q.stddev.log()).sum(-1)


def cross_entropies(logits: tuple[Tensor, ...], tokens: Tensor) -> Tensor:
    """Logits (B, T, classes) of P parts and tokens (B, T, P) to what each sequence costs in nats (B,)."""
    losses = [
        cross_entropy(part.flatten(0, 1).float(), tokens[..., p].flatten(), ignore_index=-1, reduction="none")
        for p, part in enumerate(logits)
    ]
    return torch.stack(losses).sum(0).unflatten(0, tokens.shape[:2]).sum(-1)


def elbo(
    logits: tuple[Tensor, ...],
    tokens: Tensor,
    q: Normal,
    beta: float = 1.0,
    free_bits: float = 0.0,
    nats: Callable[[tuple[Tensor, ...], Tensor], Tensor] = cross_entropies,
) -> Elbo:
    """Logits (B, T, classes) of P parts, tokens (B, T, P) and the posterior (B, Z) to the loss to minimise.

    `free_bits` are taken off the summed KL of each sequence, not of each dimension (Roberts et al. 2018, section 2.1,
    as the original's code does it); targets of -1 cost nothing. A decoder whose outputs are no logits of classes has
    `nats` of its own.
    """
    reconstruction = nats(logits, tokens).mean()
    kl = kl_divergence(q)
    cost = (kl - free_bits * math.log(2)).clamp(min=0).mean()
    return Elbo(reconstruction + beta * cost, reconstruction, kl.mean() / math.log(2))
