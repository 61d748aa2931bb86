"""Fit a checkpoint's language model: what `sample` draws new music from.

    python -m training.fit_language CHECKPOINT --data prepared/mel-2bar --steps 4000

The encoder and the decoder stay as they are, and the language model knows nothing of them: it reads descriptors of real
music (`mvae.descriptors`), of long pieces also their form (`mvae.form`), and learns to write music that has them. A
checkpoint that has one goes on from it.
"""

import dataclasses
from pathlib import Path
from typing import Annotated

import torch
import typer
from torch import Tensor

from mvae import MusicVAE
from mvae.assembly import language_of
from mvae.config import writes_language
from mvae.language_model import BANK
from mvae.terminal import sentences, start

from .batches import Batches
from .checkpoint import opened
from .descent import descend
from .precision import multiplies_in_bf16
from .windows import CorpusError, Windows


def fit_language(
    model: MusicVAE,
    windows: Windows,
    steps: int,
    transposition: tuple[int, int] = (0, 0),
    drum_mixing: float = 0.0,
    size: int = 384,
    batch_size: int = 64,
    learning_rate: float = 2e-3,
    balance: float = 1.0,
    exclude: tuple[str, ...] = (),
    seed: int = 0,
    bf16: bool = False,
    temperature: float = 1.0,
) -> None:
    """Give `model` a language model of `size`, fitted by `steps` updates to training windows.

    It writes new music at `temperature`. Sources are drawn in proportion to their size to the power of `balance`;
    those in `exclude` are left out.
    """
    converter = model.converter
    if not writes_language(converter.kind, converter.bars):
        raise CorpusError(f"No language model writes {converter.bars}-bar {converter.kind} music; leave it out.")
    batches = Batches(windows, converter, batch_size, transposition, balance, exclude, seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        language = model.language or language_of(converter, size)

    def loss(_: float) -> Tensor:
        return language.nats(batches(drum_mixing)).mean()

    language.remember(batches(n=BANK))
    descend(language, loss, steps, learning_rate, "language model", bf16)
    model.adopt_language(language.eval())
    model.config = dataclasses.replace(model.config, language_temperature=temperature)


@sentences()
def main(
    checkpoint: Annotated[Path, typer.Argument(help="A checkpoint folder; the language model is written into it.")],
    data: Annotated[Path, typer.Option(help="Windows from training.prepare.")],
    steps: Annotated[int, typer.Option(help="Updates.")] = 4000,
    size: Annotated[int, typer.Option(help="The width of its LSTM.")] = 384,
    batch_size: Annotated[int, typer.Option(help="Windows an update.")] = 64,
    balance: Annotated[float, typer.Option(help="Sources weigh by their size to this power.")] = 1.0,
    exclude: Annotated[list[str], typer.Option(help="A source to leave out; repeat for more.")] = [],  # noqa: B006
    low: Annotated[int, typer.Option(help="The lowest transposition in semitones.")] = -5,
    high: Annotated[int, typer.Option(help="The highest transposition in semitones.")] = 6,
    drum_mixing: Annotated[float, typer.Option(help="The share of beats with another's cymbals.")] = 0.0,
    temperature: Annotated[float, typer.Option(help="At which it writes new music.")] = 1.0,
) -> None:
    """Fit a checkpoint's language model."""
    with opened(checkpoint) as model:
        fit_language(
            model,
            Windows.load(data),
            steps,
            (low, high),
            drum_mixing,
            size,
            batch_size,
            balance=balance,
            exclude=tuple(exclude),
            bf16=multiplies_in_bf16(),
            temperature=temperature,
        )
        model.save_pretrained(checkpoint)
    typer.echo(f"{checkpoint} samples what its language model writes now.")


if __name__ == "__main__":
    start(main)
