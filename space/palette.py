"""A palette of beats to move on: a Gradio component that plays whichever beat the puck is on.

`palette.html` and the styles are its frame, `drums.js` names the drums, `path.js` is the line that the puck follows,
`grid.js` the grid on which corners are painted, and `palette.js` puts it all together.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from gradio.components.base import Component
from gradio.data_classes import GradioModel

from .actions.palette import Blend
from .widget import Widget


class Beats(GradioModel):
    """Four corners and the beats of all cells, row by row: bit masks of drums, one for each 16th."""

    corners: list[list[int]]
    cells: list[list[int]]


class Palette(Widget):
    """A palette that is played in the browser; Python gives it a `Blend`.

    `names` are what its corners are called at first, and `beats` what others can be had by name. When a corner is to be
    another, it triggers `blend`. In the page, its element has a `palette`: its `wanted` corners, and the `walk` heard.
    """

    data_model = Beats
    triggers: ClassVar[tuple[str, ...]] = ("blend",)

    def __init__(
        self, value: Blend, names: Sequence[str], beats: Sequence[str], qpm: float, loops: int, **kwargs: Any
    ) -> None:
        super().__init__(
            "palette.html",
            ["roll.css", "grid.css", "palette.css"],
            ["make.js", "drums.js", "path.js", "grid.js", "palette.js"],
            value=value,
            names=list(names),
            beats=list(beats),
            qpm=qpm,
            loops=loops,
            **kwargs,
        )

    def postprocess(self, value: Blend | None) -> Beats | None:  # type: ignore[override]
        return None if value is None else Beats(corners=value.corners, cells=value.cells)

    def api_info(self) -> dict[str, Any]:
        return Component.api_info(self)
