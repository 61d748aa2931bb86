"""Palettes, paths and shifts: where they go, what they hold on to, and the sentences they refuse with."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from mvae import ArgumentError, MusicVAE, MvaeError, latent
from mvae.dataspace import cross_fade, random_tokens
from tests.music import melody

CORNERS = (0, 0), (1, 0), (0, 1), (1, 1)
MARCH = melody("C4 . E4 . G4 . . . C5 . G4 . E4 . C4 -")
LAMENT = melody("A4 . . . - . . . E4 . F4 . E4 . D4 .")
Tiny = Callable[..., MusicVAE]


def codes(model: MusicVAE, n: int, seed: int = 0) -> Tensor:
    return torch.randn(n, model.config.z_size, generator=torch.Generator().manual_seed(seed))


# Palettes


def test_a_palette_has_its_corners_in_its_corners(model: MusicVAE):
    corners = codes(model, 4)
    grid = model.palette(corners, rows=3, columns=5)
    assert grid.shape == (3, 5, 8)
    assert torch.isfinite(grid).all()
    assert torch.equal(torch.stack([grid[0, 0], grid[0, -1], grid[-1, 0], grid[-1, -1]]), corners)
    assert not torch.allclose(grid[1, 2], corners.mean(0), atol=1e-3)


def test_the_edges_of_a_palette_are_walks(model: MusicVAE):
    corners = codes(model, 4)
    grid = model.palette(corners, rows=4, columns=4)
    assert torch.allclose(grid[0], model.interpolate(corners[0], corners[1], 4), atol=1e-4)
    assert torch.allclose(grid[:, -1], model.interpolate(corners[1], corners[3], 4), atol=1e-4)


def test_a_palette_of_music_is_rows_of_tunes(model: MusicVAE):
    tunes = [model.converter.to_midi(one) for one in model.decode_tokens(codes(model, 4))]
    grid = model.palette(tunes, rows=2, columns=3, temperature=0.0)
    assert [len(row) for row in grid] == [3, 3]
    played = model.converter.to_tokens([grid[0][0], grid[0][2], grid[1][0], grid[1][2]])
    assert torch.equal(played, model.converter.to_tokens(model.reconstruct(tunes)))


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 7), (7, 1), (2, 2), (32, 32)])
def test_palettes_of_any_size_are_finite(tiny: Tiny, rows: int, columns: int):
    model = tiny("prior")
    grid = model.palette(codes(model, 4), rows, columns)
    assert grid.shape == (rows, columns, 8)
    assert torch.isfinite(grid).all()
    assert torch.equal(grid[0, 0], codes(model, 4)[0])


def test_equal_corners_are_the_whole_palette(model: MusicVAE):
    corner = codes(model, 1)[0]
    assert torch.equal(model.palette([corner] * 4, 3, 3), corner.expand(3, 3, -1))


# Paths


def test_a_path_goes_through_the_palette_at_an_even_pace():
    places = latent.along(torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 0.5]]), 7)
    expected = [[0, 0], [0.25, 0], [0.5, 0], [0.75, 0], [1, 0], [1, 0.25], [1, 0.5]]
    assert torch.allclose(places, torch.tensor(expected), atol=1e-6)


def test_a_path_around_the_corners_meets_them(model: MusicVAE):
    corners = codes(model, 4)
    around = model.path(corners, [CORNERS[0], CORNERS[1], CORNERS[3], CORNERS[2]], steps=4)
    assert torch.allclose(around, corners[[0, 1, 3, 2]], atol=1e-4)
    assert torch.equal(around[0], corners[0])


@pytest.mark.parametrize("points", [[(0.3, 0.6)], [(0.3, 0.6)] * 3])
def test_a_path_that_stands_still_stays(model: MusicVAE, points: list[tuple[float, float]]):
    walked = model.path(codes(model, 4), points, steps=3)
    assert torch.isfinite(walked).all()
    assert torch.allclose(walked, walked[:1].expand(3, -1), atol=1e-5)
    assert len(model.path(codes(model, 4), points, steps=1)) == 1


def test_a_path_of_music_is_tunes(tiny: Tiny):
    model = tiny()
    tunes = model.decode(codes(model, 4))
    assert len(model.path(tunes, [(0, 0), (1, 1)], steps=5, seed=1, temperature=0.5)) == 5


# Shifts


@pytest.fixture
def shifting(tiny: Tiny) -> MusicVAE:
    model = tiny()
    model.attributes = {"dense": torch.ones(8), "odd": -torch.ones(8)}
    return model


def test_no_shift_is_the_reconstruction(shifting: MusicVAE):
    z = codes(shifting, 3)
    assert torch.equal(shifting.shift(z, dense=0.0), z)
    assert torch.equal(shifting.shift(z), z)
    tune = shifting.converter.to_midi(torch.cat([MARCH, LAMENT]))
    same = shifting.converter.to_tokens(shifting.shift(tune, dense=0.0))
    assert torch.equal(same, shifting.converter.to_tokens(shifting.reconstruct(tune)))


def test_a_shift_moves_every_piece_by_its_vectors(shifting: MusicVAE):
    z = codes(shifting, 3)
    assert torch.allclose(shifting.shift(z, dense=1.5, odd=0.5), z + 1)
    assert len(shifting.shift(shifting.decode(z), dense=1.0, temperature=0.5, seed=3)) == 3


# Data space


def test_a_cross_fade_takes_each_step_from_one_or_the_other(tiny: Tiny):
    converter = tiny(bars=1).converter
    faded = cross_fade(converter, MARCH, LAMENT, 9, torch.Generator().manual_seed(0))
    assert torch.equal(faded[0], MARCH)
    assert torch.equal(faded[-1], LAMENT)
    either = (faded == MARCH) | (faded == LAMENT) | (faded == 0)  # a note-off in silence is no event
    assert either.all()
    assert 0 < float((faded[4] == MARCH)[MARCH != LAMENT].float().mean()) < 1


def test_random_music_uses_all_events_and_can_be_written(tiny: Tiny):
    converter = tiny("trio").converter
    tokens = random_tokens(converter, 200, torch.Generator().manual_seed(0))
    assert tokens.shape == (200, converter.steps, 3)
    assert [len(tokens[..., part].unique()) for part in range(3)] == [90, 90, 512]
    assert torch.equal(converter.to_tokens(converter.to_midi(tokens[0])), tokens[:1])


# Sentences


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda m, z: m.palette(z[:3]), "The corners are 3 of them; four are needed"),
        (lambda m, z: m.palette("a.mid"), "The corners are 'a.mid'; four are needed"),
        (lambda m, z: m.palette(z, rows=0), "rows is 0; a whole number"),
        (lambda m, z: m.palette(z, rows=1000, columns=1000), "rows times columns is 1000000"),
        (lambda m, z: m.palette([*z[:3], torch.ones(7)]), "Codes are a tensor"),
        (lambda m, z: m.path(z, []), "points are"),
        (lambda m, z: m.path(z, [(0, 2)]), "points are .*each number from 0 to 1"),
        (lambda m, z: m.path(z, "left"), "points are 'left'"),
        (lambda m, z: m.path(z, [(0, 0)], steps=0), "steps is 0"),
        (lambda m, z: m.shift(z, denser=1.0), "no attribute 'denser'; this model has dense, odd"),
        (lambda m, z: m.shift(z, dense="much"), "dense is 'much'; a number from -100 to 100"),
        (lambda m, z: m.shift(z, dense=float("nan")), "dense is nan"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence(
    shifting: MusicVAE, call: Callable[[MusicVAE, Tensor], Any], sentence: str
):
    with pytest.raises(MvaeError, match=sentence):
        call(shifting, codes(shifting, 4))


def test_a_model_without_attributes_says_how_to_get_some(tiny: Tiny):
    with pytest.raises(ArgumentError, match="this model has none; training.fit_attributes and fit_attribute"):
        tiny().shift(torch.ones(8), note_density=1.0)
