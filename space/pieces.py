"""Pieces of music as the demo hands them out: a title, the music, and the files that hold it."""

import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pretty_midi

from mvae.audio import missing, write_wav
from mvae.midi import ALL_NOTES_OFF

PREFIX = "pieces-"  # of folders
EMPTY = 60  # seconds that a folder may be empty, and between looks for such
renderers = threading.Semaphore(2)  # at a time, for all visitors together: each keeps a core busy
_looked = 0.0


@dataclass(frozen=True)
class Piece:
    """One piece; `wav` is None where its sound has not been rendered.

    `stride` is how many quarters each step of a morph lasts, and None for other music; `remark` is a word about it.
    """

    title: str
    music: pretty_midi.PrettyMIDI
    midi: Path
    wav: Path | None = None
    stride: float | None = None
    remark: str = ""


def write(music: Sequence[pretty_midi.PrettyMIDI], title: str, name: str, folder: Path) -> list[Piece]:
    """Numbered pieces without sound, their MIDI files called after `name` in a new folder within `folder`."""
    return save([(f"{title} {i}", f"{name}-{i}", one) for i, one in enumerate(music, 1)], folder)


def save(named: Sequence[tuple[str, str, pretty_midi.PrettyMIDI]], folder: Path) -> list[Piece]:
    """Pieces without sound, each of a title, the name of its MIDI file, and music; in a new folder within `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    _tidy(folder)
    own = Path(tempfile.mkdtemp(prefix=PREFIX, dir=folder))
    pieces = [Piece(title, music, own / f"{name}.mid") for title, name, music in named]
    for piece in pieces:
        piece.music.write(str(piece.midi))
    return pieces


def _tidy(folder: Path) -> None:
    """Remove the folders within `folder` whose files Gradio has deleted: it leaves them, empty, for ever."""
    global _looked
    now = time.time()
    if now - _looked < EMPTY:
        return
    _looked = now
    for old in folder.glob(f"{PREFIX}*"):
        with suppress(OSError):  # it is not empty, or another call was first
            if now - old.stat().st_mtime > EMPTY:
                old.rmdir()


def in_a_row(music: Sequence[pretty_midi.PrettyMIDI], seconds: float) -> pretty_midi.PrettyMIDI:
    """Pieces with the same parts one after another, each `seconds` long."""
    first = music[0]
    row = pretty_midi.PrettyMIDI(resolution=first.resolution, initial_tempo=first.get_tempo_changes()[1][0])
    row.time_signature_changes += first.time_signature_changes
    for number, instrument in enumerate(first.instruments):
        part = pretty_midi.Instrument(instrument.program, instrument.is_drum, instrument.name)
        for at, one in enumerate(music):
            part.notes += [
                pretty_midi.Note(note.velocity, note.pitch, note.start + at * seconds, note.end + at * seconds)
                for note in one.instruments[number].notes
            ]
        part.control_changes.append(pretty_midi.ControlChange(ALL_NOTES_OFF, 0, len(music) * seconds))
        row.instruments.append(part)
    return row


def render(midi: Path) -> Path:
    """Render a MIDI file that `write` has written into a WAV file beside it; `AudioError` where that fails."""
    with renderers:
        return write_wav(pretty_midi.PrettyMIDI(str(midi)), midi.with_suffix(".wav"))


def with_sound(pieces: Sequence[Piece]) -> list[Piece]:
    """The same pieces with their WAV files, where sound can be rendered; `AudioError` where that fails."""
    return list(pieces) if missing() else [replace(piece, wav=render(piece.midi)) for piece in pieces]
