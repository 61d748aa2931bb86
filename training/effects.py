"""What attributes do to music: the table of Roberts et al. 2018, Figure 4, and what more notes leave intact."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from mvae import MusicVAE
from mvae.attributes import measure
from mvae.converters.melody import FIRST_ON, LOWEST

from .realism import KEYS

DENSITY = "note_density"
WAYS = {"add": 1.0, "subtract": -1.0}


def effects(model: MusicVAE, codes: int = 256, seed: int = 0) -> dict[str, Any]:
    """By how many per cent each attribute, added and subtracted, changes the mean of each attribute over prior codes.

    Decoding is greedy. `own_largest` counts those that change themselves most. For note density there
    are also `tonal_centre`, the mean share of notes in the major key that fits the unaltered melody best, and
    `repeats_among_added`, the share of new onsets at the pitch of the note before.
    """
    z = model.sample_codes(codes, torch.Generator(model.device).manual_seed(seed))
    plain, kind = model.decode_tokens(z), model.converter.kind
    names = [name for name in measure(plain, kind) if name in model.attributes]
    base = _means(plain, kind, names)
    results: dict[str, Any] = {"codes": codes, "base": base, "own_largest": {}}
    for way, sign in WAYS.items():
        moved = {name: model.decode_tokens(model.shift(z, {name: sign})) for name in names}
        results[way] = {name: _changes(base, _means(tokens, kind, names)) for name, tokens in moved.items()}
        results["own_largest"][way] = sum(_own_is_largest(changes, name) for name, changes in results[way].items())
        if DENSITY in moved:
            results.setdefault("density", {})[way] = _density_effects(plain[..., 0], moved[DENSITY][..., 0])
    return results


def in_key_of(before: Tensor, after: Tensor) -> tuple[float, float]:
    """The mean shares of notes of melodies (N, T), `before` and `after`, in the major keys that fit `before` best."""
    shares = [_shares_in_keys(melodies) for melodies in (before, after)]
    key = shares[0].argmax(1)[:, None]
    first, second = (float(np.nanmean(np.take_along_axis(share, key, 1))) for share in shares)
    return first, second


def repeats_among_added(before: Tensor, after: Tensor) -> float:
    """The share of onsets of melodies `after` (N, T), at steps without one `before`, that repeat the last pitch."""
    added = repeats = 0
    for old, new in zip(before.tolist(), after.tolist(), strict=True):
        last = None
        for token, was in zip(new, old, strict=True):
            if token >= FIRST_ON:
                added += was < FIRST_ON
                repeats += was < FIRST_ON and token == last
                last = token
    return repeats / max(1, added)


def _density_effects(before: Tensor, after: Tensor) -> dict[str, float]:
    tonal, moved = in_key_of(before, after)
    return {
        "tonal_centre_before": tonal,
        "tonal_centre_after": moved,
        "repeats_among_added": repeats_among_added(before, after),
    }


def _means(tokens: Tensor, kind: str, names: list[str]) -> dict[str, float]:
    measured = measure(tokens, kind)
    return {name: float(measured[name].nanmean()) for name in names}


def _changes(base: dict[str, float], moved: dict[str, float]) -> dict[str, float | None]:
    """Per cent of change of each attribute; None where there was nothing of it."""
    return {name: 100 * (moved[name] - value) / value if value else None for name, value in base.items()}


def _own_is_largest(changes: dict[str, float | None], name: str) -> bool:
    return abs(changes[name] or 0) >= max(abs(change or 0) for change in changes.values())


def _shares_in_keys(melodies: Tensor) -> np.ndarray:
    """The share of notes (N, 12) of melodies (N, T) in each major key; NaN where there is no note."""
    tokens = melodies.cpu().numpy()
    onsets = (tokens >= FIRST_ON)[:, None]
    within = KEYS[:, (tokens - FIRST_ON + LOWEST) % 12].transpose(1, 0, 2) & onsets
    with np.errstate(invalid="ignore"):
        return within.sum(2) / onsets.sum(2)
