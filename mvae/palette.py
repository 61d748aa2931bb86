"""The palette of a model: coordinates in which music is dense, so that what lies between two tunes is music.

A code says exactly which notes are played; most of what lies between the codes of two tunes is noise. The prior is a
map from noise, all of which is music, to codes, told a profile of what the music is like (`mvae.profile`). So a tune
has a place on the palette: the noise that the prior carries to its code, and its profile. Morphs, palettes, paths and
variations are blends of places. In shapes: K corners, N places, Z latent, F profile.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from . import latent
from .prior import FlowPrior

PIECE = 256  # codes whose weights, a square of that size, are made at once
CALM = 0.8  # how much closer to the likeliest music a blend is than the mean of its corners, at most


class Places(NamedTuple):
    """Where music lies: noise (N, Z), profiles (N, F), and what the prior lacks of the codes there (N, Z)."""

    noise: Tensor
    profile: Tensor
    rest: Tensor


def to_places(prior: FlowPrior, codes: Tensor, profiles: Tensor) -> Places:
    """Codes (N, Z) of music with these profiles (N, F) to their places, from which `to_codes` leads back exactly."""
    noise = prior.inverse(codes, profiles)
    return Places(noise, profiles, codes - prior(noise, profiles))


@torch.no_grad()
def blended(prior: FlowPrior, corners: Tensor, profiles: Tensor, weights: Tensor) -> Tensor:
    """The codes (N, Z) of mixtures of K codes (K, Z) of music with these profiles (K, F), by `weights` (N, K).

    A row that is all one corner's gives just its code.
    """
    codes = to_codes(prior, blend(to_places(prior, corners, profiles), weights))
    heaviest, number = weights.max(-1)
    return torch.where((heaviest == 1).unsqueeze(-1), corners[number], codes)


def to_codes(prior: FlowPrior, places: Places) -> Tensor:
    """Places to codes (N, Z)."""
    return prior(places.noise, places.profile) + places.rest


def blend(corners: Places, weights: Tensor) -> Places:
    """The places of mixtures of K corners with `weights` (N, K), each row of which sums to 1.

    The mean of noises that differ is shorter than these, which makes its music likelier than theirs; it is shortened a
    little more, the more they differ, for music in the middle is held to more expectations at once. Corners that are
    the same stay where they are.
    """
    noise = weights @ corners.noise
    spread = 1 - noise.square().sum(-1) / (weights @ corners.noise.square().sum(-1)).clamp(min=1e-9)
    return Places(
        noise * (1 - CALM * spread.clamp(min=0)).unsqueeze(-1), weights @ corners.profile, weights @ corners.rest
    )


def pair_weights(share: Tensor) -> Tensor:
    """The weights (N, 2) of two corners where the second has a `share` (N,)."""
    return torch.stack([1 - share, share], -1)


def square_weights(at: Tensor) -> Tensor:
    """The weights (N, 4) of four corners in reading order at places (N, 2) of their square: x from the left, y down."""
    x, y = at.unbind(-1)
    return torch.stack([(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y], -1)


class Space:
    """Where a model moves: between the codes themselves, along great arcs, as the original does."""

    def walk(self, first: Tensor, last: Tensor, steps: int) -> Tensor:
        """The codes (steps, Z) from one (1, Z) to another, both included."""
        return latent.walk(first[0], last[0], steps)

    def towards(self, code: Tensor, others: Tensor, share: float) -> Tensor:
        """Codes (N, Z) moved towards one (1, Z) by a `share` of the way."""
        return latent.slerp(others, code.expand_as(others), share)

    def on_palette(self, corners: Tensor, places: Tensor) -> Tensor:
        """The codes (..., Z) at places (..., 2) of the palette of four (4, Z)."""
        return latent.on_palette(corners, places)


class NoiseSpace(Space):
    """The noise that a prior carries to codes; `profiles` says of codes (K, Z) what their music is like (K, F)."""

    def __init__(self, prior: FlowPrior, profiles: Callable[[Tensor], Tensor]) -> None:
        self.prior, self.profiles = prior, profiles

    def walk(self, first: Tensor, last: Tensor, steps: int) -> Tensor:
        share = torch.linspace(0, 1, steps, dtype=first.dtype, device=first.device)
        return self._blended(torch.cat([first, last]), pair_weights(share))

    def towards(self, code: Tensor, others: Tensor, share: float) -> Tensor:
        return torch.cat([self._towards(code, piece, share) for piece in others.split(PIECE)])

    def _towards(self, code: Tensor, others: Tensor, share: float) -> Tensor:
        own = torch.eye(len(others), dtype=code.dtype, device=code.device) * (1 - share)
        return self._blended(torch.cat([code, others]), torch.cat([torch.full_like(own[:, :1], share), own], 1))

    def on_palette(self, corners: Tensor, places: Tensor) -> Tensor:
        weights = square_weights(places.flatten(0, -2).to(corners))
        return self._blended(corners, weights).unflatten(0, places.shape[:-1])

    def _blended(self, corners: Tensor, weights: Tensor) -> Tensor:
        return blended(self.prior, corners, self.profiles(corners).to(corners), weights)
