"""Fit a checkpoint's operators: what `shift` does to codes, and what its decoder makes of them.

    python -m training.fit_operators CHECKPOINT --data prepared/mel-2bar --steps 10000

The encoder stays as it is. From pairs of a tune and what `training.operators` make of it, a small network learns where
to move the code of the tune, and the decoder to play what is there; a third of the tunes are left as they are, so that
it copies as well as before.
"""

from pathlib import Path
from typing import Annotated, NamedTuple

import torch
import typer
from torch import Tensor, nn

from mvae import MusicVAE
from mvae.operators import Operators, operator_names
from mvae.terminal import sentences, start

from .batches import Batches
from .checkpoint import opened
from .descent import descend
from .operators import OPERATORS
from .precision import multiplies_in_bf16
from .windows import CorpusError, Windows

UNCHANGED = 1 / 3  # of the tunes
SPREAD = 0.5  # of the posterior's standard deviation, by which codes are blurred
WIDTH = 384
HARDEST = "note_density", "drum_density", "average_interval"  # which are drawn twice as often


def fit_operators(
    model: MusicVAE,
    windows: Windows,
    steps: int,
    transposition: tuple[int, int] = (0, 0),
    balance: float = 1.0,
    exclude: tuple[str, ...] = (),
    batch_size: int = 48,
    learning_rate: float = 5e-4,
    seed: int = 0,
    bf16: bool = False,
) -> None:
    """Give `model` operators by `steps` updates, in which its decoder learns along.

    Sources weigh by their size to the power of `balance`; those in `exclude` are left out.
    """
    batches = Batches(windows, model.converter, batch_size, transposition, balance, exclude, seed)
    operators = operators_of(model, seed)

    def loss(_: float) -> Tensor:
        return edited_nats(model, operators, batches(), batches.generator).mean()

    descend(nn.ModuleList([model.decoder, operators]), loss, steps, learning_rate, "operators", bf16)
    model.adopt_operators(operators)


def edited_nats(model: MusicVAE, operators: Operators, tunes: Tensor, generator: torch.Generator) -> Tensor:
    """What edits of windows (B, T, P) cost where operators move the codes of the windows: (B,)."""
    edit = draw_edits(model, tunes, generator)
    with torch.no_grad():
        q = model.posterior(tunes)
    codes = q.mean + SPREAD * q.stddev * torch.randn(q.mean.shape, generator=generator)
    logits = model.decoder(operators(codes, edit.attribute, edit.amount), edit.wanted)
    return model.decoder.nats(logits, edit.wanted)


class Edits(NamedTuple):
    """What becomes of B windows: the number of an attribute (B,), an amount of it (B,), and what they then are."""

    attribute: Tensor
    amount: Tensor
    wanted: Tensor


def operators_of(model: MusicVAE, seed: int) -> Operators:
    """The operators of a model, or fresh ones."""
    if model.operators is not None:
        return model.operators
    if model.config.kind not in OPERATORS:
        raise CorpusError(f"There are no operators for {model.config.kind}, only for {' and '.join(OPERATORS)}.")
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return Operators(model.config.z_size, WIDTH, operator_names(model.config.kind))


def draw_edits(model: MusicVAE, tunes: Tensor, generator: torch.Generator) -> Edits:
    """Edits of windows (B, T, P): a third are left as they are, the others moved by amounts from -1 to 1."""
    ways = OPERATORS[model.config.kind]
    odds = torch.tensor([2.0 if name in HARDEST else 1.0 for name in ways])
    attribute = torch.multinomial(odds, len(tunes), replacement=True, generator=generator)
    amount = 2 * torch.rand(len(tunes), generator=generator) - 1
    amount[torch.rand(len(tunes), generator=generator) < UNCHANGED] = 0
    wanted = tunes.clone()
    for number, (less, more) in enumerate(ways.values()):
        for operator, chosen in ((less, amount < 0), (more, amount > 0)):
            rows = (chosen & (attribute == number)).nonzero().squeeze(-1)
            if len(rows):
                wanted[rows] = operator(tunes[rows], amount[rows].abs(), generator)
    return Edits(attribute, amount, model.converter.canonical(wanted))


@sentences()
def main(
    checkpoint: Annotated[Path, typer.Argument(help="A checkpoint folder; its decoder is trained further.")],
    data: Annotated[Path, typer.Option(help="Windows from training.prepare.")],
    steps: Annotated[int, typer.Option(help="Updates.")] = 10_000,
    balance: Annotated[float, typer.Option(help="Sources weigh by their size to this power.")] = 1.0,
    exclude: Annotated[list[str], typer.Option(help="A source to leave out; repeat for more.")] = [],  # noqa: B006
    low: Annotated[int, typer.Option(help="The lowest transposition in semitones.")] = -5,
    high: Annotated[int, typer.Option(help="The highest transposition in semitones.")] = 6,
) -> None:
    """Fit a checkpoint's operators."""
    with opened(checkpoint) as model:
        windows = Windows.load(data)
        fit_operators(model, windows, steps, (low, high), balance, tuple(exclude), bf16=multiplies_in_bf16())
        model.save_pretrained(checkpoint)
    typer.echo(f"{checkpoint} shifts by its operators now.")


if __name__ == "__main__":
    start(main)
