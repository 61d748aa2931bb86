"""Pieces of music as the demo hands them out: a title, the music, and the files that hold it."""

import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pretty_midi

from mvae.audio import write_wav

_renderers = threading.Semaphore(2)  # at a time, for all visitors together: each keeps a core busy


@dataclass(frozen=True)
class Piece:
    """One piece; `wav` is None where its sound has not been rendered."""

    title: str
    music: pretty_midi.PrettyMIDI
    midi: Path
    wav: Path | None = None


def write(music: Sequence[pretty_midi.PrettyMIDI], title: str, name: str, folder: Path) -> list[Piece]:
    """Numbered pieces without sound, their MIDI files called after `name` in a new folder within `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    own = Path(tempfile.mkdtemp(dir=folder))
    pieces = [Piece(f"{title} {i}", one, own / f"{name}-{i}.mid") for i, one in enumerate(music, 1)]
    for piece in pieces:
        piece.music.write(str(piece.midi))
    return pieces


def render(midi: Path) -> Path:
    """Render a MIDI file that `write` has written into a WAV file beside it; `AudioError` where that fails."""
    with _renderers:
        return write_wav(pretty_midi.PrettyMIDI(str(midi)), midi.with_suffix(".wav"))
