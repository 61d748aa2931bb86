"""The checkpoint that a command of the kit works on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from mvae import MusicVAE
from mvae.errors import MvaeError

from .windows import CorpusError


@contextmanager
def opened(folder: Path) -> Iterator[MusicVAE]:
    """The model in a checkpoint `folder`; an `MvaeError` meanwhile is told at the terminal and ends the command."""
    try:
        if not folder.is_dir():
            raise CorpusError(f"There is no folder {folder}; give a checkpoint that training.train has written.")
        yield MusicVAE.from_pretrained(folder)
    except MvaeError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
