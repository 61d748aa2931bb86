"""Fit a checkpoint's attribute vectors, which `shift` adds to codes.

    python -m training.fit_attributes CHECKPOINT --data prepared/mel-2bar

The paper's recipe (Roberts et al. 2018, section 5.5): the training windows are split into thirds by the amount of an
attribute; the vector leads from the mean code of the lowest third to that of the highest. The windows are transposed at
random first, as in training, so that no vector learns the keys that a style happens to be written in. A decoder answers
to such a vector with less than it says, so each is lengthened, at most by four tenths, until adding it raises the
attribute of prior codes by as much as the thirds differ. `--separate` fits all vectors at once by regression in place
of thirds, so that what attributes have in common is moved by none of them; `--apart note_density:syncopation_8th` frees
one vector of the direction of one other, and `--apart note_density:syncopation_8th:0.35` takes off that much of the
other besides, for notes that are added fall between the beats whatever the codes say.
"""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from torch import Tensor

from mvae import MusicVAE
from mvae.attributes import ATTRIBUTES, measure
from mvae.terminal import sentences, start
from mvae.vectors import fit_vectors, save, thirds

from .augment import vary
from .checkpoint import opened
from .progress import progress
from .windows import CorpusError, Windows

LONGEST = 1.4  # times what the thirds give; beyond, tunes leave their key
HALVINGS = 5
CODES = 256  # of the prior


def fit_attributes(
    model: MusicVAE,
    windows: Windows,
    transposition: tuple[int, int] = (0, 0),
    most: int = 60_000,
    separate: bool = False,
    apart: Sequence[str] = (),
    seed: int = 0,
) -> None:
    """Give `model` a vector for each attribute of its kind, of at most `most` training windows."""
    kind = model.converter.kind
    if kind not in ATTRIBUTES:
        raise CorpusError(f"Music of kind {kind} has no attributes; of these there are: {', '.join(ATTRIBUTES)}.")
    rows = np.random.default_rng(seed).permutation(windows.fitting(model.converter).split("train"))[:most]
    generator = torch.Generator().manual_seed(seed)
    codes, values = measured(model, windows, rows, transposition, generator)
    vectors = fit_vectors(codes, values, separate)
    for pair in apart:
        name, other, more = _pair(pair, vectors)
        vectors[name] = freed(vectors[name], vectors[other]) - more * vectors[other]
    for name, vector in vectors.items():
        column = values[name][values[name].isfinite()]
        wanted = float(thirds(column[:, None], column))
        model.attributes[name] = _length(model, name, vector, wanted, seed) * vector


def measured(
    model: MusicVAE, windows: Windows, rows: np.ndarray, transposition: tuple[int, int], generator: torch.Generator
) -> tuple[Tensor, dict[str, Tensor]]:
    """The codes (N, Z) of the windows `rows`, transposed at random, and their attributes (N,) by name."""
    codes, values = [], []
    for piece in progress(np.array_split(rows, len(rows) // 512 + 1), desc="codes"):
        tokens = vary(windows.batch(piece), model.converter, transposition, 0.0, generator)
        codes.append(model.encode_tokens(tokens).mean.cpu())
        values.append(measure(tokens, model.converter.kind))
    return torch.cat(codes), {name: torch.cat([part[name] for part in values]) for name in values[0]}


def _pair(pair: str, names: Collection[str]) -> tuple[str, str, float]:
    """The two attributes of NAME:OTHER or NAME:OTHER:SHARE, and the share."""
    name, _, rest = pair.partition(":")
    other, _, share = rest.partition(":")
    try:
        if {name, other} <= set(names):
            return name, other, float(share or 0)
    except ValueError:
        pass
    raise CorpusError(f"{pair!r} is no NAME:OTHER or NAME:OTHER:SHARE of attributes; there are {', '.join(names)}.")


def freed(vector: Tensor, other: Tensor) -> Tensor:
    """What is left of a vector (Z,) at right angles to another."""
    return vector - (vector @ other) / (other @ other).clamp(min=1e-12) * other


def _length(model: MusicVAE, name: str, vector: Tensor, wanted: float, seed: int) -> float:
    """How many times a vector, from 1 to `LONGEST`, raises the mean of its attribute by what is `wanted`."""
    z = model.sample_codes(CODES, torch.Generator(model.device).manual_seed(seed))

    def mean(codes: Tensor) -> float:
        return float(measure(model.decode_tokens(codes), model.converter.kind)[name].nanmean())

    least, most, before = 1.0, LONGEST, mean(z)
    for _ in range(HALVINGS):
        middle = (least + most) / 2
        enough = mean(z + middle * vector.to(z)) - before >= wanted
        least, most = (least, middle) if enough else (middle, most)
    return (least + most) / 2


@sentences()
def main(
    checkpoint: Annotated[Path, typer.Argument(help="A checkpoint folder; the vectors are written into it.")],
    data: Annotated[Path, typer.Option(help="Windows from training.prepare.")],
    most: Annotated[int, typer.Option(min=3, help="How many windows to measure.")] = 60_000,
    low: Annotated[int, typer.Option(help="The lowest transposition in semitones.")] = -5,
    high: Annotated[int, typer.Option(help="The highest transposition in semitones.")] = 6,
    separate: Annotated[bool, typer.Option("--separate", help="Fit all vectors at once, by regression.")] = False,
    apart: Annotated[list[str], typer.Option(help="NAME:OTHER[:SHARE] frees NAME's vector of OTHER's; repeat.")] = [],  # noqa: B006
) -> None:
    """Fit a checkpoint's attribute vectors."""
    with opened(checkpoint) as model:
        fit_attributes(model, Windows.load(data), (low, high), most, separate, apart)
        save(model.attributes, checkpoint)
    typer.echo(f"{checkpoint} shifts {', '.join(model.attributes)} now.")


if __name__ == "__main__":
    start(main)
