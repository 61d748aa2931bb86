"""Ported models against numbers that the original's own code put out; needs `../shared/magenta`, which users lack.

Its weights are random and its models tiny; there is one for each of Magenta's configs. Sums of thousands of nats are
compared within a few units in the last place of float32, in which the original wrote them down.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import softplus

from mvae import MusicVAE
from mvae.groove_decoder import GrooveDecoder
from mvae.inputs import shift
from mvae.magenta import MAGENTA
from mvae.nade import NadeDecoder
from training.magenta.porting import port

FOLDER = Path(__file__).parents[2] / "shared" / "magenta"
LAST_PLACES = 3e-7  # of a sum in float32, relative
pytestmark = [
    pytest.mark.skipif(not FOLDER.exists(), reason="the numbers of ../shared/magenta are not on this machine"),
    pytest.mark.parametrize("name", MAGENTA),
]


@cache
def golden(name: str) -> dict[str, Tensor]:
    with np.load(FOLDER / "configs" / name / "golden.npz") as arrays:
        return {key: torch.from_numpy(arrays[key]) for key in arrays.files if not key.startswith("var:")}


@cache
def model_of(name: str) -> MusicVAE:
    return port(FOLDER / "configs" / name).model


def control_of(name: str) -> Tensor | None:
    control = golden(name)["control"].float()
    return control if control.shape[-1] else None


def counted(name: str) -> Tensor:
    """Which steps (B, T) are within the length of the sequence, or of its segment."""
    lengths, steps = golden(name)["length"], golden(name)["y"].shape[1]
    each = steps // lengths.shape[1] if lengths.dim() == 2 else steps
    return (torch.arange(each) < lengths.unsqueeze(-1)).reshape(len(lengths), steps)


def tokens_of(name: str, rows: Tensor) -> Tensor:
    """What the original writes as rows (B, T, depth) as tokens of ours."""
    model = model_of(name)
    if isinstance(model.decoder, NadeDecoder):
        return model.decoder.view.masks(rows)
    return torch.stack([part.argmax(-1) for part in rows.float().split(model.converter.classes, -1)], -1)


@torch.no_grad()
def test_posterior(name: str):
    model, wanted, control = model_of(name), golden(name), control_of(name)
    rows = wanted["x"].float() if control is None else torch.cat([wanted["x"], control], -1)
    embedding = model.encoder(rows, None if counted(name).all() else wanted["length"].long())
    torch.testing.assert_close(model.mean(embedding), wanted["mu"], rtol=0, atol=1e-5)
    torch.testing.assert_close(softplus(model.stddev(embedding)), wanted["sigma"], rtol=0, atol=1e-5)


@torch.no_grad()
def test_teacher_forced_logits_and_losses(name: str):
    decoder, wanted, control = model_of(name).decoder, golden(name), control_of(name)
    z, y, mask = wanted["z"], wanted["y"].float(), counted(name)
    if isinstance(decoder, GrooveDecoder):
        outputs = decoder.outputs(z, torch.cat([torch.zeros_like(y[:, :1]), y[:, :-1]], 1), control)
        losses = (decoder.cost(outputs, y) * mask).sum(-1)
    else:
        tokens = tokens_of(name, y)
        logits = decoder(z, tokens, None, control)
        losses = decoder.nats(logits, tokens.where(mask.unsqueeze(-1), -1))
        outputs = torch.cat(logits, -1)
        if isinstance(decoder, NadeDecoder):
            outputs = decoder.outputs(z, decoder.view(shift(tokens)), control)
    torch.testing.assert_close(losses, wanted["r_loss"], rtol=LAST_PLACES, atol=1e-4)
    if "logits_teacher_forced" in wanted:  # but for two hierarchical trios, whose logits the original cannot put out
        if wanted["length"].dim() == 2:  # where the longest of each segment is all that was kept
            kept = torch.cat([torch.arange(64) < longest for longest in wanted["length"].amax(0)])
            outputs, mask = outputs[:, kept], mask[:, kept]
        mask = mask.unsqueeze(-1)
        found, logits = outputs * mask, wanted["logits_teacher_forced"] * mask
        torch.testing.assert_close(found, logits, rtol=0, atol=1e-5)


@torch.no_grad()
def test_greedy_decoding(name: str, monkeypatch: pytest.MonkeyPatch):
    model, wanted, control = model_of(name), golden(name), control_of(name)
    told = None if control is None else control[:1].expand_as(control)  # the original has one for the whole batch
    if isinstance(model.decoder, GrooveDecoder):
        monkeypatch.setattr(model.decoder, "_tokens", lambda written: written)  # rows, before they are rounded
        found = model.decoder.generate(wanted["z"], None, None, None, told)
        torch.testing.assert_close(found, wanted["sample_argmax"], rtol=0, atol=1e-5)
    else:
        found = model.decoder.generate(wanted["z"], None, None, None, told)
        assert torch.equal(found, tokens_of(name, wanted["sample_argmax"]))
