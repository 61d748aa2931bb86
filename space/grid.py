"""A grid of steps to paint music on, by mouse, finger or keyboard: a Gradio component.

`grid.js` is the grid itself, for other widgets to build on as well; `grid_value.js` ties one to this component's value.
"""

from collections.abc import Sequence
from typing import Any

from gradio.components.base import Component
from gradio.data_classes import GradioModel, GradioRootModel

from .widget import Widget


class Row(GradioModel):
    """A row of the grid: the pitch that it stands for, its name, and whether it stands out."""

    pitch: int
    label: str
    accent: bool = False


class Note(GradioModel):
    """A note from the step `start` until the step `end`."""

    pitch: int
    start: int
    end: int


class Notes(GradioRootModel):
    """The notes of a grid."""

    root: list[Note]


class Grid(Widget):
    """Notes on `rows`, the highest first, and `steps` 16ths; its value is a list of `Note`s."""

    data_model = Notes

    def __init__(self, rows: Sequence[Row], steps: int, label: str, value: Notes | None = None, **kwargs: Any) -> None:
        super().__init__(
            "grid.html",
            ["grid.css"],
            ["grid.js", "grid_value.js"],
            rows=[row.model_dump() for row in rows],
            steps=steps,
            label=label,
            value=value,
            **kwargs,
        )

    def api_info(self) -> dict[str, Any]:
        return Component.api_info(self)
