"""Put a checkpoint into the package, in half precision: the weights that `pip install` brings along.

python -m training.bundle runs/mel-2bar/best mel-2bar
"""

import copy
from pathlib import Path
from typing import Annotated

import torch
import typer

from mvae import MusicVAE
from mvae.hub import CHECKPOINTS
from mvae.terminal import sentences, start


def bundle(model: MusicVAE, folder: Path) -> None:
    """Write `model` into `folder` with its weights in half precision; they are loaded as float32."""
    copy.deepcopy(model).to(torch.float16).save_pretrained(folder)


@sentences()
def main(
    checkpoint: Annotated[str, typer.Argument(help="A checkpoint folder.")],
    name: Annotated[str, typer.Argument(help="The name to bundle it under.")],
) -> None:
    """Put a checkpoint into the package, in half precision."""
    bundle(MusicVAE.from_pretrained(checkpoint), CHECKPOINTS / name)
    size = sum(path.stat().st_size for path in (CHECKPOINTS / name).iterdir())
    typer.echo(f"{name} is bundled, {size / 1e6:.1f} MB.")


if __name__ == "__main__":
    start(main)
