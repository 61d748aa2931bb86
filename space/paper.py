"""A page of text: a Gradio component for HTML that the demo itself has made.

`gr.HTML` would take braces in the text for a template.
"""

from typing import Any

from .widget import Widget


class Paper(Widget):
    """A page of HTML, or `hint` before there is any."""

    def __init__(self, hint: str, **kwargs: Any) -> None:
        super().__init__("paper.html", ["paper.css"], ["paper.js"], hint=hint, **kwargs)
