"""Parts of a piece as sounds of their own, which a browser mixes, and the piece with other instruments.

Both are made of a MIDI file that `pieces.write` has written: a track of tempo and metre, and one track for each part.
"""

import tempfile
import wave
from collections.abc import Sequence
from pathlib import Path

import mido
import numpy as np
import pretty_midi

from mvae import ArgumentError
from mvae.audio import render

from . import checks
from .pieces import renderers

RATE = 32000  # samples a second; the default sound font has little above 16 kHz
PROGRAM = 0, 127


def write_stem(midi: Path, part: object, program: object) -> Path:
    """Render the part number `part` of a MIDI file, played by `program`, into a WAV file in mono beside it.

    The stems of a piece are in balance. Raises `ArgumentError` where there is no such part or program, `AudioError`
    while rendering.
    """
    file = mido.MidiFile(midi)
    number = checks.whole("part", part, 0, len(file.tracks) - 2)
    played_by = checks.whole("program", program, *PROGRAM)
    path = midi.with_name(f"{midi.stem}-{number}-{played_by}.wav")
    if not path.exists():
        file.tracks = [file.tracks[0], _played_by(played_by, file.tracks[1 + number])]
        _render(pretty_midi.PrettyMIDI(mido_object=file), path)
    return path


def write_mix(midi: Path) -> Path:
    """Render all parts of a MIDI file together, as loud as its stems, into a WAV file in mono beside it."""
    path = midi.with_suffix(".wav")
    if not path.exists():
        _render(pretty_midi.PrettyMIDI(str(midi)), path)
    return path


def write_score(midi: Path, programs: object) -> Path:
    """Write a MIDI file with other `programs`, one for each part, beside it; `ArgumentError` where they do not fit."""
    file = mido.MidiFile(midi)
    parts = len(file.tracks) - 1
    if not isinstance(programs, Sequence) or isinstance(programs, str) or len(programs) != parts:
        raise ArgumentError(f"The programs are not a list of {parts}, one for each part.")
    chosen = [checks.whole("program", program, *PROGRAM) for program in programs]
    path = midi.with_name(f"{midi.stem}-{'-'.join(map(str, chosen))}.mid")
    file.tracks[1:] = map(_played_by, chosen, file.tracks[1:])
    file.save(path)
    return path


def _played_by(program: int, track: mido.MidiTrack) -> mido.MidiTrack:
    changed = [one.copy(program=program) if one.type == "program_change" else one for one in track]
    return mido.MidiTrack(changed)


def _render(music: pretty_midi.PrettyMIDI, path: Path) -> None:
    """Write the sound of 16 bits; it appears whole or not at all, since somebody else may wait for the same."""
    with renderers:
        samples = render(music, sample_rate=RATE, level=False).mean(1)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as fresh, wave.open(fresh, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).round().astype("<i2").tobytes())
    Path(fresh.name).replace(path)
