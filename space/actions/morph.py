"""The way from one tune to another, and the square between four."""

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from mvae import MusicVAE
from mvae.dataspace import cross_fade

from .. import checks, models, pieces
from ..pieces import Piece
from .tune import KINDS

STEPS = 3, 17
SIDE = 2, 9  # tiles
CHANCE = 7  # where that of the cross-fade begins


@dataclass(frozen=True)
class Blends:
    """Four tunes and what is between them, row by row, in rows of `columns`; `whole` is all of it in a row."""

    columns: int
    whole: Piece
    tiles: list[Piece]


def morph(
    model: object, a: object, b: object, steps: object, qpm: object, fade: object, sound: object, folder: Path
) -> list[Piece]:
    """One piece: the tune `a`, `steps` steps from what the model makes of it to what it makes of `b`, and `b`.

    With `fade` there is a second one, whose steps mix the notes of `a` and `b` without any model. Files that `a` and
    `b` name, and those that are written, are within `folder`. Raises `MvaeError` for what cannot be read or is wrong.
    """
    player = models.of_kind(model, *KINDS)
    wants_fade, wants_sound = checks.flag("fade", fade), checks.flag("sound", sound)
    steps, qpm = checks.whole("steps", steps, *STEPS), checks.number("qpm", qpm, *checks.QPM)
    paths, tunes = _tunes(player, {"a": a, "b": b}, folder)
    ways = {"Morph": models.play(model, _walk, paths, steps)}
    if wants_fade:
        ways["Cross-fade"] = cross_fade(
            player.converter, tunes[0], tunes[1], steps, torch.Generator().manual_seed(CHANCE)
        )
    rows = {title: torch.stack([tunes[0], *way, tunes[1]]) for title, way in ways.items()}
    written = _write_rows(player, rows, qpm, models.short(model), folder)
    return pieces.with_sound(written) if wants_sound else written


def square(
    model: object, a: object, b: object, c: object, d: object, rows: object, columns: object, qpm: object, folder: Path
) -> Blends:
    """The tunes `a` and `b` in the corners above, `c` and `d` in those below, and what a `model` makes between them.

    Files and errors are those of `morph`.
    """
    player = models.of_kind(model, *KINDS)
    rows, columns = (checks.whole(name, one, *SIDE) for name, one in {"rows": rows, "columns": columns}.items())
    qpm = checks.number("qpm", qpm, *checks.QPM)
    paths, tunes = _tunes(player, {"a": a, "b": b, "c": c, "d": d}, folder)
    windows = models.play(model, _blend, paths, rows, columns)
    corners = [0, columns - 1, (rows - 1) * columns, rows * columns - 1]
    windows[corners] = tunes  # who brings a tune wants to hear it as it is
    name = models.short(model)
    [whole] = _write_rows(player, {"Square": windows}, qpm, name, folder)
    places = [(row, column) for row in range(1, rows + 1) for column in range(1, columns + 1)]
    titles = [f"Row {row}, column {column}" for row, column in places]
    for corner, letter in zip(corners, "ABCD", strict=True):
        titles[corner] = letter
    tiles = [
        (title, f"{name}-square-{row}-{column}", player.converter.to_midi(window, qpm))
        for title, (row, column), window in zip(titles, places, windows, strict=True)
    ]
    return Blends(columns, whole, pieces.save(tiles, folder))


def _walk(player: MusicVAE, paths: list[Path], steps: int) -> Tensor:
    """The windows (N, T, P) on the way from one tune to another, in one call of a lent GPU."""
    a, b = player.encode(paths).split(1)
    return player.decode_tokens(player.interpolate(a, b, steps))


def _blend(player: MusicVAE, paths: list[Path], rows: int, columns: int) -> Tensor:
    """The windows (N, T, P) of the palette of four tunes, row by row, in one call of a lent GPU."""
    return player.decode_tokens(player.palette(player.encode(paths), rows, columns).flatten(0, 1))


def _tunes(player: MusicVAE, given: dict[str, object], folder: Path) -> tuple[list[Path], Tensor]:
    """Files by the names they came under, and what a model reads of each: windows (N, T, P)."""
    paths = [checks.midi(name, one, folder) for name, one in given.items()]
    return paths, torch.stack([player.converter.to_tokens(path, start_bar=0)[0] for path in paths])


def _write_rows(player: MusicVAE, rows: dict[str, Tensor], qpm: float, name: str, folder: Path) -> list[Piece]:
    """A piece of each row of windows (N, T, P)."""
    quarters = player.converter.steps / player.converter.steps_per_quarter
    named = [
        (
            title,
            f"{name}-{title.lower()}",
            pieces.in_a_row([player.converter.to_midi(one, qpm) for one in row], quarters * 60 / qpm),
        )
        for title, row in rows.items()
    ]
    return [replace(piece, stride=quarters) for piece in pieces.save(named, folder)]
