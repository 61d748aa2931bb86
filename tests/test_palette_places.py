"""The palette: places from which one comes back, blends that stay music, and the verbs that move there."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from mvae import MusicVAE, palette
from mvae.palette import Places, blend, pair_weights, square_weights

Tiny = Callable[..., MusicVAE]


def codes(n: int, seed: int = 0) -> Tensor:
    return torch.randn(n, 8, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def model(tiny: Tiny) -> MusicVAE:
    """A model whose morphs and palettes lie in the noise of its prior."""
    return tiny("prior", space="noise")


def places(n: int) -> Places:
    return Places(codes(n), torch.rand(n, 3, generator=torch.Generator().manual_seed(1)), torch.zeros(n, 8))


def test_from_a_place_one_comes_back_to_the_code(model: MusicVAE):
    assert model.prior is not None
    profiles = torch.rand(5, model.prior.profiles.shape[1], generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        there = palette.to_places(model.prior, codes(5), profiles)
        assert torch.allclose(palette.to_codes(model.prior, there), codes(5), atol=1e-5)
    assert not torch.allclose(there.noise, codes(5), atol=1e-2)


def test_a_blend_of_what_differs_is_likelier_than_its_corners():
    corners = places(2)
    middle = blend(corners, pair_weights(torch.tensor([0.5])))
    assert middle.noise.norm() < corners.noise.mean(0).norm() < corners.noise.norm(dim=-1).min()
    assert torch.allclose(middle.profile, corners.profile.mean(0))


def test_a_blend_of_equals_is_where_they_are():
    same = Places(*(one[:1].repeat(4, 1) for one in places(1)))
    blended = blend(same, square_weights(torch.tensor([[0.3, 0.8], [0.5, 0.5]])))
    assert torch.allclose(blended.noise, same.noise[:2], atol=1e-5)


def test_the_weights_of_a_square_are_in_reading_order():
    corners = torch.tensor([[0.0, 0], [1, 0], [0, 1], [1, 1]])
    assert torch.equal(square_weights(corners), torch.eye(4))
    assert square_weights(torch.tensor([[0.5, 0.0]])).tolist() == [[0.5, 0.5, 0, 0]]


def test_morphs_and_palettes_end_in_the_codes_themselves(model: MusicVAE):
    corners = codes(4)
    morph, square = model.interpolate(corners[0], corners[1], 5), model.palette(corners, 3, 4)
    assert torch.equal(morph[[0, -1]], corners[:2])
    assert torch.equal(square[[0, 0, -1, -1], [0, -1, 0, -1]], corners)
    assert torch.allclose(square[0, 1], model.path(corners, [(1 / 3, 0)], 1)[0], atol=1e-4)


def test_a_morph_leaves_the_arc_between_the_codes(model: MusicVAE, tiny: Tiny):
    a, b = codes(2)
    other = tiny("prior")
    assert torch.allclose(model.interpolate(a, b, 5, spherical=False), other.interpolate(a, b, 5, spherical=False))
    assert not torch.allclose(model.interpolate(a, b, 5)[2], other.interpolate(a, b, 5)[2], atol=1e-2)


def test_a_morph_between_equals_stands_still(model: MusicVAE):
    (code,) = codes(1)
    assert torch.allclose(model.interpolate(code, code, 7), code.expand(7, -1), atol=1e-4)


def test_variations_reach_from_the_tune_to_new_ones(model: MusicVAE):
    (code,) = codes(1)
    assert torch.allclose(model.similar(code, 3, similarity=1.0, seed=1), code.expand(3, -1), atol=1e-5)
    anything = model.similar(code, 3, similarity=0.0, seed=1)
    assert torch.allclose(anything, model.sample_codes(3, seed=1), atol=1e-5)
    near, far = (model.similar(code, 3, similarity=one, seed=1) for one in (0.9, 0.3))
    assert ((near - code).norm(dim=1) < (far - code).norm(dim=1)).all()
