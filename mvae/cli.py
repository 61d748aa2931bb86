"""The command line: `mvae models`, `sample`, `interpolate`, `palette`, `shift`, `fit` and `inspect`."""

import functools
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, ParamSpec

import pretty_midi
import torch
import typer

from . import __version__
from .arguments import check_count, new_generator
from .config import Config
from .dataspace import cross_fade, random_tokens
from .errors import ArgumentError, MvaeError
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
DataSpace = Annotated[bool, typer.Option("--data-space", help="Without the model, to hear what it is for.")]
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
    data_space: DataSpace = False,
) -> None:
    """Make new music: mvae sample --model mel-2bar -n 4 --temperature 0.5 --seed 7 --out tunes"""
    vae = MusicVAE.from_pretrained(model)
    if data_space:
        check_count("n", n)
        tunes = [vae.converter.to_midi(one, qpm) for one in random_tokens(vae.converter, n, _generator(seed))]
    else:
        tunes = vae.sample(n, temperature, seed, qpm)
    _write(tunes, out, "sample", audio)


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
    data_space: DataSpace = False,
) -> None:
    """Walk from one tune to another: mvae interpolate A.mid B.mid --steps 9 --out morph"""
    vae = MusicVAE.from_pretrained(model)
    if data_space:
        check_count("steps", steps, least=2)
        first, last = (vae.converter.to_tokens(file, start_bar=0)[0] for file in (a, b))
        faded = cross_fade(vae.converter, first, last, steps, _generator(seed))
        tunes = [vae.converter.to_midi(one, qpm) for one in faded]
    else:
        tunes = vae.interpolate(a, b, steps, temperature, seed, qpm)
    _write(tunes, out, "step", audio)


@app.command()
@sentences
def palette(
    corners: Annotated[list[Path], typer.Argument(help="Four MIDI files in reading order.", metavar="A B C D")],
    model: ModelName = "mel-2bar",
    rows: Annotated[int, typer.Option(help="How many rows.")] = 5,
    columns: Annotated[int, typer.Option(help="How many columns.")] = 5,
    temperature: Temperature = 0.0,
    seed: Seed = None,
    qpm: Qpm = 120.0,
    out: Out = Path("."),
    audio: Audio = False,
) -> None:
    """Blend four tunes on a grid: mvae palette A.mid B.mid C.mid D.mid --rows 5 --columns 5 --out palette"""
    vae = MusicVAE.from_pretrained(model)
    for number, row in enumerate(vae.palette(corners, rows, columns, temperature, seed, qpm), 1):
        _write(row, out, f"row-{number:02d}-column", audio)


@app.command()
@sentences
def shift(
    file: Annotated[Path, typer.Argument(help="A MIDI file.", metavar="A.mid")],
    by: Annotated[list[str], typer.Option(help="How much of what, as note_density=1.0; repeat for more.")],
    model: ModelName = "mel-2bar",
    temperature: Temperature = 0.0,
    seed: Seed = None,
    qpm: Qpm = 120.0,
    out: Out = Path("."),
    audio: Audio = False,
) -> None:
    """Give a tune more or less of something: mvae shift A.mid --by note_density=1.0 --by c_diatonic=-0.5"""
    vae, amounts = MusicVAE.from_pretrained(model), dict(map(_amount, by))
    _write(vae.shift(file, temperature, seed, qpm, chords=None, hits=None, **amounts), out, "shifted", audio)


@app.command()
@sentences
def fit(
    name: Annotated[str, typer.Argument(help="What to call the attribute, as in mvae shift --by NAME=1.0.")],
    like: Annotated[Path, typer.Option(help="A folder of MIDI that has it.")],
    unlike: Annotated[Path, typer.Option(help="A folder of MIDI that has not.")],
    model: ModelName = "mel-2bar",
    out: Out = Path("model"),
) -> None:
    """Learn an attribute of your own, and keep it with a model: mvae fit swagger --like A --unlike B --out my-model"""
    vae = MusicVAE.from_pretrained(model)
    with warnings.catch_warnings(record=True) as left_out:
        warnings.simplefilter("always")
        vae.fit_attribute(name, like, unlike)
    for warning in left_out:
        typer.echo(f"mvae: {warning.message}", err=True)
    vae.save_pretrained(out)
    typer.echo(f"{out} has {name} now: mvae shift A.mid --by {name}=1.0 --model {out}")


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


def _generator(seed: int | None) -> torch.Generator:
    return new_generator(seed, torch.device("cpu"))


def _amount(text: str) -> tuple[str, float]:
    """The name and the number of name=number."""
    name, _, number = text.partition("=")
    try:
        return name, float(number)
    except ValueError:
        raise ArgumentError(f"--by is {text!r}; name=number is accepted, as in note_density=1.0.") from None


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
