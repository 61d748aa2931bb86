"""A tune with more or less of something: notes above all."""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from torch import Tensor

from mvae import MusicVAE
from mvae.attributes import measure

from .. import checks, models, pieces
from ..pieces import Piece
from .tune import KINDS

AMOUNT = -1.5, 1.5
DENSITY = {"melody": "note_density", "drums": "drum_density"}  # what the density of each kind of music is called
SCALES = {"note_density": 16, "drum_density": 16, "average_interval": 1}  # steps a bar; all others are in per cent
WORDS = {
    "note_density": "{} notes a bar",
    "drum_density": "{} hits a bar",
    "c_diatonic": "{} % on white keys",
    "average_interval": "{} semitones a leap",
    "syncopation_16th": "{} % on off-beat 16ths",
    "syncopation_8th": "{} % on off-beat 8ths",
}


def density(
    model: object, tune: object, amount: object, others: Mapping[str, object], qpm: object, sound: object, folder: Path
) -> list[Piece]:
    """Two pieces, `tune` before and after: as the `model` has it, moved by `amount` of density.

    `others` are amounts of other attributes; those that it has not are left out. The remarks of the pieces tell what is
    measured of all that was moved. Files that are read and written are within `folder`. Raises `MvaeError` for what
    cannot be read or is wrong.
    """
    player = models.of_kind(model, *KINDS)
    wants_sound = checks.flag("sound", sound)
    qpm = checks.number("qpm", qpm, *checks.QPM)
    own = DENSITY[player.config.kind]
    moved = {own: checks.number("amount", amount, *AMOUNT)}
    checked = {name: checks.number(name, one, *AMOUNT) for name, one in others.items()}
    moved |= {name: one for name, one in checked.items() if one and name in player.attributes}
    path = checks.midi("tune", tune, folder)
    before = player.converter.to_tokens(path, start_bar=0)
    [after] = models.play(model, "shift", path, moved, qpm=qpm)
    named = [("Before", player.converter.to_midi(before[0], qpm)), ("After", after)]
    written = pieces.save([(title, f"{models.short(model)}-{title.lower()}", one) for title, one in named], folder)
    told = [replace(piece, remark=_remark(player, player.converter.to_tokens(piece.midi), moved)) for piece in written]
    return pieces.with_sound(told) if wants_sound else told


def has_others(model: object) -> bool:
    """Whether the `model` knows other attributes than density."""
    return len(models.of_kind(model, *KINDS).attributes) > 1


def _remark(player: MusicVAE, tokens: Tensor, moved: dict[str, float]) -> str:
    """What is measured of the attributes that were moved."""
    measured = {name: value.item() for name, value in measure(tokens[:1], player.config.kind).items()}
    return " · ".join(_in_words(name, measured[name]) for name in moved if name in measured)


def _in_words(name: str, value: float) -> str:
    if math.isnan(value):
        return WORDS[name].format("–")
    return WORDS[name].format(f"{value * SCALES.get(name, 100):.{1 if name in SCALES else 0}f}")
