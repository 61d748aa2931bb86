"""New trios of melody, bass and drums, and the way from one to another."""

from collections.abc import Sequence
from pathlib import Path

import pretty_midi

from .. import checks, models, pieces
from ..instruments import TRIO
from ..pieces import Piece

KIND = "trio"
COUNT = 1, 8
STEPS = 3, 9


def trio(
    model: object,
    n: object,
    temperature: object,
    seed: object,
    qpm: object,
    played_by: Sequence[object],
    folder: Path,
) -> list[Piece]:
    """`n` new trios of a `model`, `played_by` three instruments, for melody, bass and drums.

    Files are within `folder`. Raises `CheckpointError` for a model that isn't there or makes other music,
    `ArgumentError` for what is out of range.
    """
    models.of_kind(model, KIND)
    n, seed = checks.whole("n", n, *COUNT), checks.whole("seed", seed, *checks.SEED)
    temperature = checks.number("temperature", temperature, *checks.TEMPERATURE)
    qpm, programs = checks.number("qpm", qpm, *checks.QPM), _programs(played_by)
    music = models.play(model, "sample", n, temperature, seed, qpm)
    return pieces.write(_with(programs, music), "Trio", f"{models.short(model)}-seed-{seed}", folder)


def morph(
    model: object, a: object, b: object, steps: object, qpm: object, played_by: Sequence[object], folder: Path
) -> list[Piece]:
    """The way from the trio in the MIDI file `a` to that in `b` in `steps` steps, both as the `model` has them.

    Files are within `folder`, those that are read and those that are written. Raises what `trio` does, and `MidiError`
    for a file that holds no trio.
    """
    models.of_kind(model, KIND)
    steps, qpm = checks.whole("steps", steps, *STEPS), checks.number("qpm", qpm, *checks.QPM)
    programs = _programs(played_by)
    ends = [str(checks.midi(name, one, folder)) for name, one in {"a": a, "b": b}.items()]
    music = models.play(model, "interpolate", *ends, steps, None, None, qpm)
    return pieces.write(_with(programs, music), "Step", f"{models.short(model)}-morph", folder)


def _programs(names: Sequence[object]) -> list[int]:
    """The programs of the instruments that are chosen by name, one for each part."""
    chosen = zip(TRIO.items(), names, strict=True)
    return [offered[checks.one_of(part.lower(), name, list(offered))] for (part, offered), name in chosen]


def _with(programs: Sequence[int], music: list[pretty_midi.PrettyMIDI]) -> list[pretty_midi.PrettyMIDI]:
    for one in music:
        for part, program in zip(one.instruments, programs, strict=True):
            part.program = program
    return music
