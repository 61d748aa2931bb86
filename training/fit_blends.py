"""Teach a checkpoint's decoder what lies between pieces of music: what it and the language model agree on.

    python -m training.fit_blends CHECKPOINT --data prepared/drums-2bar --steps 3000

A code between those of two tunes says of some steps that either note could be meant, and a decoder that was only ever
shown codes of tunes chooses step by step. The language model, told descriptors that are blended as the codes are, knows
which of these choices make music together. Here the decoder learns to write by itself what is likeliest to both. The
encoder, the prior and the language model stay as they are; two thirds of each update are spent on tunes themselves and
on edits of them, as in `training.fit_operators`, so that it copies and shifts as before. Morphs and palettes of the
checkpoint lead through the noise of its prior from then on.
"""

import copy
import dataclasses
from pathlib import Path
from typing import Annotated

import torch
import typer
from torch import Tensor, nn

from mvae import MusicVAE
from mvae.converters import Converter
from mvae.decoders import LstmDecoder
from mvae.descriptors import descriptors, descriptors_size
from mvae.inputs import START
from mvae.language_model import LanguageModel
from mvae.palette import blended, pair_weights, square_weights
from mvae.profile import profile
from mvae.terminal import sentences, start

from .batches import Batches
from .checkpoint import opened
from .descent import descend
from .fit_operators import edited_nats, operators_of
from .metrics import count_onsets
from .precision import multiplies_in_bf16
from .windows import CorpusError, Windows

CORNERS = 2, 4  # of a blend: the ends of a morph, or the corners of a palette
HEARD = 0.4  # the share that the language model has of a choice in the middle between two tunes
PATIENCE = 0.2  # nats by which onsets get likelier an update, were there none at all


def fit_blends(
    model: MusicVAE,
    windows: Windows,
    steps: int,
    transposition: tuple[int, int] = (0, 0),
    balance: float = 1.0,
    exclude: tuple[str, ...] = (),
    batch_size: int = 48,
    learning_rate: float = 5e-4,
    heard: float = HEARD,
    seed: int = 0,
    bf16: bool = False,
) -> None:
    """Teach the decoder of `model`, which has a language model, blends of tunes in each of `steps` updates.

    `heard` is the share that the language model has of each choice in the middle between two tunes. Sources weigh by
    their size to the power of `balance`; those in `exclude` are left out.
    """
    prior, language, decoder = model.prior, model.language, model.decoder
    if not isinstance(decoder, LstmDecoder) or not descriptors_size(model.converter):
        raise CorpusError("Blends are taught to models of two bars of melody or drums; this one makes other music.")
    if prior is None or not isinstance(language, LanguageModel):
        raise CorpusError("Blends need a prior and a language model: python -m training.fit_prior and fit_language.")
    batches = Batches(windows, model.converter, batch_size, transposition, balance, exclude, seed)
    operators, duet = operators_of(model, seed), Duet(copy.deepcopy(decoder), language, model.converter)

    @torch.no_grad()
    def learnt(tunes: Tensor) -> tuple[Tensor, Tensor]:
        """The codes of blends of tunes, and those of the tunes themselves; and what is to be written from them."""
        weights = blend_weights(len(tunes), batches.generator)
        own = model.posterior(tunes).mean
        codes = blended(prior, own, profile(model.converter, tunes), weights)
        return torch.cat([codes, own]), torch.cat([duet.write(codes, tunes, weights, heard), tunes])

    def loss(_: float) -> Tensor:
        codes, wanted = learnt(batches())
        nats = model.decoder.nats(model.decoder(codes, wanted), wanted)
        return 2 * nats.mean() + edited_nats(model, operators, batches(), batches.generator).mean()

    descend(nn.ModuleList([model.decoder, operators]), loss, steps, learning_rate, "blends", bf16)
    model.adopt_operators(operators)
    model.config = dataclasses.replace(model.config, space="noise")


def blend_weights(n: int, generator: torch.Generator) -> Tensor:
    """The weights (N, N) of blends of n tunes: of each with one other, or with three as on a palette."""
    weights = torch.zeros(n, n)
    for row in range(n):
        corners = torch.randperm(n, generator=generator)[: CORNERS[row % 2]]
        at = torch.rand(2, generator=generator)
        weights[row, corners] = pair_weights(at[0]) if len(corners) == 2 else square_weights(at)
    return weights


def mixture(weights: Tensor) -> Tensor:
    """How mixed blends of these weights (N, K) are (N,): 0 where they are one corner, 1 between two or more."""
    return (2 * (1 - weights.square().sum(-1))).clamp(max=1)


class Duet:
    """A decoder of codes and a language model, which choose each token together.

    What is likeliest at each step is thinner than music, the more so the less a code says. So onsets are made likelier
    in blends, by an `urge` in nats that follows how many are lacking.
    """

    def __init__(self, decoder: LstmDecoder, language: LanguageModel, converter: Converter) -> None:
        self.decoder, self.language, self.converter = decoder, language.decoder, converter
        every = torch.arange(converter.classes[0]).view(-1, 1, 1)
        self.onsets = torch.stack([count_onsets(converter, one, one).wanted[0] for one in every.split(1)])
        self.urge = 0.0

    def write(self, codes: Tensor, tunes: Tensor, weights: Tensor, heard: float) -> Tensor:
        """The tokens (N, T, 1) of blended codes (N, Z) of tunes (K, T, 1), by their weights (N, K)."""
        mixed = mixture(weights).unsqueeze(-1)
        told = weights @ descriptors(self.converter, tunes)
        by_code, by_ear = self.decoder.following(codes), self.language.following(told)
        bias = self.urge * mixed * self.onsets
        last = torch.full((len(codes), 1), START)
        written: list[Tensor] = []
        for _ in range(self.decoder.steps):
            chances = torch.lerp(by_code(last).log_softmax(-1), by_ear(last).log_softmax(-1), heard * mixed)
            last = (chances + bias).argmax(-1, keepdim=True)
            written.append(last)
        tokens = torch.stack(written, 1)
        self._follow(tokens, tunes, weights)
        return self.converter.canonical(tokens)

    def _follow(self, written: Tensor, tunes: Tensor, weights: Tensor) -> None:
        """Make onsets likelier where fewer were written than the blended tunes have, else less likely."""
        wanted = (weights @ self.onsets[tunes[..., 0]].sum(1)).sum()
        found = self.onsets[written[..., 0]].sum()
        self.urge += PATIENCE * float(1 - found / wanted.clamp(min=1))


@sentences()
def main(
    checkpoint: Annotated[Path, typer.Argument(help="A checkpoint folder; its decoder is trained further.")],
    data: Annotated[Path, typer.Option(help="Windows from training.prepare.")],
    steps: Annotated[int, typer.Option(help="Updates.")] = 3000,
    heard: Annotated[float, typer.Option(help="The share of the language model between two tunes.")] = HEARD,
    balance: Annotated[float, typer.Option(help="Sources weigh by their size to this power.")] = 1.0,
    exclude: Annotated[list[str], typer.Option(help="A source to leave out; repeat for more.")] = [],  # noqa: B006
    low: Annotated[int, typer.Option(help="The lowest transposition in semitones.")] = -5,
    high: Annotated[int, typer.Option(help="The highest transposition in semitones.")] = 6,
) -> None:
    """Teach a checkpoint's decoder what lies between pieces of music."""
    with opened(checkpoint) as model:
        windows, transposition = Windows.load(data), (low, high)
        left_out, bf16 = tuple(exclude), multiplies_in_bf16()
        fit_blends(model, windows, steps, transposition, balance, left_out, heard=heard, bf16=bf16)
        model.save_pretrained(checkpoint)
    typer.echo(f"{checkpoint} has learnt what lies between pieces of music.")


if __name__ == "__main__":
    start(main)
