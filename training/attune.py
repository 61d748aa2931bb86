"""Attune a checkpoint's decoder to note density: teach it what music to make where codes are moved along its vector.

    python -m training.attune CHECKPOINT --data prepared/mel-16bar

A decoder that copies every note has only seen codes that say how dense a tune is and which notes these are, in
agreement. Where the vector of note density is added to a code they disagree, and it plays neither. So it learns, the
encoder left as it is, from tunes and their diminutions: at the code of a tune less some of the vector it plays the tune
without as many of its weakest notes, and at the code with some of it added, the tune with as many of its longest notes
broken up (`training.diminution`).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from torch import Tensor

from mvae import MusicVAE
from mvae.attributes import measure
from mvae.terminal import sentences, start
from mvae.vectors import fit_vectors, thirds

from .augment import vary
from .checkpoint import opened
from .descent import descend
from .diminution import fill, thin
from .fit_attributes import measured
from .lending import Lender, Lent, lend, lenders_of
from .precision import multiplies_in_bf16
from .windows import CorpusError, Draw, Windows

DENSITY = "note_density"
FEWER, MORE = 0.8, 1.5  # of the notes of a tune, the largest share that is taken away, and that is added
LENDING = 0.5  # of the parts of trios, the share that lenders lend
FITTED = 20_000  # windows that the vector is fitted to


def attune(
    model: MusicVAE,
    windows: Windows,
    steps: int,
    transposition: tuple[int, int] = (0, 0),
    balance: float = 1.0,
    batch_size: int = 24,
    learning_rate: float = 5e-4,
    seed: int = 0,
    bf16: bool = False,
    lenders: Sequence[Lender] = (),
) -> None:
    """Train the decoder of `model`, of melodies or trios, for `steps` updates; a third of the tunes are as they were.

    Half of the parts of trios play what `lenders` lend them, as in training.
    """
    rows = windows.fitting(model.converter).to_learn(batch_size)
    if model.converter.kind not in ("melody", "trio"):
        raise CorpusError(f"Music of kind {model.converter.kind} has no {DENSITY}; melodies and trios have.")
    draw = Draw(windows, rows, balance)
    rng, generator = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    some = draw(min(FITTED, len(rows)), rng)
    codes, values = measured(model, windows, some, transposition, generator)
    vector = fit_vectors(codes, {DENSITY: values[DENSITY]})[DENSITY]
    spread = float(thirds(values[DENSITY][:, None], values[DENSITY]))

    def loss(_: float) -> Tensor:
        drawn = lend(windows.batch(draw(batch_size, rng)), lenders, LENDING, rng)
        tunes = vary(drawn, model.converter, transposition, 0.0, generator)
        shares = torch.rand(2, batch_size, generator=generator)
        wanted = model.converter.canonical(
            torch.cat([tunes, thin(tunes, shares[0] * FEWER), fill(tunes, shares[1] * MORE)])
        )
        with torch.no_grad():
            q = model.posterior(tunes)
        noise = torch.randn(3, *q.mean.shape, generator=generator)
        amounts = (_density(model, wanted) - _density(model, tunes).repeat(3)) / spread
        codes = (q.mean + q.stddev * noise).flatten(0, 1) + amounts.unsqueeze(-1) * vector
        return model.decoder.nats(model.decoder(codes, wanted), wanted).mean()

    descend(model.decoder, loss, steps, learning_rate, "attuning", bf16)


def _density(model: MusicVAE, tokens: Tensor) -> Tensor:
    return measure(tokens, model.converter.kind)[DENSITY]


@sentences()
def main(
    checkpoint: Annotated[Path, typer.Argument(help="A checkpoint folder; its decoder is trained further.")],
    data: Annotated[Path, typer.Option(help="Windows from training.prepare.")],
    steps: Annotated[int, typer.Option(help="Updates.")] = 3000,
    balance: Annotated[float, typer.Option(help="Sources weigh by their size to this power.")] = 1.0,
    low: Annotated[int, typer.Option(help="The lowest transposition in semitones.")] = -5,
    high: Annotated[int, typer.Option(help="The highest transposition in semitones.")] = 6,
    lend_from: Lent = [],  # noqa: B006
) -> None:
    """Attune a checkpoint's decoder to note density."""
    with opened(checkpoint) as model:
        lenders = lenders_of(lend_from, model.converter, balance)
        attune(model, Windows.load(data), steps, (low, high), balance, bf16=multiplies_in_bf16(), lenders=lenders)
        model.save_pretrained(checkpoint)
    typer.echo(f"The decoder of {checkpoint} is attuned; fit its attributes: python -m training.fit_attributes.")


if __name__ == "__main__":
    start(main)
