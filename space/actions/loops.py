"""Loops near a sketch, and songs of loops."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pretty_midi
import torch
from torch import Tensor

from mvae import ArgumentError, CheckpointError, Config
from mvae.converters import MelodyConverter
from mvae.converters.melody import melody_notes, melody_tokens
from mvae.notes import Note

from .. import checks, models, pieces, scales
from ..pieces import Piece

ROWS, COLUMNS = 4, 5
BARS = 2
STEPS = BARS * MelodyConverter.segment_steps
DISTANCE = 0, 1
LONGEST = 32  # loops in a song
ALIKE = 0.7  # of the notes of two loops that both have: one of them is drawn again,
TRIES = 4  # so many times, each farther off by
NUDGE = 0.25  # of the distance that is wished for
Loop = list[Note]
NAMES = [f"{column}{row}" for row in range(1, ROWS + 1) for column in "ABCDE"]


def loops(
    model: object,
    sketch: object,
    key: object,
    scale: object,
    in_scale: object,
    distance: object,
    temperature: object,
    seed: object,
    qpm: object,
    sound: object,
    folder: Path,
) -> list[Piece]:
    """A palette of `ROWS` x `COLUMNS` loops, row by row, their files within `folder`: `sketch` itself is the first.

    The others lead from it to three variations of it, in the other corners, that a `model` of melodies of two bars
    makes as far off as `distance` says: 0 is the sketch again, 1 anything. Loops that would be much like one before are
    variations of the sketch instead. If `in_scale`, their notes are moved to the nearest ones of the `scale` on `key`.
    The sketch is notes {pitch, start, end} in 16ths, or a MIDI file within `folder`.

    Raises `CheckpointError` for a model that isn't there or makes something else, `ArgumentError` for what is out of
    range, `MidiError` for a file without a melody, `AudioError` while rendering.
    """
    _check_fits(model)
    wants_sound, stays = checks.flag("sound", sound), checks.flag("in_scale", in_scale)
    key = checks.one_of("key", key, scales.KEYS)
    scale = checks.one_of("scale", scale, list(scales.SCALES))
    distance = checks.number("distance", distance, *DISTANCE)
    temperature = checks.number("temperature", temperature, *checks.TEMPERATURE)
    seed = checks.whole("seed", seed, *checks.SEED)
    qpm = checks.number("qpm", qpm, *checks.QPM)
    first = _loop("the sketch", sketch, folder)
    if not first:
        raise ArgumentError("The sketch is empty; paint a few notes on it first.")

    def decode(codes: Tensor) -> list[Loop]:
        found = map(melody_notes, _tokens(models.play(model, "decode", codes, temperature, seed))[:, :, 0].numpy())
        return [[_in_scale(note, key, scale) for note in one] if stays else one for one in found]

    named = zip(NAMES, _near(model, first, distance, seed, decode), strict=True)
    music = [(f"Loop {name}", f"loop-{name}", _music([notes], qpm)) for name, notes in named]
    written = pieces.save(music, folder)
    return pieces.with_sound(written) if wants_sound else written


def song(loops: object, qpm: object, sound: object, folder: Path) -> Piece:
    """One piece of `loops` one after another, each like the sketch of `loops`; its file is within `folder`."""
    wants_sound, qpm = checks.flag("sound", sound), checks.number("qpm", qpm, *checks.QPM)
    if not isinstance(loops, list | tuple) or not 1 <= len(loops) <= LONGEST:
        found = f"{len(loops)} loops" if isinstance(loops, list | tuple) else "no list"
        raise ArgumentError(f"A song is of {found}; a list of 1 to {LONGEST} loops is accepted.")
    music = _music([_loop(f"loop {n}", loop, folder) for n, loop in enumerate(loops, 1)], qpm)
    written = pieces.save([("Song", "song", music)], folder)
    return (pieces.with_sound(written) if wants_sound else written)[0]


def retune(sketch: object, before: object, key: object, scale: object) -> list[dict[str, int]]:
    """The notes of a sketch that is tuned to the key `before`, on the ladder of another key and scale."""
    before, key = (checks.one_of("key", one, scales.KEYS) for one in (before, key))
    scale = checks.one_of("scale", scale, list(scales.SCALES))
    notes = checks.notes("the sketch", sketch or [], STEPS)
    return [
        {"pitch": scales.retune(note.pitch, before, key, scale), "start": note.start, "end": note.end} for note in notes
    ]


def fits(config: Config) -> bool:
    """Whether a model makes loops."""
    return (config.kind, config.bars) == (MelodyConverter.kind, BARS)


def _check_fits(name: object) -> None:
    config = models.load(name).config
    if not fits(config):
        what = f"{models.short(name)} makes {models.describe(config)}"
        raise CheckpointError(f"{what}; loops need a model of {MelodyConverter.kind}, {BARS} bars.")


def _near(
    model: object, sketch: Loop, distance: float, seed: int, decode: Callable[[Tensor], list[Loop]]
) -> list[Loop]:
    """A palette with the sketch in its first corner and three variations of it in the others, no two much alike."""
    code = models.play(model, "encode", _music([sketch]))
    others = models.play(model, "similar", code, 3, 1 - distance, None, seed)
    codes = models.play(model, "palette", torch.cat([code, others]), ROWS, COLUMNS).flatten(0, 1)
    found = [sketch, *decode(codes)[1:]]
    for attempt in range(1, TRIES + 1):
        again = [cell for cell, one in enumerate(found) if any(_are_alike(one, other) for other in found[:cell])]
        if not again or not distance:
            break
        fresh = models.play(model, "similar", code, len(again), 1 - attempt * NUDGE * distance, None, seed + attempt)
        for cell, one in zip(again, decode(fresh), strict=True):
            found[cell] = one
    return found


def _are_alike(one: Loop, other: Loop) -> bool:
    """Whether most that begins in one of two loops begins in both."""
    a, b = ({(note.start, note.pitch) for note in loop} for loop in (one, other))
    return len(a & b) >= ALIKE * len(a | b)


def _tokens(music: object) -> Tensor:
    return MelodyConverter(BARS).to_tokens(music, start_bar=0)  # pyright: ignore[reportArgumentType]


def _loop(name: str, given: object, folder: Path) -> list[Note]:
    """A loop as it came from outside: notes, or a MIDI file."""
    if isinstance(given, list | tuple):
        tokens = melody_tokens(checks.notes(name, given, STEPS), STEPS)
    else:
        tokens = _tokens(checks.midi(name, given, folder))[0, :, 0].numpy()
    return melody_notes(tokens)


def _music(loops: Sequence[Sequence[Note]], qpm: float = 120.0) -> pretty_midi.PrettyMIDI:
    steps = len(loops) * STEPS
    notes = [
        note._replace(start=note.start + n * STEPS, end=note.end + n * STEPS)
        for n, loop in enumerate(loops)
        for note in loop
    ]
    return MelodyConverter(BARS * len(loops)).to_midi(torch.from_numpy(melody_tokens(notes, steps))[:, None], qpm)


def _in_scale(note: Note, key: str, scale: str) -> Note:
    return note._replace(pitch=scales.snap(note.pitch, key, scale))
