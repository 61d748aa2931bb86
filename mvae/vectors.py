"""Attribute vectors: directions in latent space in which music gets more of something (Roberts et al. 2018, 5.5)."""

import os
import re
import tempfile
import warnings
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from numbers import Real
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from .converters import Converter
from .errors import ArgumentError, CheckpointError, MidiError
from .midi import Midi
from .paths import expanded

Vectors = dict[str, Tensor]

FILE = "attributes.safetensors"
FLOATS = "F64", "F32", "F16", "BF16"
MIDI_SUFFIXES = ".mid", ".midi"
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
MOST = 256  # vectors of one model
FARTHEST = 100.0  # times a vector, or in one; codes of music are near 1


def thirds(codes: Tensor, values: Tensor) -> Tensor:
    """The vector (Z,) from the mean code of the third with the least of an attribute to that with the most.

    The paper's recipe, of codes (N, Z) and values (N,). Equal values are taken in the order given: shuffle them.
    """
    order, third = values.argsort(stable=True), len(values) // 3
    return codes[order[-third:]].mean(0) - codes[order[:third]].mean(0)


def fit_vectors(codes: Tensor, values: Mapping[str, Tensor], separate: bool = False) -> Vectors:
    """One vector (Z,) for each attribute, of codes (N, Z) and the `values` (N,) measured on their music.

    By the paper's recipe, or with `separate` by a linear regression of the codes on all attributes at once, which
    moves one and leaves the others; 1.0 times a vector is then as much of it as the thirds differ by.
    """
    known = torch.stack(list(values.values())).isfinite().all(0)
    if int(known.sum()) < 3:
        raise ArgumentError(f"There are {int(known.sum())} pieces with notes enough to measure; three are needed.")
    codes, table = codes[known], torch.stack([column[known] for column in values.values()], 1)
    if not separate:
        return {name: thirds(codes, column) for name, column in zip(values, table.T, strict=True)}
    spread = torch.cat([thirds(column[:, None], column) for column in table.T]).clamp(min=1e-6)
    columns = torch.cat([table / spread, table.new_ones(len(table), 1)], 1)
    return dict(zip(values, torch.linalg.lstsq(columns, codes).solution[:-1], strict=True))


def mean_code(music: Midi | Sequence[Midi], converter: Converter, encode: Callable[[Tensor], Tensor]) -> Tensor:
    """The mean code (Z,) of a folder of MIDI, a file or a list of music; each piece weighs the same.

    Every window with notes counts, by `encode` from tokens (N, T, P) to codes (N, Z). What cannot be read is left out
    with a warning; raises `MidiError` where that is everything.
    """
    pieces, refused = [], []
    for piece in _pieces(music):
        try:
            tokens = converter.to_tokens(piece)
            sounding = tokens[(tokens != 0).flatten(1).any(1)]
            if not len(sounding):
                raise MidiError(f"{_called(piece)} is silent.")
            pieces.append(encode(sounding).mean(0))
        except MidiError as error:
            refused.append(str(error))
    if not pieces:
        raise MidiError(f"There is nothing to read in {_called(music)}: {next(iter(refused), 'no MIDI file is there')}")
    for reason in refused:
        warnings.warn(f"Left out: {reason}", stacklevel=3)
    return torch.stack(pieces).mean(0)


def _pieces(music: Midi | Sequence[Midi]) -> Iterable[Midi]:
    if isinstance(music, str | os.PathLike) and (folder := expanded(music)).is_dir():
        return sorted(path for path in folder.rglob("*") if path.suffix.lower() in MIDI_SUFFIXES)
    return music if isinstance(music, Sequence) and not isinstance(music, str | bytes | bytearray) else [music]


def _called(music: object) -> str:
    return str(music) if isinstance(music, str | Path) else f"the {type(music).__name__}"


def unknown(name: object, names: Collection[str]) -> str:
    """That there is no attribute of this name, as a sentence."""
    known = ", ".join(names) or "none; training.fit_attributes and fit_attribute give it some"
    return f"There is no attribute {name!r}; this model has {known}."


def amounts_of(
    table: Mapping[str, float] | None, keywords: Mapping[str, float], names: Collection[str]
) -> dict[str, float]:
    """How much of what, as it was said in a table and by keywords; each is one of the attributes `names`."""
    if table is not None and not isinstance(table, Mapping):
        raise ArgumentError(f"by is {table!r}; a table is accepted, such as {{'note_density': 1.0}}.")
    if twice := [name for name in keywords if table and name in table]:
        raise ArgumentError(f"{twice[0]} is given twice, in the table and as a keyword; give it once.")
    amounts = {**(table or {}), **keywords}
    for name, amount in amounts.items():
        if name not in names:
            raise ArgumentError(unknown(name, names))
        if isinstance(amount, bool) or not isinstance(amount, Real) or not abs(amount) <= FARTHEST:
            raise ArgumentError(f"{name} is {amount!r}; a number from {-FARTHEST:.0f} to {FARTHEST:.0f} is accepted.")
    return amounts


def shifted(codes: Tensor, vectors: Mapping[str, Tensor], amounts: Mapping[str, float]) -> Tensor:
    """Codes (N, Z) moved by each amount times the vector of its name."""
    for name, amount in amounts.items():
        codes = codes + float(amount) * vectors[name].to(codes)
    return codes


def is_name(name: object) -> bool:
    """Whether an attribute can have this name."""
    return isinstance(name, str) and NAME.fullmatch(name) is not None


def check_name(name: str) -> None:
    """Refuse a name that no attribute can have."""
    if not is_name(name):
        raise ArgumentError(
            f"The attribute is called {name!r}; up to 64 small letters, digits and underscores are accepted, a letter"
            " first."
        )


def save(vectors: Mapping[str, Tensor], folder: Path) -> None:
    """Write `attributes.safetensors` into `folder`, or remove that of earlier vectors where there are none."""
    if not vectors:
        (folder / FILE).unlink(missing_ok=True)
        return
    with tempfile.TemporaryDirectory(prefix=".saving-", dir=folder) as name:
        write(vectors, Path(name)).replace(folder / FILE)


def write(vectors: Mapping[str, Tensor], folder: Path) -> Path:
    """Write the vectors, in float32 at least, into a folder where there are none; returns the file."""
    tensors = {name: _precise(vector.detach().cpu()).contiguous() for name, vector in vectors.items()}
    path = folder / FILE
    path.write_bytes(safetensors.torch.save(tensors))  # save_file would let nobody but the owner read it
    return path


def _precise(vector: Tensor) -> Tensor:
    return vector.to(torch.promote_types(vector.dtype, torch.float32), copy=True)


def load(folder: Path, source: str, z_size: int) -> Vectors:
    """The vectors (Z,) in the `folder` of the checkpoint `source`; none where it has no `attributes.safetensors`.

    Raises `CheckpointError` for what is no finite vector of that size under a name that `shift` takes.
    """
    path = folder / FILE
    if not path.exists():
        return {}
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            names = sorted(file.keys())
            if len(names) > MOST:
                raise ValueError(f"it holds {len(names)} vectors, and up to {MOST} are read")
            for name in names:
                _check_slice(name, file.get_slice(name), z_size)
            vectors = {name: _precise(file.get_tensor(name)) for name in names}  # copied: the file may be replaced
        for name, vector in vectors.items():
            if not (vector.abs() <= FARTHEST).all():
                raise ValueError(f"{name} holds NaN, infinity or numbers beyond {FARTHEST:.0f}")
    except (OSError, ValueError, safetensors.SafetensorError) as error:
        raise CheckpointError(f"The {FILE} of {source} is damaged ({error}); fetch it again.") from error
    return vectors


def _check_slice(name: str, piece: Any, z_size: int) -> None:
    """Refuse, before it is read, what is no vector for codes of `z_size` dimensions."""
    shape, kind = tuple(piece.get_shape()), piece.get_dtype()
    if not is_name(name):
        raise ValueError(f"{name!r} is no name of an attribute")
    if shape != (z_size,) or kind not in FLOATS:
        raise ValueError(f"{name} is {shape} of {kind}; ({z_size},) of {', '.join(FLOATS)} is needed")
