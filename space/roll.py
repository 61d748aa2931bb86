"""Piano rolls that play: a Gradio component that shows pieces as cards.

`roll.html` and `roll.css` are its frame, `make.js` makes what is on it, `picture.js` draws the rolls, `roll.js` makes
them play.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import pretty_midi
from gradio.components.base import Component, server
from gradio.data_classes import FileData, GradioModel, GradioRootModel

from mvae import MvaeError
from mvae.audio import missing

from .pieces import Piece, render
from .widget import Widget


class Target(NamedTuple):
    """Where a piece can be sent: the `name` of a `Source`, the `tab` it is in, and what to call it."""

    name: str
    tab: str
    label: str


class Note(GradioModel):
    """A note of the part number `part`; `start` and `end` are in quarters from the beginning."""

    pitch: int
    start: float
    end: float
    part: int


class Part(GradioModel):
    """An instrument, of General MIDI's `program` from 0; the pitches of drums are its percussion keys."""

    name: str
    drums: bool
    program: int


class Card(GradioModel):
    """A piece that lasts `beats` quarters at `qpm` quarters a minute; `wav` is null where it has not been rendered.

    A morph has steps of `stride` quarters, which is null in other music. `remark` is a word about the piece.
    """

    title: str
    qpm: float
    beats: float
    parts: list[Part]
    notes: list[Note]
    midi: FileData
    wav: FileData | None
    stride: float | None
    remark: str


class Cards(GradioRootModel):
    """Pieces of music, each with its notes, a MIDI file and a WAV file."""

    root: list[Card]


class Rolls(Widget):
    """Pieces of music as cards, each a piano roll that can be played, stopped, sought in, and taken home as MIDI.

    Python gives it a sequence of `Piece`; browsers and API clients receive `Cards`. Before there are any it shows
    `hint`, and where sound cannot be rendered it says what to install. `together` has all rolls stand one above the
    other, with the same keys. Each piece can be sent to the `targets`.
    """

    data_model = Cards
    css: ClassVar[tuple[str, ...]] = ("roll.css",)
    js: ClassVar[tuple[str, ...]] = ("make.js", "drums.js", "picture.js", "card.js", "roll.js")

    def __init__(self, hint: str, together: bool = False, targets: Sequence[Target] = (), **kwargs: Any) -> None:
        super().__init__(
            "roll.html",
            self.css,
            self.js,
            hint=hint,
            together=together,
            targets=[target._asdict() for target in targets],
            notice=missing() or "",
            **kwargs,
        )

    def postprocess(self, value: Sequence[Piece] | None) -> Cards | None:  # type: ignore[override]
        return None if value is None else cards_of(value)

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


def cards_of(pieces: Sequence[Piece]) -> Cards:
    """Pieces as browsers and clients receive them."""
    return Cards(root=[card_of(piece) for piece in pieces])


def card_of(piece: Piece) -> Card:
    """A piece as browsers and API clients receive it."""
    tempo = float(piece.music.get_tempo_changes()[1][0])
    return Card(
        title=piece.title,
        qpm=round(tempo, 3),
        beats=_quarters(piece.music.get_end_time(), tempo),
        parts=[Part(name=part.name, drums=part.is_drum, program=part.program) for part in piece.music.instruments],
        notes=_notes(piece.music, tempo),
        midi=_file(piece.midi),
        wav=None if piece.wav is None else _file(piece.wav),
        stride=piece.stride,
        remark=piece.remark,
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
