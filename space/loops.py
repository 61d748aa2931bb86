"""A palette of loops and a song that visitors make of them: a Gradio component.

`loops.html` and the styles are its frame, `loops.js` works it, `tiles.js` draws loops, and `drag.js` drags them into
the song.
"""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from gradio.components.base import Component, server

from mvae import MvaeError
from mvae.audio import missing

from .actions.loops import song
from .pieces import Piece
from .roll import Cards, cards_of
from .widget import Widget


class Loops(Widget):
    """Loops to hear and to put in a row; Python gives it a sequence of `Piece`s, the first the visitor's own.

    It triggers "opened" where it is first seen, and "more" with the notes of the loop that more like it are wanted of.
    """

    data_model = Cards
    triggers: ClassVar[tuple[str, ...]] = ("opened", "more")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            "loops.html",
            ["roll.css", "tiles.css", "loops.css"],
            ["drums.js", "tiles.js", "tempo.js", "drag.js", "loops.js"],
            notice=missing() or "",
            **kwargs,
        )

    def postprocess(self, value: Sequence[Piece] | None) -> Cards | None:  # type: ignore[override]
        return None if value is None else cards_of(value)

    @server
    def song(self, wish: object) -> dict[str, str]:
        """The MIDI file of a song of `loops` at `qpm`, in base 64; or the `problem` that there is."""
        asked = wish if isinstance(wish, dict) else {}
        try:
            piece = song(asked.get("loops"), asked.get("qpm"), False, Path(self.GRADIO_CACHE))
        except MvaeError as error:
            return {"problem": str(error)}
        self.temp_files.add(str(piece.midi))  # so that Gradio deletes it
        return {"midi": base64.b64encode(piece.midi.read_bytes()).decode()}

    def api_info(self) -> dict[str, Any]:
        return Component.api_info(self)
