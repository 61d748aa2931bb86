"""Piano rolls that play: a Gradio component that shows pieces as cards.

`roll.html` and `roll.css` are its frame, `picture.js` draws the rolls, `roll.js` makes them play.
"""

from abc import ABCMeta
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr
import pretty_midi
from gradio.component_meta import ComponentMeta, updateable
from gradio.components.base import Component, server
from gradio.data_classes import FileData, GradioModel, GradioRootModel

from mvae import MvaeError
from mvae.audio import missing

from .pieces import Piece, render


class Note(GradioModel):
    """A note of the part number `part`; `start` and `end` are in quarters from the beginning."""

    pitch: int
    start: float
    end: float
    part: int


class Part(GradioModel):
    """An instrument; the pitches of drums are General MIDI's percussion keys."""

    name: str
    drums: bool


class Card(GradioModel):
    """A piece that lasts `beats` quarters at `qpm` quarters a minute; `wav` is null where it has not been rendered."""

    title: str
    qpm: float
    beats: float
    parts: list[Part]
    notes: list[Note]
    midi: FileData
    wav: FileData | None


class Cards(GradioRootModel):
    """Pieces of music, each with its notes, a MIDI file and a WAV file."""

    root: list[Card]


class NoStub(ComponentMeta):
    """Gradio's metaclass, less the stub file that it writes beside a component and that type checkers would believe."""

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> type:
        attrs["__init__"] = updateable(attrs["__init__"])
        return ABCMeta.__new__(cls, name, bases, attrs)


class Rolls(gr.HTML, metaclass=NoStub):
    """Pieces of music as cards, each a piano roll that can be played, stopped, sought in, and taken home as MIDI.

    Python gives it a sequence of `Piece`; browsers and API clients receive `Cards`. Before there are any it shows
    `hint`, and where sound cannot be rendered it says what to install.
    """

    data_model = Cards

    def __init__(self, hint: str, **kwargs: Any) -> None:
        super().__init__(
            html_template=_text("roll.html"),
            css_template=_text("roll.css"),
            js_on_load=_text("picture.js") + _text("roll.js"),
            apply_default_css=False,
            hint=hint,
            notice=missing() or "",
            **kwargs,
        )

    def postprocess(self, value: Sequence[Piece] | None) -> Cards | None:  # type: ignore[override]
        return None if value is None else Cards(root=[_card(piece) for piece in value])

    @server
    def sound(self, midi: object) -> str | None:
        """Render the WAV file beside a MIDI file that this component has handed out; says what is wrong, or None."""
        if not isinstance(midi, str) or midi not in self.temp_files:
            return "This piece is no longer here; make it anew."
        try:
            self.temp_files.add(str(render(Path(midi))))
        except MvaeError as error:
            return str(error)
        return None

    def api_info(self) -> dict[str, Any]:
        return Component.api_info(self)


def _text(name: str) -> str:
    return Path(__file__).with_name(name).read_text("utf-8")


def _card(piece: Piece) -> Card:
    tempo = float(piece.music.get_tempo_changes()[1][0])
    return Card(
        title=piece.title,
        qpm=round(tempo, 3),
        beats=_quarters(piece.music.get_end_time(), tempo),
        parts=[Part(name=part.name, drums=part.is_drum) for part in piece.music.instruments],
        notes=_notes(piece.music, tempo),
        midi=_file(piece.midi),
        wav=None if piece.wav is None else _file(piece.wav),
    )


def _notes(music: pretty_midi.PrettyMIDI, tempo: float) -> list[Note]:
    return [
        Note(pitch=note.pitch, start=_quarters(note.start, tempo), end=_quarters(note.end, tempo), part=part)
        for part, instrument in enumerate(music.instruments)
        for note in instrument.notes
    ]


def _quarters(seconds: float, tempo: float) -> float:
    return round(seconds * tempo / 60, 3)


def _file(path: Path) -> FileData:
    return FileData(path=str(path), orig_name=path.name)
