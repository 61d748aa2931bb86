"""A tour of short pieces: a Gradio component that shows them as tiles, in a row or one of them going round and round.

`roll.html`, `roll.css` and `tour.css` are its frame, `picture.js` and `lane.js` draw the tiles, `tour.js` plays them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gradio.components.base import Component, server

from mvae import MvaeError
from mvae.audio import missing

from .pieces import Piece
from .roll import Cards, cards_of
from .stems import write_mix
from .widget import Widget


class Tour(Widget):
    """Pieces of equal length from one end of a way to the other, as tiles that name and show each instrument.

    Python gives it a sequence of `Piece`; browsers and API clients receive `Cards`. Before there are any it shows
    `hint`.
    """

    data_model = Cards

    def __init__(self, hint: str, **kwargs: Any) -> None:
        super().__init__(
            "roll.html",
            ["roll.css", "tour.css"],
            ["make.js", "drums.js", "picture.js", "card.js", "lane.js", "tour.js"],
            hint=hint,
            notice=missing() or "",
            **kwargs,
        )

    def postprocess(self, value: Sequence[Piece] | None) -> Cards | None:  # type: ignore[override]
        return None if value is None else cards_of(value)

    @server
    def mix(self, midi: object) -> str | None:
        """Render a MIDI file that this component has handed out; says what is wrong, or None."""
        if not isinstance(midi, str) or midi not in self.temp_files or not Path(midi).is_file():
            return "This piece is no longer here; make it anew."
        try:
            self.temp_files.add(str(write_mix(Path(midi))))
        except MvaeError as error:
            return str(error)
        return None

    def api_info(self) -> dict[str, Any]:
        return Component.api_info(self)
