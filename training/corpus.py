"""Corpora: folders and archives of MIDI and ABC, and the group of each file."""

import csv
import hashlib
import lzma
import os
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mvae.midi import read_bytes
from mvae.notes import Song

from .windows import CorpusError

MANIFEST = "MANIFEST.csv"
MIDI_SUFFIXES = {".mid", ".midi"}
ABC_SUFFIXES = {".abc"}
ARCHIVES = ".tar.xz", ".tar.gz"
FEW = 5  # groups, the fewest to validate on where there are enough


class File(NamedTuple):
    """One file of a corpus: its path within, its bytes, the folder (source) it lies in, and its group."""

    path: str
    data: bytes
    source: str
    group: str


def files(root: Path) -> Iterator[File]:
    """Every MIDI and ABC file below `root`, also within `.tar.xz` and `.tar.gz` archives, in a fixed order.

    A `MANIFEST.csv` in `root` with the columns path, source and group lists the files to read, and names the group of
    near-duplicates of each; without one every file is read and is a group of its own.
    """
    if not root.is_dir():
        raise CorpusError(
            f"There is no folder {root}; give one with .mid and .abc files, or {', '.join(ARCHIVES)} of them."
        )
    manifest = _manifest(root / MANIFEST)
    for path, data in _contents(root):
        if Path(path).suffix.lower() not in MIDI_SUFFIXES | ABC_SUFFIXES:
            continue
        if manifest and path not in manifest:
            continue
        folder = Path(path).parts[0] if len(Path(path).parts) > 1 else root.resolve().name
        yield File(path, data, *manifest.get(path, (folder, path)))


def songs(file: File) -> list[Song]:
    """The song of a MIDI file, or those of an ABC file; raises `MidiError`, whose messages call it "the file"."""
    if Path(file.path).suffix.lower() in ABC_SUFFIXES:
        from .abc import songs as abc_songs

        return abc_songs(file.data, "the file")
    return [read_bytes(file.data, "the file")]


def is_held_out(group: str, share: float = 0.04) -> bool:
    """Whether a group of songs belongs to validation; decided by its name alone, the same for every converter."""
    return _rank(group) < share * 2**32


def held_out_groups(groups: set[str], share: float = 0.04) -> set[str]:
    """The groups of songs that are validated on: those that `is_held_out` names, and of few groups at least five.

    Never more than a fifth is added, nor the only group; the same groups give the same answer.
    """
    few = min(FEW, max(len(groups) // 5, 1)) if share and len(groups) > 1 else 0
    ranked = sorted(groups, key=_rank)
    return {group for number, group in enumerate(ranked) if number < few or is_held_out(group, share)}


def others(root: Path) -> Iterator[str]:
    """The loose files below `root` that are not read, and are no description of those that are."""
    for path in sorted(root.rglob("*")):
        known = path.suffix.lower() in MIDI_SUFFIXES | ABC_SUFFIXES or path.name.endswith(ARCHIVES)
        if path.is_file() and not known and path.name not in (MANIFEST, "README.md") and path.name[0] != ".":
            yield path.relative_to(root).as_posix()


def _rank(group: str) -> int:
    """A number below 2^32 that depends on the name alone."""
    return int.from_bytes(hashlib.sha1(group.encode()).digest()[:4], "big")


def _contents(root: Path) -> Iterator[tuple[str, bytes]]:
    for folder, subfolders, names in os.walk(root):
        subfolders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            if name.endswith(ARCHIVES):
                yield from _members(path)
            elif path.suffix.lower() in MIDI_SUFFIXES | ABC_SUFFIXES:
                yield path.relative_to(root).as_posix(), path.read_bytes()


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    """The files of an archive in the order they lie in it: to go back in one is to unpack it again."""
    try:
        with tarfile.open(path, "r|*") as archive:
            for member in archive:
                stream = archive.extractfile(member) if member.isfile() else None
                if stream is not None:
                    yield member.name.removeprefix("./"), stream.read()
    except (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError) as error:
        raise CorpusError(f"The archive {path} is damaged ({error}); fetch it again.") from error


def _manifest(path: Path) -> dict[str, tuple[str, str]]:
    if not path.exists():
        return {}
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return {row["path"]: (row["source"], row["group"]) for row in csv.DictReader(stream)}
    except (KeyError, UnicodeDecodeError, csv.Error) as error:
        raise CorpusError(f"{path} cannot be read ({error}); the columns path, source and group are needed.") from error
