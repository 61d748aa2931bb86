"""Fit a checkpoint's prior: the flow from which `sample` draws codes.

    python -m training.fit_prior CHECKPOINT --data prepared/mel-2bar --steps 15000

The encoder and decoder stay as they are. Codes are drawn anew at each update from the posteriors of training windows
that were transposed at random, so that the flow learns where real music lies in all keys.
"""

import math
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from torch import Tensor
from torch.distributions import Normal

from mvae import MusicVAE
from mvae.prior import BANK, FlowPrior
from mvae.profile import profile
from mvae.terminal import sentences, start

from .augment import vary
from .checkpoint import opened
from .descent import descend
from .precision import multiplies_in_bf16
from .progress import progress
from .windows import CorpusError, Draw, Windows

UNTOLD = 0.15  # the share of codes that the flow learns without being told their profile


def fit_prior(
    model: MusicVAE,
    windows: Windows,
    steps: int,
    transposition: tuple[int, int] = (0, 0),
    width: int = 448,
    batch_size: int = 256,
    learning_rate: float = 1e-3,
    codes: int = 100_000,
    balance: float = 1.0,
    exclude: tuple[str, ...] = (),
    seed: int = 0,
    start: FlowPrior | None = None,
    bf16: bool = False,
) -> None:
    """Give `model` a flow prior of `width`, fitted by `steps` updates to `codes` codes of training windows.

    It goes on from the weights of `start` where that is given. Sources are drawn in proportion to their size to the
    power of `balance`; those in `exclude` are left out.
    """
    generator = torch.Generator().manual_seed(seed)
    rows = _draw(windows.fitting(model.converter), codes, balance, exclude, seed)
    codes_of, profiles = _posteriors(model, windows, rows, transposition, generator)
    spread = (codes_of.variance.mean(0) + codes_of.mean.var(0)).sqrt()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        prior = FlowPrior(model.config.z_size, start.enter.out_features if start else width, profiles.shape[1])
    if start is not None:
        prior.load_state_dict(start.state_dict())
    prior.mean.copy_(codes_of.mean.mean(0))
    prior.scale.copy_(spread.clamp(min=1e-3))
    prior.profiles.copy_(profiles[torch.randint(codes, (BANK,), generator=generator)])

    def loss(_: float) -> Tensor:
        drawn = torch.randint(codes, (batch_size,), generator=generator)
        draws = torch.randn(2, batch_size, model.config.z_size, generator=generator)
        target, noise = codes_of.mean[drawn] + codes_of.stddev[drawn] * draws[0], draws[1]
        untold = torch.rand(batch_size, 1, generator=generator) < UNTOLD
        told = profiles[drawn].masked_fill(untold, math.nan)
        return prior.loss(target, noise, torch.rand(batch_size, generator=generator), told)

    descend(prior, loss, steps, learning_rate, "prior", bf16)
    model.adopt_prior(prior.eval())


def _draw(windows: Windows, n: int, balance: float, exclude: tuple[str, ...], seed: int) -> np.ndarray:
    """The numbers of `n` training windows, in order, drawn with their odds."""
    rows = windows.split("train", exclude)
    if len(rows) < 2:
        raise CorpusError(f"There are {len(rows)} windows to fit a prior to; give more music.")
    return Draw(windows, rows, balance)(n, np.random.default_rng(seed))


@torch.no_grad()
def _posteriors(
    model: MusicVAE, windows: Windows, rows: np.ndarray, transposition: tuple[int, int], generator: torch.Generator
) -> tuple[Normal, Tensor]:
    """The posteriors (N, Z) of the windows `rows`, each transposed at random, and their profiles (N, F)."""
    pieces: list[Normal] = []
    profiles: list[Tensor] = []
    for piece in progress(np.array_split(rows, len(rows) // 512 + 1), desc="codes"):
        tokens = vary(windows.batch(piece), model.converter, transposition, 0.0, generator)
        pieces.append(model.posterior(tokens.to(model.device)))
        profiles.append(profile(model.converter, tokens))
    means, stddevs = ([getattr(q, name).cpu() for q in pieces] for name in ("mean", "stddev"))
    return Normal(torch.cat(means), torch.cat(stddevs), validate_args=False), torch.cat(profiles)


def _prior_of(checkpoint: str, model: MusicVAE) -> FlowPrior:
    """The prior of another checkpoint, which `model` can go on from."""
    other = MusicVAE.from_pretrained(checkpoint)
    if other.prior is None or other.config.z_size != model.config.z_size:
        raise CorpusError(f"{checkpoint} has no prior of {model.config.z_size} dimensions to go on from.")
    return other.prior


@sentences()
def main(
    checkpoint: Annotated[Path, typer.Argument(help="A checkpoint folder; the prior is written into it.")],
    data: Annotated[Path, typer.Option(help="Windows from training.prepare.")],
    steps: Annotated[int, typer.Option(help="Updates of the flow.")] = 15_000,
    width: Annotated[int, typer.Option(help="The flow's width.")] = 448,
    codes: Annotated[int, typer.Option(help="How many windows to draw codes from.")] = 100_000,
    balance: Annotated[float, typer.Option(help="Sources weigh by their size to this power.")] = 1.0,
    exclude: Annotated[list[str], typer.Option(help="A source to leave out; repeat for more.")] = [],  # noqa: B006
    low: Annotated[int, typer.Option(help="The lowest transposition in semitones.")] = -5,
    high: Annotated[int, typer.Option(help="The highest transposition in semitones.")] = 6,
    start: Annotated[str, typer.Option(help="A checkpoint whose prior is gone on from, at its width.")] = "",
) -> None:
    """Fit a checkpoint's prior."""
    with opened(checkpoint) as model:
        fit_prior(
            model,
            Windows.load(data),
            steps,
            (low, high),
            width,
            codes=codes,
            balance=balance,
            exclude=tuple(exclude),
            start=_prior_of(start, model) if start else None,
            bf16=multiplies_in_bf16(),
        )
        model.save_pretrained(checkpoint)
    typer.echo(f"{checkpoint} samples from its fitted prior now.")


if __name__ == "__main__":
    start(main)
