"""The way from one tune to another, and the plane between four."""

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from mvae import MusicVAE
from mvae.dataspace import cross_fade

from .. import checks, models, pieces
from ..pieces import Piece
from .tune import KINDS

STEPS = 3, 17
SIZE = 3, 9  # rows and columns of the plane
CHANCE = 7  # where that of the cross-fade begins


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
    paths = [checks.midi(name, one, folder) for name, one in {"a": a, "b": b}.items()]
    tunes = [player.converter.to_tokens(path, start_bar=0)[0] for path in paths]
    codes = models.play(model, "interpolate", *models.play(model, "encode", paths).split(1), steps)
    ways = {"Morph": models.play(model, "decode_tokens", codes)}
    if wants_fade:
        ways["Cross-fade"] = cross_fade(
            player.converter, tunes[0], tunes[1], steps, torch.Generator().manual_seed(CHANCE)
        )
    rows = {title: torch.stack([tunes[0], *way, tunes[1]]) for title, way in ways.items()}
    written = _write_rows(player, rows, qpm, models.short(model), folder)
    return pieces.with_sound(written) if wants_sound else written


def mix(
    model: object, a: object, b: object, c: object, d: object, size: object, qpm: object, sound: object, folder: Path
) -> list[Piece]:
    """`size` times `size` pieces, row by row, that blend the tunes `a` and `b` above and `c` and `d` below.

    Files and errors are those of `morph`.
    """
    models.of_kind(model, *KINDS)
    wants_sound = checks.flag("sound", sound)
    size, qpm = checks.whole("size", size, *SIZE), checks.number("qpm", qpm, *checks.QPM)
    paths = [checks.midi(name, one, folder) for name, one in {"a": a, "b": b, "c": c, "d": d}.items()]
    codes = models.play(model, "palette", models.play(model, "encode", paths), size, size).flatten(0, 1)
    places = [(row, column) for row in range(1, size + 1) for column in range(1, size + 1)]
    written = pieces.save(
        [
            (f"Row {row}, column {column}", f"{models.short(model)}-mix-{row}-{column}", one)
            for (row, column), one in zip(places, models.play(model, "decode", codes, None, None, qpm), strict=True)
        ],
        folder,
    )
    return pieces.with_sound(written) if wants_sound else written


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
