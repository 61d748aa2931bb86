"""What morphs are worth: how they leave one piece for another, how likely each step is (Roberts et al. 2018, 5.4)."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mvae import MusicVAE
from mvae.dataspace import cross_fades

from .metrics import count_onsets
from .ngram import NgramModel
from .windows import Draw, Windows

POINTS = 9
FITTING_TOKENS = 8_000_000  # that the n-gram models count


def interpolation(
    model: MusicVAE, windows: Windows, pairs: int = 256, seed: int = 0, exclude: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Curves over 9 points from A to B, over `pairs` pairs of validation windows, in latent and in data space.

    Decoding is greedy, as in `interpolate`. `hamming` is the share of tokens that differ from A. `cost`, that of a
    5-gram model fitted on training windows, and `onsets` are multiples of A's and B's own, weighed by their share in
    the morph; of sums over all pairs, so that no pair of nearly silent tunes decides.
    """
    first, last = _pairs(windows, pairs, seed, exclude)
    generator = torch.Generator(model.device).manual_seed(seed)
    a, b = windows.batch(first).to(model.device), windows.batch(last).to(model.device)
    language = language_model(model, windows, seed)
    morphs = {
        "latent": latent_morphs(model, a, b),
        "data": cross_fades(model.converter, a, b, POINTS, generator),
    }
    costs = {name: _along(morph, lambda step: _cost(language, step)) for name, morph in morphs.items()}
    onsets = {name: _along(morph, lambda step: _onsets(model, step)) for name, morph in morphs.items()}
    return {
        "pairs": len(first),
        "alpha": np.linspace(0, 1, POINTS).tolist(),
        "hamming": {name: (morph != a).float().mean((1, 2, 3)).tolist() for name, morph in morphs.items()},
        "cost": {name: _over_ends(cost, costs["data"]) for name, cost in costs.items()},
        "onsets": {name: _over_ends(count, onsets["data"]) for name, count in onsets.items()},
        "nats_of_validation": float(costs["data"][0].mean()),
    }


def _along(morph: Tensor, of: Callable[[Tensor], np.ndarray]) -> np.ndarray:
    """A figure of each step of morphs (points, N, T, P): (points, N)."""
    return np.stack([of(step) for step in morph])


def _over_ends(figure: np.ndarray, whole: np.ndarray) -> list[float]:
    """The sums of a figure (points, N), relative to the ends of morphs that begin and end with the tunes themselves."""
    alpha = np.linspace(0, 1, POINTS)
    ends = (1 - alpha) * whole[0].sum() + alpha * whole[-1].sum()
    return (figure.sum(1) / np.maximum(ends, 1e-9)).tolist()


def latent_morphs(model: MusicVAE, a: Tensor, b: Tensor) -> Tensor:
    """The morphs (points, N, T, P) that `MusicVAE.interpolate` makes between N pairs of tokens (N, T, P), at once."""
    first, last = model.encode_tokens(a).mean, model.encode_tokens(b).mean
    codes = torch.stack([model.interpolate(*ends, POINTS) for ends in zip(first, last, strict=True)], 1)
    return model.decode_tokens(codes.flatten(0, 1)).unflatten(0, codes.shape[:2])


def language_model(model: MusicVAE, windows: Windows, seed: int = 0) -> list[NgramModel]:
    """One n-gram model for each part, fitted on training windows."""
    rows = np.random.default_rng(seed).permutation(windows.split("train"))
    tokens = windows.tokens[np.sort(rows[: max(1, FITTING_TOKENS // model.converter.steps)])]
    return [NgramModel(tokens[..., part], classes) for part, classes in enumerate(model.converter.classes)]


def _pairs(windows: Windows, n: int, seed: int, exclude: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of up to `n` pairs of validation windows, of different groups of songs where there are several.

    Sources weigh as the root of their size; those in `exclude` are left out where others remain.
    """
    generator, rows = np.random.default_rng(seed), windows.split("validation", exclude)
    draw = Draw(windows, rows if len(rows) else windows.split("validation"), 0.5)
    pairs = generator.permutation(draw(8 * n, generator)).reshape(-1, 2)
    apart = pairs[windows.groups(pairs[:, 0]) != windows.groups(pairs[:, 1])]
    chosen = (apart if len(apart) else pairs)[:n]
    return chosen[:, 0], chosen[:, 1]


def _cost(language: list[NgramModel], tokens: Tensor) -> np.ndarray:
    """The cost (N,) of tokens (N, T, P), summed over the parts."""
    rows = tokens.cpu().numpy()
    return np.sum([part.cost(rows[..., number]) for number, part in enumerate(language)], axis=0)


def _onsets(model: MusicVAE, tokens: Tensor) -> np.ndarray:
    """The number of onsets (N,) of tokens (N, T, P), over all parts."""
    return np.array([float(count_onsets(model.converter, one, one).wanted.sum()) for one in tokens.cpu().split(1)])
