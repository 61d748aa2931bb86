"""What a reconstruction is worth, as the design defines it: accuracies, note F1, KL."""

import math
from collections import Counter
from typing import NamedTuple

import torch
from torch import Tensor

from mvae import MusicVAE
from mvae.converters import Converter
from mvae.converters.melody import FIRST_ON
from mvae.converters.multitrack import band_of
from mvae.elbo import kl_divergence

BATCH = 256
ACCURACIES = "teacher_forced", "greedy", "sampled", "mean_greedy"
F1S = "note_f1", "mean_note_f1"  # of a code drawn from the posterior, of its mean


class Onsets(NamedTuple):
    """How many onsets were wanted, how many were found, and how many of these were right, of each part (P,)."""

    wanted: Tensor
    found: Tensor
    right: Tensor


@torch.inference_mode()
def reconstruction(model: MusicVAE, tokens: Tensor, seed: int = 0) -> dict[str, float]:
    """Figures over tokens (N, T, P), with z drawn from the posterior; accuracies are shares of all steps.

    `teacher_forced`, `greedy` and `sampled` (T = 1) accuracy, `note_f1` of the greedy decoding (onsets with the right
    pitch or drum at the right step, micro-averaged), `kl_bits` and `reconstruction_nats` a sequence. Where there are
    several parts, the first four follow for each, as `bass_greedy`. Tokens that say nothing, the ends that fill up the
    steps of an instrument, do not count; where there are such, `padded_greedy` and so on count them too. `mean_greedy`
    and `mean_note_f1` are of the posterior mean, which is what `reconstruct` and all that starts from music decode.
    """
    converter, generator = model.converter, torch.Generator(model.device).manual_seed(seed)
    right = {name: torch.zeros(converter.parts) for name in ACCURACIES}
    padded = dict.fromkeys(ACCURACIES, 0)
    steps, onsets, bits, nats = torch.zeros(converter.parts), torch.zeros(2, 3, converter.parts), 0.0, 0.0
    for batch in tokens.to(model.device).split(BATCH):
        q, said = model.encode_tokens(batch), converter.said(batch)
        z = q.mean + q.stddev * torch.randn(q.mean.shape, generator=generator, device=model.device)
        control = model.control.complete(None, len(batch), model.device, batch)
        logits = model.decoder(z, batch, None, control)
        greedy = model.decode_tokens(z, None, None, control)
        sampled = model.decode_tokens(z, 1.0, generator, control)
        forced = model.decoder.likeliest(logits)
        mean = model.decode_tokens(q.mean, None, None, control)
        for name, guess in zip(ACCURACIES, (forced, greedy, sampled, mean), strict=True):
            right[name] += (guess == said).sum((0, 1)).cpu()
            padded[name] += int((guess == batch).sum())
        steps += (said >= 0).sum((0, 1)).cpu()
        for number, guess in enumerate((greedy, mean)):
            onsets[number] += torch.stack(count_onsets(converter, batch.cpu(), guess.cpu()))
        bits += float(kl_divergence(q).sum()) / math.log(2)
        nats += float(model.decoder.nats(logits, said).sum())
    shares = {name: float(count.sum() / steps.sum()) for name, count in right.items()}
    figures = {**shares, "kl_bits": bits / len(tokens)}
    figures |= {name: _f1(counts.sum(-1)) for name, counts in zip(F1S, onsets, strict=True)}
    if steps.sum() < tokens.numel():
        figures |= {f"padded_{name}": count / tokens.numel() for name, count in padded.items()}
    if converter.parts > 1:
        for p, part in enumerate(converter.names):
            figures |= {f"{part.lower()}_{name}": float(count[p] / steps[p]) for name, count in right.items()}
            figures |= {f"{part.lower()}_{name}": _f1(counts[:, p]) for name, counts in zip(F1S, onsets, strict=True)}
    return {**figures, "reconstruction_nats": nats / len(tokens)}


def count_onsets(converter: Converter, wanted: Tensor, found: Tensor) -> Onsets:
    """The onsets of each part in tokens (N, T, P) that were `wanted`, and in those that were `found` in their place."""
    if converter.kind == "multitrack":
        return _band_onsets(wanted, found)
    parts = [
        _drum_onsets(wanted[..., p], found[..., p], bits) if bits else _melody_onsets(wanted[..., p], found[..., p])
        for p, bits in enumerate(converter.masks)
    ]
    return Onsets(*torch.tensor(parts, dtype=torch.float).T)


def _melody_onsets(wanted: Tensor, found: Tensor) -> tuple[int, int, int]:
    onsets = wanted >= FIRST_ON
    return int(onsets.sum()), int((found >= FIRST_ON).sum()), int((onsets & (wanted == found)).sum())


def _drum_onsets(wanted: Tensor, found: Tensor, bits: int) -> tuple[int, int, int]:
    def hits(masks: Tensor) -> int:
        return int((masks.unsqueeze(-1) >> torch.arange(bits) & 1).sum())

    return hits(wanted), hits(found), hits(wanted & found)


def _band_onsets(wanted: Tensor, found: Tensor) -> Onsets:
    counts = torch.zeros(3)
    for pair in zip(wanted.numpy(), found.numpy(), strict=True):
        one, other = (
            Counter((a.is_drum, a.program, n.start, n.pitch) for a in band_of(row[:, 0]) for n in a.notes)
            for row in pair
        )
        counts += torch.tensor([one.total(), other.total(), (one & other).total()])
    return Onsets(*counts.unsqueeze(-1))


def _f1(counts: Tensor) -> float:
    wanted, found, right = counts.tolist()
    return 2 * right / max(1, found + wanted)
