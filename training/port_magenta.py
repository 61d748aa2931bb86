"""Turn a checkpoint of Magenta's MusicVAE into a folder that `MusicVAE.from_pretrained` reads.

python -m training.port_magenta cat-mel_2bar_big.tar ported/mel-2bar-big
"""

from pathlib import Path
from typing import Annotated

import typer

from mvae.errors import MvaeError

from .magenta.porting import left_aside, port

SOURCE = "A TensorFlow checkpoint, its folder, its .tar, or a folder of Magenta.js or deeplearn.js."
CONFIG = "The name that Magenta gives its config; by default what the file is called or its variables show."
DRUM_MAP = "How it numbers drums: 2017, as all that Magenta published, or 2019 if trained after April 2019."


def main(
    source: Annotated[Path, typer.Argument(help=SOURCE)],
    out: Annotated[Path, typer.Argument(help="The folder to write.")],
    config: Annotated[str | None, typer.Option(help=CONFIG)] = None,
    drum_map: Annotated[str, typer.Option(help=DRUM_MAP)] = "2017",
) -> None:
    """Turn a checkpoint of Magenta's MusicVAE into a folder that `MusicVAE.from_pretrained` reads."""
    try:
        model = port(source, config, drum_map)
        aside = left_aside(source)
        model.save_pretrained(out)
    except (MvaeError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    weights = sum(weight.numel() for weight in model.parameters())
    typer.echo(f"{out} holds {model.config.kind}, {model.config.bars} bars: {weights:,} weights.")
    if aside:
        typer.echo(f"{len(aside)} variables are no weights of the model and were left aside: {', '.join(aside)}.")


if __name__ == "__main__":
    typer.run(main)
