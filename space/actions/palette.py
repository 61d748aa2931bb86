"""Beats between four corners, and the way that is drawn through them."""

import math
import reprlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pretty_midi
import torch

from mvae import ArgumentError, Config, MusicVAE
from mvae.converters import DrumsConverter
from mvae.converters.drums import DRUMS

from .. import checks, models, pieces
from ..beats import BEATS
from ..pieces import Piece

SIDE = 11  # cells
CORNERS = 0, SIDE - 1, SIDE * (SIDE - 1), SIDE * SIDE - 1  # in reading order
BARS = 4  # at most, of a model
TEMPERATURE = 0.7  # of beats that are sampled
LOOPS = 1, 16
POINTS = 1, 500

Beat = list[int]  # a bit mask of drums for each 16th


@dataclass(frozen=True)
class Blend:
    """Four corners, and the beats of all cells, row by row; those in the corners are the corners themselves."""

    corners: list[Beat]
    cells: list[Beat]


def palette(model: object, corners: object, seed: object, folder: Path) -> Blend:
    """What a `model` of drums makes of four corners, in reading order: 11 x 11 beats.

    A corner is the name of one of `BEATS`, a bit mask for each 16th, a MIDI file that was uploaded into `folder`, or
    None for one that is sampled with `seed`. Raises `CheckpointError` for a model that isn't there, `ArgumentError` for
    what is no corner, and `MidiError` for a file that has no drums.
    """
    drummer, seed = _drummer(model), checks.whole("seed", seed, *checks.SEED)
    if not isinstance(corners, list | tuple) or len(corners) != len(CORNERS):
        found = f"{len(corners)} of them" if isinstance(corners, list | tuple) else reprlib.repr(corners)
        raise ArgumentError(
            f"The corners are {found}; four are needed: top left, top right, bottom left, bottom right."
        )
    sampled = iter(_sampled(model, corners.count(None), seed))
    beats = [next(sampled) if corner is None else _beat(corner, drummer, folder) for corner in corners]
    codes = models.play(model, "encode", [_music(beat) for beat in beats])
    codes = models.play(model, "palette", codes, SIDE, SIDE).flatten(0, 1)
    cells = models.play(model, "decode_tokens", codes)[:, :, 0].tolist()
    for at, beat in zip(CORNERS, beats, strict=True):
        cells[at] = beat  # who draws a beat wants to hear it as drawn
    return Blend(beats, cells)


def walk(
    model: object,
    corners: object,
    points: object,
    loops: object,
    qpm: object,
    seed: object,
    sound: object,
    folder: Path,
) -> list[Piece]:
    """The way along a line on the palette of `corners`, while the beat goes round `loops` times: a piece, as played.

    `points` are the line's corners [x, y], from [0, 0] at the top left to [1, 1]; a single one stays where it is.
    Raises what `palette` raises, and `AudioError` while rendering.
    """
    wants_sound, places = checks.flag("sound", sound), checks.places("points", points, *POINTS)
    loops, qpm = checks.whole("loops", loops, *LOOPS), checks.number("qpm", qpm, *checks.QPM)
    blend = palette(model, corners, seed, folder)
    length = len(blend.cells[0])
    way = _along(places, loops * length)
    heard = [blend.cells[cell][step % length] for step, cell in enumerate(way)]
    title = "Path" if len(places) > 1 else "Beat"
    written = pieces.write([_music(heard, qpm)], title, f"{models.short(model)}-{title.lower()}", folder)
    return pieces.with_sound(written) if wants_sound else written


def fits(config: Config) -> bool:
    """Whether models of `config` make beats for a palette: of the nine drums, and not too long."""
    return config.kind == "drums" and config.drum_map != "full" and config.bars <= BARS


def _drummer(name: object) -> MusicVAE:
    """A model that plays the nine drums."""
    model = models.load(name)
    if not fits(model.config):
        raise ArgumentError(
            f"{reprlib.repr(name)} makes {models.describe(model.config)}; a palette needs drums, up to {BARS} bars."
        )
    return model


def _sampled(model: object, n: int, seed: int) -> list[Beat]:
    return [_read(midi, models.load(model)) for midi in models.play(model, "sample", n, TEMPERATURE, seed)] if n else []


def _beat(corner: object, drummer: MusicVAE, folder: Path) -> Beat:
    """A corner, as it came from outside, as a beat of the drummer's length."""
    steps = drummer.converter.steps
    if isinstance(corner, str) and corner in BEATS:
        return [BEATS[corner][step % len(BEATS[corner])] for step in range(steps)]
    if isinstance(corner, list):
        if len(corner) != steps:
            raise ArgumentError(f"A corner has {len(corner)} steps; this model has {steps}.")
        return [checks.whole("A step of a corner", mask, 0, 2 ** len(DRUMS) - 1) for mask in corner]
    if isinstance(corner, str | dict):
        return _read(checks.midi("A corner", corner, folder), drummer)
    raise ArgumentError(
        f"A corner is {reprlib.repr(corner)}; one of {', '.join(BEATS)}, a bit mask for each step, a MIDI file, "
        "or null is accepted."
    )


def _read(midi: Path | pretty_midi.PrettyMIDI, drummer: MusicVAE) -> Beat:
    return drummer.converter.to_tokens(midi, start_bar=0)[0, :, 0].tolist()


def _music(beat: Beat, qpm: float = 120.0) -> pretty_midi.PrettyMIDI:
    converter = DrumsConverter(math.ceil(len(beat) / DrumsConverter.segment_steps))
    return converter.to_midi(torch.tensor(beat)[:, None], qpm)


def _along(places: Sequence[tuple[float, float]], steps: int) -> list[int]:
    """The cells at `steps` places equally far apart on the line, its end left out, where it begins again.

    palette.js does the same sums in the same order, so that the file has what was heard, to the last bit.
    """
    reached = [0.0]
    for (x, y), (to_x, to_y) in zip(places, places[1:], strict=False):
        reached.append(reached[-1] + math.sqrt((to_x - x) * (to_x - x) + (to_y - y) * (to_y - y)))
    cells, before = [], 0
    for step in range(steps):
        at = reached[-1] * step / steps
        while before < len(places) - 2 and reached[before + 1] < at:
            before += 1
        (x, y), (to_x, to_y) = places[before], places[min(before + 1, len(places) - 1)]
        stride = reached[min(before + 1, len(places) - 1)] - reached[before]
        share = (at - reached[before]) / stride if stride > 0 else 0.0
        cells.append(_cell(x + (to_x - x) * share, y + (to_y - y) * share))
    return cells


def _cell(x: float, y: float) -> int:
    row, column = math.floor(y * (SIDE - 1) + 0.5), math.floor(x * (SIDE - 1) + 0.5)
    return row * SIDE + column
