"""A melody that a visitor paints and hears: a Gradio component."""

from typing import Any

from gradio.components.base import Component

from mvae.audio import missing

from . import scales
from .grid import Note, Notes, Row
from .widget import Widget

STEPS = 32
KEY, SCALE = "C", "Major pentatonic"
TUNE = Notes(  # what is on it at first
    root=[
        Note(pitch=pitch, start=start, end=end)
        for pitch, start, end in [
            *[(67, 0, 2), (64, 2, 3), (67, 3, 4), (69, 4, 6), (67, 6, 8), (64, 8, 10), (62, 10, 12), (60, 12, 15)],
            *[(62, 16, 18), (64, 18, 20), (67, 20, 22), (72, 22, 24), (69, 24, 26), (67, 26, 31)],
        ]
    ]
)


class Sketch(Widget):
    """A grid for a melody of two bars, tuned to a scale, and a button that plays it; its value is `Notes` in 16ths."""

    data_model = Notes

    def __init__(
        self,
        title: str = "Your sketch",
        rows: list[dict[str, Any]] | None = None,
        value: Notes | None = TUNE,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            "sketch.html",
            ["roll.css", "grid.css", "sketch.css"],
            ["grid.js", "tempo.js", "sketch.js"],
            title=title,
            hint="Paint by dragging, as on paper. Click a note to take it away.",
            rows=rows or rows_of(KEY, SCALE),
            steps=STEPS,
            notice=missing() or "",
            value=value,
            **kwargs,
        )

    def api_info(self) -> dict[str, Any]:
        return Component.api_info(self)


def rows_of(key: str, scale: str) -> list[dict[str, Any]]:
    """The rows of a grid that is tuned to a scale, the highest first; the tonic stands out."""
    pitches, first = reversed(scales.ladder(key, scale)), scales.tonic(key)
    rows = [Row(pitch=one, label=scales.name(one), accent=(one - first) % 12 == 0) for one in pitches]
    return [row.model_dump() for row in rows]
