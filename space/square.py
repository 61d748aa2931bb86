"""A square of blends between four tunes: a Gradio component of tiles that play.

`square.html` and the styles are its frame, `tiles.js` draws the tiles, and `square.js` works them.
"""

from collections.abc import Sequence
from typing import Any

from gradio.components.base import Component
from gradio.data_classes import GradioModel

from mvae.audio import missing

from .actions.morph import Blends
from .roll import Card, Target, card_of
from .widget import Widget


class Tiles(GradioModel):
    """Pieces row by row, in rows of `columns`, and the `whole` of them in a row as one piece."""

    columns: int
    whole: Card
    tiles: list[Card]


class Square(Widget):
    """Blends of four tunes as tiles, each played, taken home as MIDI, or sent to one of the `targets`.

    Python gives it `Blends`.
    """

    data_model = Tiles

    def __init__(self, targets: Sequence[Target], **kwargs: Any) -> None:
        super().__init__(
            "square.html",
            ["roll.css", "tiles.css", "square.css"],
            ["make.js", "drums.js", "picture.js", "card.js", "tiles.js", "square.js"],
            targets=[target._asdict() for target in targets],
            notice=missing() or "",
            **kwargs,
        )

    def postprocess(self, value: Blends | None) -> Tiles | None:  # type: ignore[override]
        if value is None:
            return None
        return Tiles(columns=value.columns, whole=card_of(value.whole), tiles=[card_of(one) for one in value.tiles])

    def api_info(self) -> dict[str, Any]:
        return Component.api_info(self)
