"""The command line: `mvae models`, `mvae sample`, `mvae interpolate`, `mvae inspect`."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, ParamSpec

import pretty_midi
import typer

from . import __version__
from .config import Config
from .errors import MvaeError
from .hub import bundled, read_config
from .inspection import describe
from .model import MusicVAE

P = ParamSpec("P")
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Sample, morph and inspect music with MusicVAE. Start with: mvae sample --model mel-2bar -n 4 --out tunes",
)

ModelName = Annotated[str, typer.Option("--model", help="A bundled name, a folder, or owner/name on the Hub.")]
Temperature = Annotated[float, typer.Option(help="How daring: 0 takes the likeliest note, 0.5 is good, 1.5 is wild.")]
Seed = Annotated[int | None, typer.Option(help="The same seed gives the same notes; None gives new ones each time.")]
Qpm = Annotated[float, typer.Option(help="Tempo, in quarter notes a minute.")]
Out = Annotated[Path, typer.Option(help="The folder to write into; it is made if need be.")]
Audio = Annotated[bool, typer.Option("--audio", help="Also write a .wav of each; needs fluidsynth.")]


def sentences(command: Callable[P, None]) -> Callable[P, None]:
    """Let a command end in one sentence and exit code 2 where the package refuses."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except (MvaeError, OSError) as error:
            typer.echo(f"mvae: {error}", err=True)
            raise typer.Exit(2) from error

    return run


@app.command()
@sentences
def models() -> None:
    """List the bundled models."""
    for name, folder in bundled().items():
        typer.echo(f"{name:<12} {_what(read_config(folder / 'config.json', name))}")


@app.command()
@sentences
def sample(
    model: ModelName = "mel-2bar",
    n: Annotated[int, typer.Option("-n", "--number", help="How many.")] = 4,
    temperature: Temperature = 0.5,
    seed: Seed = None,
    qpm: Qpm = 120.0,
    out: Out = Path("."),
    audio: Audio = False,
) -> None:
    """Make new music: mvae sample --model mel-2bar -n 4 --temperature 0.5 --seed 7 --out tunes"""
    _write(MusicVAE.from_pretrained(model).sample(n, temperature, seed, qpm), out, "sample", audio)


@app.command()
@sentences
def interpolate(
    a: Annotated[Path, typer.Argument(help="The MIDI file to start from.", metavar="A.mid")],
    b: Annotated[Path, typer.Argument(help="The MIDI file to arrive at.", metavar="B.mid")],
    model: ModelName = "mel-2bar",
    steps: Annotated[int, typer.Option(help="How many pieces, both ends included.")] = 9,
    temperature: Temperature = 0.0,
    seed: Seed = None,
    qpm: Qpm = 120.0,
    out: Out = Path("."),
    audio: Audio = False,
) -> None:
    """Walk from one tune to another: mvae interpolate A.mid B.mid --steps 9 --out morph"""
    vae = MusicVAE.from_pretrained(model)
    _write(vae.interpolate(a, b, steps, temperature, seed, qpm), out, "step", audio)


@app.command()
@sentences
def inspect(file: Annotated[Path, typer.Argument(help="A MIDI file.", metavar="FILE.mid")]) -> None:
    """Say what is in a MIDI file, and which windows each model could read."""
    typer.echo(describe(file, {name: read_config(folder / "config.json", name) for name, folder in bundled().items()}))


@app.callback(invoke_without_command=True)
def root(version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False) -> None:
    if version:
        typer.echo(f"mvae {__version__}")
        raise typer.Exit


def _what(config: Config) -> str:
    return f"{config.kind}, {config.bars} bar{'s' * (config.bars > 1)}"


def _write(pieces: list[pretty_midi.PrettyMIDI], out: Path, stem: str, audio: bool) -> None:
    """Write each piece as .mid, and as .wav where asked for, and say where."""
    out.mkdir(parents=True, exist_ok=True)
    for number, piece in enumerate(pieces, 1):
        path = out / f"{stem}-{number:02d}.mid"
        piece.write(str(path))
        typer.echo(path)
        if audio:
            from .audio import write_wav

            typer.echo(write_wav(piece, path.with_suffix(".wav")))


def main() -> None:
    """The entry point of the `mvae` command."""
    app()
