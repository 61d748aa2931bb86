"""What comes before a conducted model is trained as a whole: its segments first, then its conductor on their codes.

Segments are quickly learnt by themselves, as codes that go straight from the encoder of segments to their decoder; a
model whose parts are read apart learns them part by part. Then the upper encoder and the conductor learn to keep whole
sequences of these codes, which are computed once.
"""

import dataclasses
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.distributions import Normal
from torch.nn.functional import softplus

from mvae import Config, MusicVAE
from mvae.conductor import ConductorDecoder
from mvae.elbo import elbo, kl_divergence
from mvae.encoders import HierarchicalEncoder, PartsEncoder

from .augment import augment, shuffle
from .descent import descend
from .progress import progress
from .recipe import Recipe
from .windows import CorpusError, Draw, Windows

SEGMENT_BETA, CODE_BETA = 0.05, 0.02
SEGMENT_RATE = 4e-3  # segments bear twice the rate of the whole, and learn in half the time
SEGMENTS = 256  # that are learnt from at once
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
        mean, stddev = self.encoder.embed(embedding).float(), self.stddev(embedding).float()
        return Normal(mean, softplus(stddev) + 1e-6, validate_args=False)

    def forward(self, segments: Tensor) -> tuple[tuple[Tensor, ...], Normal]:
        q = self.posterior(segments)
        return self.decoder.segment(q.mean + q.stddev * torch.randn_like(q.mean), segments), q


def pretrain(model: MusicVAE, recipe: Recipe, windows: Windows, bf16: bool = False) -> None:
    """Train the segments of `model`, then its conductor on their codes, for the updates that the recipe gives each."""
    with torch.random.fork_rng():
        torch.manual_seed(recipe.seed)
        whole = Segments(model.train())
        if model.config.parts_read == "apart":
            _train_parts(whole, recipe, windows, bf16)
        else:
            _train_segments(whole, recipe, windows, bf16)
        cached = _codes(whole, recipe, windows)
        parts = model.converter.parts if model.config.parts_read == "apart" else 1
        upper = nn.ModuleList([whole.encoder.whole, whole.decoder.conductor, model.mean, model.stddev])

        def loss(done: float) -> Tensor:
            return _code_loss(whole, _drawn(cached, parts, recipe.recombination), done)

        descend(upper, loss, recipe.conductor_steps, recipe.learning_rate, "codes", bf16)


def _train_segments(whole: Segments, recipe: Recipe, windows: Windows, bf16: bool) -> None:
    batches = _batches(whole.model, recipe, windows, max(1, SEGMENTS // whole.model.converter.segments))

    def loss(done: float) -> Tensor:
        return _segment_loss(whole, next(batches), done)

    descend(whole, loss, recipe.segment_steps, SEGMENT_RATE, "segments", bf16)


def _train_parts(whole: Segments, recipe: Recipe, windows: Windows, bf16: bool) -> None:
    """Train the segments of each part by themselves, those of parts with the same tokens as one."""
    converter = whole.model.converter
    alike: dict[tuple[int, int], list[int]] = {}
    for part, tokens in enumerate(zip(converter.classes, converter.masks, strict=True)):
        alike.setdefault(tokens, []).append(part)
    for (_, bits), parts in alike.items():
        single = Segments(MusicVAE(_of_one_part(whole.model, bits)).train())
        _train_segments(single, recipe, _columns(windows, parts, single.model.converter.kind), bf16)
        for part in parts:
            _graft(single, whole, part)


def _of_one_part(model: MusicVAE, bits: int) -> Config:
    """The config of a model of drums, or of a melody, whose segments are those of a part of `model`."""
    config = model.config
    return dataclasses.replace(
        config,
        kind="drums" if bits else "melody",
        decoder="lstm",
        parts_read="together",
        embedding_size=config.embedding_size // model.converter.parts,
    )


def _columns(windows: Windows, parts: list[int], kind: str) -> Windows:
    """The windows of single parts, one after the other."""
    tokens = np.concatenate([windows.tokens[..., part : part + 1] for part in parts])
    return Windows(tokens, np.tile(windows.song_of, len(parts)), windows.songs, kind, windows.bars)


@torch.no_grad()
def _graft(single: Segments, whole: Segments, part: int) -> None:
    """Make the segments of a `part` those of `single`, which neither hear the code of other parts nor tell it."""
    encoder, decoder = whole.encoder.segment, whole.decoder.segment
    assert isinstance(encoder, PartsEncoder)
    encoder.parts[part].load_state_dict(single.encoder.segment.state_dict())
    size, width = single.stddev.weight.shape
    rows, columns = slice(part * size, (part + 1) * size), slice(part * width, (part + 1) * width)
    for own, other in ((single.encoder.embed, whole.encoder.embed), (single.stddev, whole.stddev)):
        assert isinstance(own, nn.Linear)
        assert isinstance(other, nn.Linear)
        other.weight[rows] = 0
        other.weight[rows, columns] = own.weight
        other.bias[rows] = own.bias
    target = decoder.get_submodule(f"parts.{part}")
    weights = single.decoder.segment.state_dict()
    for name, weight in target.state_dict().items():
        wider = weight.shape != weights[name].shape  # it is what reads the code
        weight.zero_()[..., rows if wider else slice(None)] = weights[name]


def _batches(model: MusicVAE, recipe: Recipe, windows: Windows, size: int) -> Iterator[Tensor]:
    """Windows (B, T, P) without end, `size` at a time, drawn and varied as the recipe has it."""
    draw = Draw(windows, windows.split("train"), recipe.balance)
    rng, generator = np.random.default_rng(recipe.seed), torch.Generator().manual_seed(recipe.seed)
    while True:
        yield augment(windows.batch(draw(size, rng)), model.converter, recipe, generator)


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
    size, segments = recipe.batch_size, whole.model.converter.segments
    batches = _batches(whole.model, recipe, windows, size)
    means: list[Tensor] = []
    stddevs: list[Tensor] = []
    for _ in progress(range(int(PASSES * len(windows.split("train")) / size)), desc="codes of segments"):
        q = whole.posterior(_segments(whole.model, next(batches)))
        means.append(q.mean.unflatten(0, (-1, segments)))
        stddevs.append(q.stddev.unflatten(0, (-1, segments)))
    return Normal(torch.cat(means), torch.cat(stddevs), validate_args=False)


def _drawn(cached: Normal, parts: int, recombination: float) -> Normal:
    """The posteriors of `BATCH` windows (B, S, E), a share of whose parts are those of others."""
    rows = torch.randint(len(cached.mean), (BATCH,))
    who = rows.unsqueeze(-1).expand(-1, parts)
    if recombination:
        who = shuffle(who.unsqueeze(-1), recombination).squeeze(-1)
    mean, stddev = (
        torch.cat([own[who[:, part]] for part, own in enumerate(values.chunk(parts, -1))], -1)
        for values in (cached.mean, cached.stddev)
    )
    return Normal(mean, stddev, validate_args=False)


def _code_loss(whole: Segments, cached: Normal, done: float) -> Tensor:
    """How far the conductor's embeddings lie from codes, in units of these' uncertainty, and the KL."""
    embedding = whole.encoder.summary(cached.mean)
    mean, stddev = whole.model.mean(embedding).float(), whole.model.stddev(embedding).float()
    q = Normal(mean, softplus(stddev) + 1e-6, validate_args=False)
    found = whole.decoder.conductor(q.mean + q.stddev * torch.randn_like(q.mean)).float()
    distance = (0.5 * ((found - cached.mean) / cached.stddev) ** 2).sum((1, 2)).mean()
    return distance + CODE_BETA * min(1.0, 2 * done) ** 2 * kl_divergence(q).mean()
