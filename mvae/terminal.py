"""What every command does at a terminal, whatever it is about: take paths, print, and end in a sentence."""

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer

from .errors import MvaeError
from .paths import expanded


def sentences(name: str = "") -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let a command end in one sentence, that begins with `name`, and exit code 2 where something is refused.

    Its paths may begin with `~`, also where no shell has seen to it, and what it prints gets through any console.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def run(**given: Any) -> None:
            get_through()
            try:
                command(**{key: _at_home(value) for key, value in given.items()})
            except (MvaeError, OSError) as error:
                typer.echo(f"{name}{error}", err=True)
                raise typer.Exit(2) from error

        return run

    return decorate


def get_through() -> None:
    """Let what a console has no letters for be printed as escapes: a track may be called "♭ 日本" anywhere."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:  # tests and notebooks have other streams
            reconfigure(errors="backslashreplace")


def start(command: Callable[..., None]) -> None:
    """Run a module's one command, with the arguments that it was given at the terminal."""
    get_through()
    typer.run(command)


def _at_home(value: Any) -> Any:
    if isinstance(value, Path):
        return expanded(value)
    return [_at_home(one) for one in value] if isinstance(value, list) else value
