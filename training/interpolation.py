"""What morphs are worth: how they leave one piece for another, how likely each step is (Roberts et al. 2018, 5.4)."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from mvae import MusicVAE
from mvae.dataspace import cross_fades

from .ngram import NgramModel
from .windows import Windows

POINTS = 9
FITTING_TOKENS = 8_000_000  # that the n-gram models count


def interpolation(
    model: MusicVAE, windows: Windows, temperature: float, pairs: int = 256, seed: int = 0
) -> dict[str, Any]:
    """Curves over 9 points from A to B, means over `pairs` pairs of validation windows, in latent and in data space.

    `hamming` is the share of tokens that differ from A; `cost` is that of a 5-gram model fitted on training windows, as
    a multiple of the mean of A's and B's own, weighed by their share in the morph.
    """
    first, last = _pairs(windows, pairs, seed)
    generator = torch.Generator(model.device).manual_seed(seed)
    a, b = windows.batch(first).to(model.device), windows.batch(last).to(model.device)
    language = language_model(model, windows, seed)
    morphs = {
        "latent": latent_morphs(model, a, b, temperature, generator),
        "data": cross_fades(model.converter, a, b, POINTS, generator),
    }
    alpha = np.linspace(0, 1, POINTS)[:, None]
    ends = alpha * _cost(language, b) + (1 - alpha) * _cost(language, a)
    costs = {name: np.stack([_cost(language, step) for step in morph]) for name, morph in morphs.items()}
    return {
        "pairs": len(first),
        "temperature": temperature,
        "alpha": alpha[:, 0].tolist(),
        "hamming": {name: (morph != a).float().mean((1, 2, 3)).tolist() for name, morph in morphs.items()},
        "cost": {name: (cost / ends).mean(1).tolist() for name, cost in costs.items()},
        "nats_of_validation": float(ends[0].mean()),
    }


def latent_morphs(model: MusicVAE, a: Tensor, b: Tensor, temperature: float, generator: torch.Generator) -> Tensor:
    """The morphs (points, N, T, P) that `MusicVAE.interpolate` makes between N pairs of tokens (N, T, P), at once."""
    first, last = model.encode_tokens(a).mean, model.encode_tokens(b).mean
    codes = torch.stack([model.interpolate(*ends, POINTS) for ends in zip(first, last, strict=True)], 1)
    tokens = model.decode_tokens(codes.flatten(0, 1), temperature, generator)
    return tokens.unflatten(0, codes.shape[:2])


def language_model(model: MusicVAE, windows: Windows, seed: int = 0) -> list[NgramModel]:
    """One n-gram model for each part, fitted on training windows."""
    rows = np.random.default_rng(seed).permutation(windows.split("train"))
    tokens = windows.tokens[np.sort(rows[: max(1, FITTING_TOKENS // model.converter.steps)])]
    return [NgramModel(tokens[..., part], classes) for part, classes in enumerate(model.converter.classes)]


def _pairs(windows: Windows, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of up to `n` pairs of validation windows, of different groups of songs where there are several."""
    groups = np.array([song["group"] for song in windows.songs])[windows.song_of]
    generator, rows = np.random.default_rng(seed), windows.split("validation")
    pairs = generator.choice(rows, (4 * n, 2))
    apart = pairs[groups[pairs[:, 0]] != groups[pairs[:, 1]]]
    chosen = (apart if len(apart) else pairs)[:n]
    return chosen[:, 0], chosen[:, 1]


def _cost(language: list[NgramModel], tokens: Tensor) -> np.ndarray:
    """The cost (N,) of tokens (N, T, P), summed over the parts."""
    rows = tokens.cpu().numpy()
    return np.sum([part.cost(rows[..., number]) for number, part in enumerate(language)], axis=0)
