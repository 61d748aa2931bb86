"""A checkpoint wherever it lies: a file or folder of TensorFlow, the published archive, a folder for the browser."""

import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np

from mvae.errors import CheckpointError

from . import browser, tensor_bundle

ACCEPTED = (
    "a TensorFlow checkpoint (model.ckpt of model.ckpt.index, or its folder), a .tar of one,"
    " or a folder of Magenta.js (weights_manifest.json) or deeplearn.js (manifest.json)"
)


class Source(NamedTuple):
    """Where it came from, its variables by name, and what Magenta.js is told of it ({} elsewhere)."""

    name: str
    variables: dict[str, np.ndarray]
    spec: dict[str, Any]


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """Read the checkpoint at `path`; its variables may be mapped files, and are gone afterwards."""
    if (path / browser.SHARDED).is_file():
        yield Source(str(path), browser.read_sharded(path), browser.read_spec(path))
    elif (path / browser.SINGLE).is_file():
        yield Source(str(path), browser.read_single(path), browser.read_spec(path))
    elif path.is_file() and path.suffix in (".tar", ".tgz", ".gz"):
        with tempfile.TemporaryDirectory(prefix="mvae-") as folder:
            _unpack(path, Path(folder))
            yield Source(str(path), tensor_bundle.read(_prefix(Path(folder))), {})
    else:
        yield Source(str(path), tensor_bundle.read(_prefix(path)), {})


def _prefix(path: Path) -> Path:
    """The `model.ckpt` of which there is a `model.ckpt.index`."""
    if path.suffix == ".index":
        return path.with_suffix("")
    if path.with_name(path.name + ".index").is_file():
        return path
    if ".data-" in path.name:
        return path.with_name(path.name.split(".data-")[0])
    found = sorted(path.glob("*.index")) if path.is_dir() else []
    if len(found) > 1:
        found = [index for index in found if index.stem == _latest(path)] or found
    if len(found) > 1:
        raise CheckpointError(
            f"{path} holds several checkpoints: {', '.join(index.stem for index in found)}; name one."
        )
    if not found:
        what = "does not exist" if not path.exists() else "holds no checkpoint of Magenta"
        raise CheckpointError(f"{path} {what}; {ACCEPTED} is accepted.")
    return found[0].with_suffix("")


def _latest(folder: Path) -> str | None:
    """The checkpoint that TensorFlow's own note in the folder names."""
    note = folder / "checkpoint"
    lines = note.read_text(errors="replace").splitlines() if note.is_file() else []
    named = [line.split(":", 1)[1].strip().strip('"') for line in lines if line.startswith("model_checkpoint_path:")]
    return PurePosixPath(named[0]).name if named else None


def _unpack(path: Path, folder: Path) -> None:
    """Copy the checkpoint's own files out of an archive, by their last names only."""
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                name = PurePosixPath(member.name).name
                content = archive.extractfile(member) if ".index" in name or ".data-" in name else None
                if content is not None and not name.startswith("."):
                    with (folder / name).open("xb") as file:
                        shutil.copyfileobj(content, file)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise CheckpointError(f"{path} cannot be unpacked: {error}.") from None
