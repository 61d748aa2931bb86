"""Turn folders of MIDI and ABC into windows to train on.

    python -m training.prepare DATA --kind melody --bars 2 --out prepared/mel-2bar

Songs are split into training and validation by group, so that no arrangement of a validation tune is trained on.
A window that occurs twice is kept once, and one that occurs in a training song is not validated on. `files.csv` beside
the windows says of every file what came of it.
"""

import collections
import csv
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer

from mvae.converters import CONVERTERS, Converter
from mvae.errors import MidiError
from mvae.notes import Song
from mvae.terminal import sentences, start

from .corpus import File, files, held_out_groups, others, songs
from .paths import Overwrite, check_new
from .progress import progress
from .windows import SONGS, CorpusError, Windows
from .worth import WORTH

REASONS = 20  # that are listed
FILES = "files.csv"


def prepare(
    root: Path,
    converter: Converter,
    exclude: tuple[str, ...] = (),
    held_out: float = 0.04,
    report: "Report | None" = None,
    only: tuple[str, ...] = (),
) -> Windows:
    """All distinct windows worth learning of the songs below `root`; prints what was used and what was not, and why.

    Sources in `exclude` are left out, and where `only` names any, all others.
    """
    report = report or Report()
    rows: list[np.ndarray] = []
    song_of: list[int] = []
    about: list[dict[str, str]] = []
    for file in progress(files(root), desc="reading", unit=" files"):
        if file.source in exclude or (only and file.source not in only):
            continue
        found = _windows(file, converter, report)
        if found:
            about.append({"path": file.path, "group": file.group, "source": file.source})
            rows += found
            song_of += [len(about) - 1] * len(found)
    for path in others(root):
        report.skip(path, "It is no file of MIDI or ABC.")
    report.show()
    if not rows:
        raise CorpusError(f"{root} gave no window of {converter.bars} bars for {converter.kind}: {report.why_not()}.")
    validated = held_out_groups({song["group"] for song in about}, held_out)
    for song in about:
        song["split"] = "validation" if song["group"] in validated else "train"
    keep = _distinct(rows, [about[song]["split"] == "train" for song in song_of])
    tokens = np.stack([rows[i] for i in keep]).astype(np.int16)
    return Windows(tokens, np.array(song_of, dtype=np.int32)[keep], about, converter.kind, converter.bars)


class Report:
    """What came of each file: how many windows, or why none."""

    def __init__(self) -> None:
        self.used: dict[str, list[tuple[str, int]]] = collections.defaultdict(list)
        self.skipped: dict[str, list[str]] = collections.defaultdict(list)

    def use(self, file: File, windows: int) -> None:
        self.used[file.source].append((file.path, windows))

    def skip(self, path: str, reason: str) -> None:
        self.skipped[reason].append(path)

    def show(self) -> None:
        """Print a table: used files by source, then skipped ones by reason, the commonest first."""
        print(f"{'files':>7} {'windows':>9}")
        for source, found in sorted(self.used.items()):
            print(f"{len(found):>7} {sum(windows for _, windows in found):>9}  {source}")
        reasons = self._reasons()
        for reason, paths in reasons[:REASONS]:
            print(f"{len(paths):>7} {'-':>9}  skipped: {reason} (for instance {paths[0]})")
        if rest := sum(len(paths) for _, paths in reasons[REASONS:]):
            print(f"{rest:>7} {'-':>9}  skipped for other reasons")

    def save(self, path: Path) -> None:
        """Write a row for every file: its path, its windows (before what occurs twice is left out), why it has none."""
        used = [(path, str(windows), "") for found in self.used.values() for path, windows in found]
        skipped = [(path, "0", reason) for reason, paths in self.skipped.items() for path in paths]
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([("path", "windows", "skipped"), *sorted(used + skipped)])

    def why_not(self) -> str:
        """The commonest reason, where nothing could be used."""
        reasons = self._reasons()
        return f"{reasons[0][0].rstrip('.')} ({reasons[0][1][0]})" if reasons else "it has no file of MIDI or ABC"

    def _reasons(self) -> list[tuple[str, list[str]]]:
        return sorted(self.skipped.items(), key=lambda item: -len(item[1]))


def _windows(file: File, converter: Converter, report: Report) -> list[np.ndarray]:
    """The windows of a file that are worth learning, in canonical form."""
    try:
        tunes = songs(file)
        found = [window for song in tunes for window in _song_windows(song, converter)]
        if not found:
            raise MidiError(_why_not(tunes, converter))
    except MidiError as error:
        report.skip(file.path, str(error))
        return []
    report.use(file, len(found))
    return found


def _why_not(tunes: list[Song], converter: Converter) -> str:
    """Why no window of these songs is worth learning."""
    unreadable = [converter.describe_missing(song) for song in tunes if not converter.readable(song)]
    spans = [span for song in tunes for span in song.spans]
    if tunes and len(unreadable) == len(tunes):
        return unreadable[0]
    if tunes and not any(span.quarters_per_bar == 4 for span in spans):
        return f"The file has no bar in 4/4, but {', '.join(sorted({span.meter for span in spans}))}."
    return f"The file has no {converter.bars}-bar window with enough notes and without long rests."


def _song_windows(song: Song, converter: Converter) -> list[np.ndarray]:
    readings = range(len(converter.readable(song)))
    windows = [window.tokens for part in readings for window in converter.windows(song, part)]
    if not windows:
        return []
    tokens = converter.canonical(torch.from_numpy(np.stack(windows)).long()).numpy()
    return [one for one in tokens if WORTH[converter.kind](one)]


def _distinct(rows: list[np.ndarray], in_training: list[bool]) -> list[int]:
    """The first of each kind of window, those of training songs before those of validation songs."""
    order = sorted(range(len(rows)), key=lambda i: not in_training[i])
    first: dict[bytes, int] = {}
    for i in order:
        first.setdefault(rows[i].astype(np.int16).tobytes(), i)
    return sorted(first.values())


@sentences()
def main(
    data: Annotated[Path, typer.Argument(help="A folder of .mid and .abc files, or of .tar.xz archives of them.")],
    out: Annotated[Path, typer.Option(help="The folder to write the windows into.")],
    kind: Annotated[str, typer.Option(help=f"What to read: {', '.join(CONVERTERS)}.")] = "melody",
    bars: Annotated[int, typer.Option(help="The length of a window.")] = 2,
    exclude: Annotated[list[str], typer.Option(help="A source (folder) to leave out; repeat for more.")] = [],  # noqa: B006
    only: Annotated[list[str], typer.Option(help="A source to read and no other; repeat for more.")] = [],  # noqa: B006
    held_out: Annotated[float, typer.Option(help="The share of songs to validate on.")] = 0.04,
    overwrite: Overwrite = False,
) -> None:
    """Turn a folder of MIDI and ABC into windows to train on."""
    if kind not in CONVERTERS:
        raise CorpusError(f"There is no converter {kind!r}; there are {', '.join(CONVERTERS)}.")
    check_new(out / SONGS, overwrite)
    report = Report()
    windows = prepare(data, CONVERTERS[kind](bars), tuple(exclude), held_out, report, tuple(only))
    windows.save(out)
    report.save(out / FILES)
    counts = {name: len(windows.split(name)) for name in ("train", "validation")}
    typer.echo(f"{out}: {counts['train']} windows to train on, {counts['validation']} to validate on.")


if __name__ == "__main__":
    start(main)
