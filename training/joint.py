"""Train a checkpoint's codec and prior together, so that codes lie where the prior can learn them.

    python -m training.joint CHECKPOINT --data prepared/drums-2bar --steps 12000

A prior fitted to finished codes has to learn every fold of a space that was made for copying alone. Here a posterior
pays for what the flow does not know of it, in place of its distance from N(0, I): the variational bound of Kingma et
al. 2021, "Variational Diffusion Models", for straight lines from noise to codes. The operators of `training.
fit_operators` are learnt along. Afterwards `training.fit_prior --start CHECKPOINT` fits the prior to the end.
"""

import math
from pathlib import Path
from typing import Annotated

import torch
import typer
from torch import Tensor

from mvae import MusicVAE
from mvae.prior import FlowPrior
from mvae.profile import profile
from mvae.terminal import sentences, start

from .augment import recombine
from .batches import Batches
from .checkpoint import opened
from .descent import descend
from .fit_operators import draw_edits, operators_of
from .fit_prior import UNTOLD
from .precision import multiplies_in_bf16
from .windows import CorpusError, Windows

LATEST = 0.98  # of the way from noise to codes: beyond it the bound weighs what nobody can know
TIMES = 4  # at which the flow is asked about each code


def train_jointly(
    model: MusicVAE,
    windows: Windows,
    steps: int,
    beta: float,
    transposition: tuple[int, int] = (0, 0),
    drum_mixing: float = 0.0,
    recombination: float = 0.0,
    balance: float = 1.0,
    exclude: tuple[str, ...] = (),
    batch_size: int = 64,
    learning_rate: float = 5e-4,
    seed: int = 0,
    bf16: bool = False,
) -> None:
    """Train all of `model`, which has a prior, by `steps` updates; `beta` weighs the rate against the copying."""
    prior = model.prior
    if prior is None:
        raise CorpusError("The checkpoint has no prior to train with; python -m training.fit_prior gives it one.")
    batches = Batches(windows, model.converter, batch_size, transposition, balance, exclude, seed)
    generator = batches.generator
    model.adopt_operators(operators := operators_of(model, seed))

    def loss(_: float) -> Tensor:
        tunes = batches(drum_mixing)
        if recombination:
            tunes = recombine(tunes, model.converter, recombination, generator)
        edit = draw_edits(model, tunes, generator)
        q = model.posterior(tunes)
        codes = q.mean + q.stddev * torch.randn(q.mean.shape, generator=generator)
        logits = model.decoder(operators(codes, edit.attribute, edit.amount), edit.wanted)
        copying = model.decoder.nats(logits, edit.wanted).mean()
        told = profile(model.converter, tunes)
        told = told.masked_fill(torch.rand(len(told), 1, generator=generator) < UNTOLD, math.nan)
        rate = bound(prior, codes, told, generator) - q.stddev.log().sum(-1)
        noise, time = torch.randn(codes.shape, generator=generator), torch.rand(len(codes), generator=generator)
        return copying + beta * rate.mean() + prior.loss(codes.detach(), noise, time, told)

    descend(model, loss, steps, learning_rate, "codec and prior", bf16)


def bound(prior: FlowPrior, codes: Tensor, profiles: Tensor, generator: torch.Generator) -> Tensor:
    """An upper bound of -log p(z) of codes (B, Z), but for a constant, by a few draws: (B,), in nats."""
    target = ((codes - prior.mean) / prior.scale).repeat(TIMES, 1)
    time = LATEST * torch.rand(len(target), generator=generator)
    noise = torch.randn(target.shape, generator=generator)
    velocity = prior.velocity(torch.lerp(noise, target, time[:, None]), time, profiles.repeat(TIMES, 1))
    error = (velocity - (target - noise)).square().sum(-1)
    return (time / (1 - time) * error).unflatten(0, (TIMES, -1)).mean(0)


@sentences()
def main(
    checkpoint: Annotated[Path, typer.Argument(help="A checkpoint folder with a prior; all of it is trained further.")],
    data: Annotated[Path, typer.Option(help="Windows from training.prepare.")],
    steps: Annotated[int, typer.Option(help="Updates.")] = 12_000,
    beta: Annotated[float, typer.Option(help="How much a bit of the code costs.")] = 0.3,
    balance: Annotated[float, typer.Option(help="Sources weigh by their size to this power.")] = 1.0,
    exclude: Annotated[list[str], typer.Option(help="A source to leave out; repeat for more.")] = [],  # noqa: B006
    low: Annotated[int, typer.Option(help="The lowest transposition in semitones.")] = 0,
    high: Annotated[int, typer.Option(help="The highest transposition in semitones.")] = 0,
    drum_mixing: Annotated[float, typer.Option(help="The share of beats with another's cymbals.")] = 0.0,
    batch_size: Annotated[int, typer.Option(help="Windows an update.")] = 64,
    recombination: Annotated[float, typer.Option(help="The share of bars or parts that are another's.")] = 0.0,
) -> None:
    """Train a checkpoint's codec and prior together."""
    with opened(checkpoint) as model:
        train_jointly(
            model,
            Windows.load(data),
            steps,
            beta,
            (low, high),
            drum_mixing,
            recombination,
            balance,
            tuple(exclude),
            batch_size,
            bf16=multiplies_in_bf16(),
        )
        model.save_pretrained(checkpoint)
    typer.echo(f"{checkpoint} has learnt its codes together with its prior.")


if __name__ == "__main__":
    start(main)
