"""Average the weights of checkpoints that were trained from the same beginning.

    python -m training.average runs/one/last runs/other/last --out runs/mean

Runs that part from the same weights end in the same valley, and the mean of where they end copies better than either
(Wortsman et al. 2022, "Model soups").
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import torch
import typer

from mvae import MusicVAE
from mvae.hub import CONFIG
from mvae.terminal import sentences, start

from .fitted import take_off
from .paths import Overwrite, check_new
from .windows import CorpusError


def average(models: Sequence[MusicVAE]) -> MusicVAE:
    """The model whose weights are the mean of those of `models`, without what is fitted after training.

    It is the first of them, changed. Raises `CorpusError` where their configs differ in more than that.
    """
    for model in models:
        take_off(model)
    first, *others = models
    for number, other in enumerate(others, 2):
        differing = [
            field.name
            for field in dataclasses.fields(first.config)
            if getattr(first.config, field.name) != getattr(other.config, field.name)
        ]
        if differing:
            raise CorpusError(f"Checkpoint {number} has another {differing[0]} than the first; they have no mean.")
    weights = [model.state_dict() for model in models]
    first.load_state_dict({name: torch.stack([each[name] for each in weights]).mean(0) for name in weights[0]})
    return first


@sentences()
def main(
    checkpoints: Annotated[list[str], typer.Argument(help="Two checkpoints or more: names or folders.")],
    out: Annotated[Path, typer.Option(help="The folder to write the mean into.")],
    overwrite: Overwrite = False,
) -> None:
    """Average the weights of checkpoints."""
    if len(checkpoints) < 2:
        raise CorpusError("One checkpoint is given; a mean is of two or more.")
    check_new(out / CONFIG, overwrite)
    average([MusicVAE.from_pretrained(name) for name in checkpoints]).save_pretrained(out)
    typer.echo(f"{out} is the mean of {len(checkpoints)}; fit its prior: python -m training.fit_prior {out} --data ...")


if __name__ == "__main__":
    start(main)
