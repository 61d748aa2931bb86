"""One tune to begin with: new from the model, an example, drawn by hand, or cut out of a file."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pretty_midi

from mvae import ArgumentError, PartError
from mvae.converters import Converter, Reading
from mvae.converters.melody import FIRST_ON
from mvae.midi import read
from mvae.notes import Song

from .. import checks, examples, models, pieces
from ..pieces import Piece

KINDS = "melody", "drums"  # what the tabs that begin with tunes play
TEMPERATURE = 0.5
MOST_PARTS, MOST_BARS = 64, 2048  # of a file that are shown
LONGEST = 40  # letters of a part's name
PAPER = 32  # 16ths that are drawn on
QPM = 120.0


@dataclass(frozen=True)
class Part:
    """A part of a file; for each bar how many notes begin in it, or None where no tune can be cut out from there."""

    name: str
    bars: list[int | None]


def draw(model: object, seed: object, folder: Path) -> Piece:
    """A new tune of the `model`, its file within `folder`."""
    models.of_kind(model, *KINDS)
    seed = checks.whole("seed", seed, *checks.SEED)
    [music] = models.play(model, "sample", 1, TEMPERATURE, seed)
    return _keep(music, "New", f"{models.short(model)}-seed-{seed}", folder)


def take(model: object, name: object, folder: Path) -> Piece:
    """The example `name`, as long as what the `model` reads, its file within `folder`."""
    music = examples.example(name, models.of_kind(model, *KINDS).converter)
    return _keep(music, str(name), str(name).lower().replace(",", "").replace(" ", "-"), folder)


def sketch(model: object, notes: object, is_drums: object, folder: Path) -> Piece:
    """What is drawn by hand on two bars, or on the one that the `model` reads; longer models read it several times.

    Each note is {pitch, start, end}, in 16ths; `is_drums` says which grid it was drawn on. Its file is within `folder`.
    """
    converter = models.of_kind(model, *KINDS).converter
    if checks.flag("drums", is_drums) != (converter.kind == "drums"):
        raise ArgumentError(f"What was drawn is not {converter.kind}, which this model reads; draw anew.")
    steps = min(PAPER, converter.steps)
    drawn = checks.notes("the drawing", notes, steps)
    if not drawn:
        raise ArgumentError("Nothing is drawn yet; paint a few notes.")
    music, part = pretty_midi.PrettyMIDI(initial_tempo=QPM), pretty_midi.Instrument(0, is_drum=bool(is_drums))
    sixteenth = 15 / QPM
    for begin in range(0, converter.steps, steps):
        part.notes += [
            pretty_midi.Note(80, note.pitch, (begin + note.start) * sixteenth, (begin + note.end) * sixteenth)
            for note in drawn
        ]
    music.instruments.append(part)
    return _keep(converter.to_midi(converter.to_tokens(music, start_bar=0)[0]), "Drawn by hand", "drawn", folder)


def parts(model: object, midi: object, folder: Path) -> list[Part]:
    """The parts of a file within `folder` that the `model` can read; `MidiError` where there is none."""
    converter = models.of_kind(model, *KINDS).converter
    path = checks.midi("midi", midi, folder)
    song = read(path)
    readings = converter.readable(song)
    if not readings:
        raise PartError(converter.describe_missing(song))
    found = [Part(_name(one), _bars(converter, song, number)) for number, one in enumerate(readings[:MOST_PARTS])]
    if not any(part.bars for part in found):
        converter.to_tokens(path)  # which says why
    return found


def cut(model: object, midi: object, part: object, bar: object, folder: Path) -> Piece:
    """What the `model` reads of a file within `folder`: of the part number `part`, from `bar` on, both from 1.

    The new file is within `folder`, too. Raises `MidiError` for what cannot be read, `ArgumentError` for a bar that is
    not there.
    """
    converter = models.of_kind(model, *KINDS).converter
    path = checks.midi("midi", midi, folder)
    part, bar = checks.whole("part", part, 1, MOST_PARTS), checks.whole("bar", bar, 1, MOST_BARS)
    tokens = converter.to_tokens(path, part - 1, bar - 1)[0]
    name = _name(converter.choose(read(path), part - 1))
    return _keep(converter.to_midi(tokens), f"{name}, bar {bar}", f"part-{part}-bar-{bar}", folder)


def _name(reading: Reading) -> str:
    first = reading.tracks[0]
    program = "Drums" if first.is_drum else pretty_midi.program_to_instrument_name(first.program)
    return (reading.name or program)[:LONGEST]


def _bars(converter: Converter, song: Song, number: int) -> list[int | None]:
    begins = FIRST_ON if converter.kind == "melody" else 1  # the least token that begins a note
    bars: list[int | None] = []
    for start, tokens in islice(converter.windows(song, number), MOST_BARS):
        bars += [None] * (min(start, MOST_BARS) - len(bars))
        bars.append(int((tokens[: converter.segment_steps] >= begins).sum()))
    return bars[:MOST_BARS]


def _keep(music: pretty_midi.PrettyMIDI, title: str, name: str, folder: Path) -> Piece:
    [piece] = pieces.save([(title, name, music)], folder)
    return piece
