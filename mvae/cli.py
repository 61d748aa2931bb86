"""The command line: `mvae models`, `sample`, `interpolate`, `palette`, `shift`, `fit` and `inspect`."""

import io
import shlex
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pretty_midi
import torch
import typer

from . import __version__
from .arguments import check_count, check_generator
from .config import Config
from .dataspace import cross_fade, random_tokens
from .errors import ArgumentError
from .hub import CONFIG, bundled, read_config
from .inspection import describe
from .model import MusicVAE
from .terminal import get_through, sentences

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
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what is there and is not the same.")]


@dataclass(frozen=True)
class Target:
    """Where a command writes the music that it makes, under these names, which it prints.

    What an earlier call has written stays as it is, unless `overwrite` is set: the same command may be given again,
    but music that isn't the same is refused, before it is made where that can be told.
    """

    out: Path
    names: Sequence[str]
    audio: bool
    overwrite: bool

    def check(self, repeats: bool) -> None:
        """Refuse what is there; not yet where the command `repeats`, to the letter, what it has made before."""
        paths = [self.out / f"{name}.mid" for name in self.names]
        if not repeats:
            self._refuse([path for path in paths if path.exists()])

    def write(self, music: Sequence[pretty_midi.PrettyMIDI]) -> None:
        """Write each piece as .mid, and as .wav where asked for, and say where."""
        files = {self.out / f"{name}.mid": _bytes(one) for name, one in zip(self.names, music, strict=True)}
        self._refuse([path for path, data in files.items() if path.exists() and path.read_bytes() != data])
        self.out.mkdir(parents=True, exist_ok=True)
        for (path, data), one in zip(files.items(), music, strict=True):
            path.write_bytes(data)
            typer.echo(path)
            if self.audio:
                from .audio import write_wav

                typer.echo(write_wav(one, path.with_suffix(".wav")))

    def _refuse(self, taken: Sequence[Path]) -> None:
        if taken and not self.overwrite:
            more = f" and {len(taken) - 1} more like it" if len(taken) > 1 else ""
            raise ArgumentError(f"{taken[0]}{more} would be overwritten; give another --out, or --overwrite.")


def _bytes(midi: pretty_midi.PrettyMIDI) -> bytes:
    file = io.BytesIO()
    midi.write(file)
    return file.getvalue()


@app.command()
@sentences("mvae: ")
def models() -> None:
    """List the bundled models."""
    for name, folder in bundled().items():
        typer.echo(f"{name:<12} {_what(read_config(folder / 'config.json', name))}")


@app.command()
@sentences("mvae: ")
def sample(
    model: ModelName = "mel-2bar",
    n: Annotated[int, typer.Option("-n", "--number", help="How many.")] = 4,
    temperature: Temperature = 0.5,
    seed: Seed = None,
    qpm: Qpm = 120.0,
    out: Out = Path("."),
    audio: Audio = False,
    data_space: DataSpace = False,
    overwrite: Overwrite = False,
) -> None:
    """Make new music: mvae sample --model mel-2bar -n 4 --temperature 0.5 --seed 7 --out tunes"""
    check_count("n", n)
    target = Target(out, _numbered("sample", n), audio, overwrite)
    target.check(repeats=_is_certain(seed, 1.0 if data_space else temperature))
    vae = MusicVAE.from_pretrained(model)
    if data_space:
        tunes = [vae.converter.to_midi(one, qpm) for one in random_tokens(vae.converter, n, _generator(seed))]
    else:
        tunes = vae.sample(n, temperature, seed, qpm)
    target.write(tunes)


@app.command()
@sentences("mvae: ")
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
    overwrite: Overwrite = False,
) -> None:
    """Walk from one tune to another: mvae interpolate A.mid B.mid --steps 9 --out morph"""
    check_count("steps", steps, least=2)
    target = Target(out, _numbered("step", steps), audio, overwrite)
    target.check(repeats=_is_certain(seed, 1.0 if data_space else temperature))
    vae = MusicVAE.from_pretrained(model)
    if data_space:
        first, last = (vae.converter.to_tokens(file, start_bar=0)[0] for file in (a, b))
        faded = cross_fade(vae.converter, first, last, steps, _generator(seed))
        tunes = [vae.converter.to_midi(one, qpm) for one in faded]
    else:
        tunes = vae.interpolate(a, b, steps, temperature, seed, qpm)
    target.write(tunes)


@app.command()
@sentences("mvae: ")
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
    overwrite: Overwrite = False,
) -> None:
    """Blend four tunes on a grid: mvae palette A.mid B.mid C.mid D.mid --rows 5 --columns 5 --out palette"""
    check_count("rows", rows)
    check_count("columns", columns)
    check_count("rows times columns", rows * columns)
    names = [name for row in range(1, rows + 1) for name in _numbered(f"row-{row:02d}-column", columns)]
    target = Target(out, names, audio, overwrite)
    target.check(repeats=_is_certain(seed, temperature))
    cells = MusicVAE.from_pretrained(model).palette(corners, rows, columns, temperature, seed, qpm)
    target.write([tune for row in cells for tune in row])


@app.command()
@sentences("mvae: ")
def shift(
    file: Annotated[Path, typer.Argument(help="A MIDI file.", metavar="A.mid")],
    by: Annotated[list[str], typer.Option(help="How much of what, as note_density=1.0; repeat for more.")],
    model: ModelName = "mel-2bar",
    temperature: Temperature = 0.0,
    seed: Seed = None,
    qpm: Qpm = 120.0,
    out: Out = Path("."),
    audio: Audio = False,
    overwrite: Overwrite = False,
) -> None:
    """Give a tune more or less of something: mvae shift A.mid --by note_density=1.0 --by c_diatonic=-0.5"""
    amounts, target = dict(map(_amount, by)), Target(out, _numbered("shifted", 1), audio, overwrite)
    target.check(repeats=_is_certain(seed, temperature))
    target.write(MusicVAE.from_pretrained(model).shift(file, amounts, temperature=temperature, seed=seed, qpm=qpm))


@app.command()
@sentences("mvae: ")
def fit(
    name: Annotated[str, typer.Argument(help="What to call the attribute, as in mvae shift --by NAME=1.0.")],
    like: Annotated[Path, typer.Option(help="A folder of MIDI that has it.")],
    unlike: Annotated[Path, typer.Option(help="A folder of MIDI that has not.")],
    model: ModelName = "mel-2bar",
    out: Out = Path("model"),
    overwrite: Overwrite = False,
) -> None:
    """Learn an attribute of your own, and keep it with a model: mvae fit swagger --like A --unlike B --out my-model"""
    vae = MusicVAE.from_pretrained(model)
    kept = MusicVAE.from_pretrained(out) if (out / CONFIG).exists() and not overwrite else None
    if kept is not None:
        _check_same_weights(kept, vae, out)
    with warnings.catch_warnings(record=True) as left_out:
        warnings.simplefilter("always")
        vae.fit_attribute(name, like, unlike)
    for warning in left_out:
        typer.echo(f"mvae: {warning.message}", err=True)
    if kept is not None:
        _check_vectors_stay(kept, vae, out)
    vae.save_pretrained(out)
    typer.echo(f"{out} has {name} now: mvae shift A.mid --by {name}=1.0 --model {shlex.quote(str(out))}")


@app.command()
@sentences("mvae: ")
def inspect(file: Annotated[Path, typer.Argument(help="A MIDI file.", metavar="FILE.mid")]) -> None:
    """Say what is in a MIDI file, and which windows each model could read."""
    typer.echo(describe(file, {name: read_config(folder / "config.json", name) for name, folder in bundled().items()}))


@app.callback(invoke_without_command=True)
def root(version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False) -> None:
    if version:
        typer.echo(f"mvae {__version__}")
        raise typer.Exit


def _generator(seed: int | None) -> torch.Generator:
    return check_generator(None, torch.device("cpu"), seed)


def _is_certain(seed: int | None, temperature: float) -> bool:
    """Whether nothing is left to chance."""
    return seed is not None or temperature == 0


def _numbered(stem: str, n: int) -> list[str]:
    return [f"{stem}-{number:02d}" for number in range(1, n + 1)]


def _amount(text: str) -> tuple[str, float]:
    """The name and the number of name=number."""
    name, _, number = text.partition("=")
    try:
        return name, float(number)
    except ValueError:
        raise ArgumentError(f"--by is {text!r}; name=number is accepted, as in note_density=1.0.") from None


def _check_same_weights(before: MusicVAE, after: MusicVAE, out: Path) -> None:
    """Refuse to put another model in the place of one that is there."""
    weights = after.state_dict()
    same = before.config == after.config and all(
        torch.equal(weight, weights[name]) for name, weight in before.state_dict().items()
    )
    if not same:
        raise ArgumentError(f"{out} holds another model; give another --out, or --overwrite.")


def _check_vectors_stay(before: MusicVAE, after: MusicVAE, out: Path) -> None:
    """Refuse to lose an attribute that a model has already, or to change what it means."""
    for name, vector in before.attributes.items():
        if name not in after.attributes or not torch.allclose(vector, after.attributes[name], atol=1e-5):
            raise ArgumentError(f"{out} has another attribute {name} already; give another --out, or --overwrite.")


def _what(config: Config) -> str:
    return f"{config.kind}, {config.bars} bar{'s' * (config.bars > 1)}"


def main() -> None:
    """The entry point of the `mvae` command."""
    get_through()
    app()
