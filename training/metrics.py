"""What a reconstruction is worth, as the design defines it: accuracies, note F1, KL."""

import math

import torch
from torch import Tensor

from mvae import MusicVAE
from mvae.converters.melody import FIRST_ON
from mvae.elbo import elbo, kl_divergence

BATCH = 256


@torch.inference_mode()
def reconstruction(model: MusicVAE, tokens: Tensor, seed: int = 0) -> dict[str, float]:
    """Figures over tokens (N, T, P), with z drawn from the posterior; accuracies are shares of all steps.

    `teacher_forced`, `greedy` and `sampled` (T = 1) accuracy, `note_f1` of the greedy decoding (onsets with the right
    pitch at the right step, micro-averaged), `kl_bits` and `reconstruction_nats` a sequence.
    """
    generator = torch.Generator(model.device).manual_seed(seed)
    sums: dict[str, float] = dict.fromkeys(("teacher_forced", "greedy", "sampled", "kl_bits", "nats"), 0.0)
    hits = found = wanted = 0
    for batch in tokens.to(model.device).split(BATCH):
        q = model.encode_tokens(batch)
        z = q.mean + q.stddev * torch.randn(q.mean.shape, generator=generator, device=model.device)
        logits = model.decoder(z, batch)
        greedy, sampled = model.decode_tokens(z), model.decode_tokens(z, 1.0, generator)
        forced = torch.stack([part.argmax(-1) for part in logits], -1)
        for name, guess in (("teacher_forced", forced), ("greedy", greedy), ("sampled", sampled)):
            sums[name] += float((guess == batch).float().mean()) * len(batch)
        sums["kl_bits"] += float(kl_divergence(q).sum()) / math.log(2)
        sums["nats"] += float(elbo(logits, batch, q).reconstruction) * len(batch)
        onsets, right = batch >= FIRST_ON, greedy == batch
        hits, found = hits + int((onsets & right).sum()), found + int((greedy >= FIRST_ON).sum())
        wanted += int(onsets.sum())
    means = {name: value / len(tokens) for name, value in sums.items()}
    nats = means.pop("nats")
    return {**means, "note_f1": 2 * hits / max(1, found + wanted), "reconstruction_nats": nats}
