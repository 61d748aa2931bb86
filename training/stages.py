"""What comes before a conducted model is trained as a whole: its segments first, then its conductor on their codes.

Segments are quickly learnt by themselves, as codes that go straight from the encoder of segments to their decoder. Then
the upper encoder and the conductor learn to keep whole sequences of these codes, which are computed once.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.distributions import Normal
from torch.nn.functional import softplus

from mvae import MusicVAE
from mvae.conductor import ConductorDecoder
from mvae.elbo import elbo, kl_divergence
from mvae.encoders import HierarchicalEncoder

from .augment import vary
from .descent import descend
from .progress import progress
from .recipe import Recipe
from .windows import CorpusError, Draw, Windows

SEGMENT_BETA, CODE_BETA = 0.05, 0.02
BATCH = 256  # windows whose codes are computed at once, and that the conductor learns from at once
EMPTY = 0.1  # of the segments that only end, the share that is learnt from
PASSES = 1.5  # how often each window is turned into codes, transposed anew each time


class Segments(nn.Module):
    """A model without what is above its segments: the code of each goes straight to the decoder of segments."""

    def __init__(self, model: MusicVAE) -> None:
        super().__init__()
        encoder, decoder = model.encoder, model.decoder
        if not (isinstance(encoder, HierarchicalEncoder) and isinstance(decoder, ConductorDecoder)):
            raise CorpusError("Stages are for models with a hierarchical encoder and a conductor.")
        if not model.config.embedding_size:
            raise CorpusError("Stages need an embedding_size, the width of a segment's code on the way up and down.")
        self.model, self.encoder, self.decoder = model, encoder, decoder
        self.stddev = nn.Linear(encoder.segment.size, model.config.embedding_size)

    def posterior(self, segments: Tensor) -> Normal:
        """Segments (B, L, P) to the posterior of their codes (B, E)."""
        said = self.model.converter.said(segments)
        lengths = (said[..., 0] >= 0).sum(1) if self.model.config.past_end == "unseen" else None
        embedding = self.encoder.segment(self.model.view(said), lengths)
        return Normal(self.encoder.embed(embedding), softplus(self.stddev(embedding)) + 1e-6, validate_args=False)

    def forward(self, segments: Tensor) -> tuple[tuple[Tensor, ...], Normal]:
        q = self.posterior(segments)
        return self.decoder.segment(q.mean + q.stddev * torch.randn_like(q.mean), segments), q


def pretrain(model: MusicVAE, recipe: Recipe, windows: Windows) -> None:
    """Train the segments of `model`, then its conductor on their codes, for the updates that the recipe gives each."""
    with torch.random.fork_rng():
        torch.manual_seed(recipe.seed)
        whole = Segments(model.train())
        batches = _batches(model, recipe, windows)
        rate = recipe.learning_rate
        descend(whole, lambda done: _segment_loss(whole, next(batches), done), recipe.segment_steps, rate, "segments")
        cached = _codes(whole, recipe, windows)
        upper = nn.ModuleList([whole.encoder.whole, whole.decoder.conductor, model.mean, model.stddev])
        descend(upper, lambda done: _code_loss(whole, cached, done), recipe.conductor_steps, rate, "codes")


def _batches(model: MusicVAE, recipe: Recipe, windows: Windows) -> Iterator[Tensor]:
    """Windows (B, T, P) without end, drawn and varied as the recipe has it."""
    draw = Draw(windows, windows.split("train"), recipe.balance)
    rng, generator = np.random.default_rng(recipe.seed), torch.Generator().manual_seed(recipe.seed)
    while True:
        tokens = windows.batch(draw(recipe.batch_size, rng))
        yield vary(tokens, model.converter, recipe.transpose, recipe.drum_mixing, generator)


def _segment_loss(whole: Segments, tokens: Tensor, done: float) -> Tensor:
    """The objective of single segments, per segment; most of those that only end are left out."""
    segments = _segments(whole.model, tokens)
    told = (segments >= 0).sum((1, 2)) > segments.shape[-1]
    segments = segments[told | (torch.rand(len(segments)) < EMPTY)]
    logits, q = whole(segments)
    nats = whole.decoder.segment.nats
    return elbo(logits, segments, q, SEGMENT_BETA * min(1.0, 2 * done) ** 2, nats=nats).loss


def _segments(model: MusicVAE, tokens: Tensor) -> Tensor:
    """The segments (B * S, L, P) of windows (B, T, P), -1 where they say nothing."""
    return model.converter.said(tokens).unflatten(1, (model.converter.segments, -1)).flatten(0, 1)


@torch.no_grad()
def _codes(whole: Segments, recipe: Recipe, windows: Windows) -> Normal:
    """The posteriors of the codes of all segments, (N, S, E), of windows drawn and varied as the recipe has it."""
    batches, segments = _batches(whole.model, recipe, windows), whole.model.converter.segments
    means: list[Tensor] = []
    stddevs: list[Tensor] = []
    for _ in progress(range(int(PASSES * len(windows.split("train")) / recipe.batch_size)), desc="codes of segments"):
        q = whole.posterior(_segments(whole.model, next(batches)))
        means.append(q.mean.unflatten(0, (-1, segments)))
        stddevs.append(q.stddev.unflatten(0, (-1, segments)))
    return Normal(torch.cat(means), torch.cat(stddevs))


def _code_loss(whole: Segments, cached: Normal, done: float) -> Tensor:
    """How far the conductor's embeddings lie from the codes, in units of these' uncertainty, and the KL."""
    rows = torch.randint(len(cached.mean), (BATCH,))
    targets, stddevs = cached.mean[rows], cached.stddev[rows]
    embedding = whole.encoder.whole(targets)
    q = Normal(whole.model.mean(embedding), softplus(whole.model.stddev(embedding)) + 1e-6, validate_args=False)
    found = whole.decoder.conductor(q.mean + q.stddev * torch.randn_like(q.mean))
    distance = (0.5 * ((found - targets) / stddevs) ** 2).sum((1, 2)).mean()
    return distance + CODE_BETA * min(1.0, 2 * done) ** 2 * kl_divergence(q).mean()
