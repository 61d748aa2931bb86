"""What density edits leave of real tunes: how many notes there are then, whose they are, and in which key."""

from typing import Any

import numpy as np
import torch

from mvae import MusicVAE
from mvae.attributes import measure

from .effects import DENSITY, WAYS, in_key_of
from .metrics import count_onsets
from .windows import Windows

HITS = "drum_density"


def edits(model: MusicVAE, windows: Windows, rows: np.ndarray) -> dict[str, Any] | None:
    """Figures of `shift` by 1 and by -1 of the density of the windows `rows`, decoded greedily.

    `onsets` is by which share there are more, `kept` the share of the tune's own that are still there, `original`
    the share of those there that are the tune's; of melodies `in_key` is the share of notes in the major key that fits
    the tune best, and `own_key` the tune's own. None where the model cannot shift density.
    """
    tunes = windows.batch(rows).to(model.device)
    name = next((name for name in (DENSITY, HITS) if name in measure(tunes, model.config.kind)), None)
    if name is None or name not in {*model.attributes, *model.config.operators}:
        return None
    z = model.encode_tokens(tunes).mean
    shifted = {way: model.decode_tokens(model.shift(z, {name: sign})) for way, sign in WAYS.items()}
    return {
        "attribute": name,
        "windows": len(rows),
        **{way: _figures(model, tunes, after) for way, after in shifted.items()},
    }


def _figures(model: MusicVAE, before: torch.Tensor, after: torch.Tensor) -> dict[str, float]:
    wanted, found, right = (float(count[0]) for count in count_onsets(model.converter, before.cpu(), after.cpu()))
    figures = {"onsets": found / wanted - 1, "kept": right / wanted, "original": right / max(1.0, found)}
    if model.config.kind != "drums":
        own, then = in_key_of(before[..., 0], after[..., 0])
        figures |= {"own_key": own, "in_key": then}
    return figures
