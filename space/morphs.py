"""Morphs that play: a Gradio component that shows each as one long roll, its steps from red to purple between its ends.

`morph.js` makes them play: all in a row, or the step that is clicked.
"""

from typing import ClassVar

from .roll import Rolls


class Morphs(Rolls):
    """Pieces with a stride, as cards of the whole width."""

    css: ClassVar[tuple[str, ...]] = ("roll.css", "morph.css")
    js: ClassVar[tuple[str, ...]] = ("make.js", "drums.js", "picture.js", "card.js", "morph.js")
