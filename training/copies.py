"""Whether new music is new: how much of it occurs in the music that was learnt."""

import numpy as np
from torch import Tensor

from mvae.converters.melody import FIRST_ON

from .windows import Windows


def copies(windows: Windows, samples: Tensor, exclude: tuple[str, ...] = ()) -> dict[str, float]:
    """Shares of `samples` (N, T, P): `distinct` ones, and those `copied` from a training window, melodies in any key.

    `held_out` is the share of validation windows that occur in training songs, which songs have in common by nature;
    `prepare` takes those out that are note for note the same, so of melodies it is of transposed ones.
    """
    seen = {_in_any_key(windows, window) for window in windows.tokens[windows.split("train")]}
    rows = windows.split("validation", exclude)
    pieces = samples.cpu().numpy()
    return {
        "distinct": len({one.tobytes() for one in pieces}) / len(pieces),
        "copied": _share(windows, pieces, seen),
        "held_out": _share(windows, windows.tokens[rows], seen),
    }


def _share(windows: Windows, pieces: np.ndarray, seen: set[bytes]) -> float:
    return float(np.mean([_in_any_key(windows, one) in seen for one in pieces])) if len(pieces) else 0.0


def _in_any_key(windows: Windows, window: np.ndarray) -> bytes:
    """What all transpositions of a window (T, P) have in common."""
    window = window.astype(np.int16)
    if windows.kind not in ("melody", "trio"):
        return window.tobytes()
    lines = window[:, :2]  # of a trio the drums stand third
    lowest = lines.min(where=lines >= FIRST_ON, initial=np.iinfo(np.int16).max)
    return np.concatenate([np.where(lines >= FIRST_ON, lines - lowest + FIRST_ON, lines), window[:, 2:]], 1).tobytes()
