"""Walks in latent space, against the original's formula and against geometry."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch import Tensor

from mvae.latent import lerp, slerp, walk

FRACTIONS = st.floats(0, 1, width=32)
CODES = arrays(np.float32, 6, elements=st.floats(-10, 10, width=32)).map(torch.from_numpy)


def of_the_original(a: np.ndarray, b: np.ndarray, t: float) -> np.ndarray:
    """`_slerp` of magenta/models/music_vae/trained_model.py."""
    omega = np.arccos(np.dot(a / np.linalg.norm(a), b / np.linalg.norm(b)))
    so = np.sin(omega)
    return np.sin((1.0 - t) * omega) / so * a + np.sin(t * omega) / so * b


def random_codes(n: int, size: int = 32) -> Tensor:
    return torch.randn(n, size, generator=torch.Generator().manual_seed(n))


@pytest.mark.parametrize("t", [0.0, 0.125, 0.5, 0.9, 1.0])
def test_slerp_is_the_originals(t: float):
    a, b = random_codes(50), random_codes(51)[:50]
    expected = [of_the_original(x, y, t) for x, y in zip(a.double().numpy(), b.double().numpy(), strict=True)]
    np.testing.assert_allclose(slerp(a, b, t).numpy(), np.stack(expected), atol=1e-5)


def test_slerp_on_a_circle_goes_by_equal_angles():
    east, north = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    steps = slerp(east, north, torch.tensor([0.0, 1 / 3, 2 / 3, 1.0]))
    degrees = torch.atan2(steps[:, 1], steps[:, 0]).rad2deg()
    assert torch.allclose(degrees, torch.tensor([0.0, 30.0, 60.0, 90.0]), atol=1e-4)
    assert torch.allclose(steps.norm(dim=-1), torch.ones(4))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([3.0, 4.0], [3.0, 4.0]),
        ([3.0, 4.0], [6.0, 8.0]),
        ([3.0, 4.0], [-3.0, -4.0]),
        ([0.0, 0.0], [3.0, 4.0]),
        ([3.0, 4.0], [0.0, 0.0]),
        ([0.0, 0.0], [0.0, 0.0]),
        ([1e-30, 0.0], [3.0, 4.0]),
    ],
    ids=["equal", "parallel", "opposite", "from nothing", "to nothing", "nothing", "from next to nothing"],
)
def test_without_an_arc_the_straight_line_is_taken(a: list[float], b: list[float]):
    first, last = torch.tensor(a), torch.tensor(b)
    for t in (0.0, 0.25, 0.5, 1.0):
        assert torch.allclose(slerp(first, last, t), (1 - t) * first + t * last, atol=1e-6)


def test_lerp_is_the_straight_line():
    assert lerp(torch.tensor([0.0, 2.0]), torch.tensor([4.0, 0.0]), 0.25).tolist() == [1.0, 1.5]


@pytest.mark.parametrize("blend", [slerp, lerp])
def test_fractions_and_codes_are_broadcast(blend):
    a, b, t = random_codes(3), random_codes(4)[:3], torch.tensor([0.2, 0.5, 0.7])
    each = torch.stack([blend(x, y, float(f)) for x, y, f in zip(a, b, t, strict=True)])
    assert torch.allclose(blend(a, b, t), each, atol=1e-6)
    assert torch.allclose(blend(a[0], b[0], t)[1], blend(a[0], b[0], 0.5), atol=1e-6)
    assert blend(a[:, None], b[None], 0.5).shape == (3, 3, 32)
    assert blend(a[:, None], b[None], t).shape == (3, 3, 32)


@pytest.mark.parametrize("spherical", [True, False])
def test_a_walk_has_both_ends_exactly_and_equal_strides(spherical: bool):
    a, b = random_codes(2)
    steps = walk(a, b, 5, spherical)
    assert torch.equal(steps[0], a)
    assert torch.equal(steps[-1], b)
    assert torch.allclose(steps[2], (slerp if spherical else lerp)(a, b, 0.5), atol=1e-6)
    strides = steps.diff(dim=0).norm(dim=-1)
    assert torch.allclose(strides, strides[:1], rtol=0.2 if spherical else 1e-4)


def test_a_walk_keeps_the_precision_of_its_codes():
    a, b = random_codes(2).double()
    assert walk(a, b, 3).dtype == torch.float64


@given(CODES, CODES, st.integers(2, 20), st.booleans())
def test_both_ends_are_exact(a: Tensor, b: Tensor, steps: int, spherical: bool):
    codes = walk(a, b, steps, spherical)
    assert torch.equal(codes[0], a)
    assert torch.equal(codes[-1], b)


@given(CODES, CODES, FRACTIONS)
def test_slerp_is_finite_and_reversible(a: Tensor, b: Tensor, t: float):
    there, back = slerp(a, b, t), slerp(b, a, 1 - t)
    assert torch.isfinite(there).all()
    assert torch.allclose(there, back, atol=1e-2)


@given(CODES, CODES, FRACTIONS)
def test_slerp_between_codes_of_one_length_keeps_it(a: Tensor, b: Tensor, t: float):
    a, b = (torch.nn.functional.normalize(code + torch.tensor([1e-3, 0, 0, 0, 0, 0]), dim=-1) for code in (a, b))
    if abs(float(a @ b)) < 0.999:
        assert float(slerp(a, b, t).norm()) == pytest.approx(1, abs=1e-3)


@given(CODES, CODES, FRACTIONS)
def test_lerp_stays_between_its_ends(a: Tensor, b: Tensor, t: float):
    point = lerp(a, b, t)
    assert (point >= torch.minimum(a, b) - 1e-4).all()
    assert (point <= torch.maximum(a, b) + 1e-4).all()
