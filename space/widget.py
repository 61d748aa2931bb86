"""What Gradio components of our own are made of: HTML, CSS and JavaScript from files beside this one, without a build.

A widget's scripts are run one after another as one function, once for each component on the page, with `element`,
`props`, `trigger`, `server` and `watch` at hand; its styles reach nothing outside it. `colors.css` comes first in each.
"""

from abc import ABCMeta
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.component_meta import ComponentMeta, updateable

FOLDER = Path(__file__).parent


class NoStub(ComponentMeta):
    """Gradio's metaclass, less the stub file that it writes beside a component and that type checkers would believe."""

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> type:
        if "__init__" in attrs:
            attrs["__init__"] = updateable(attrs["__init__"])
        return ABCMeta.__new__(cls, name, bases, attrs)


class Widget(gr.HTML, metaclass=NoStub):
    """A component made of the named files; keyword arguments are those of Gradio's components, or else its `props`."""

    def __init__(self, html: str, css: Sequence[str], js: Sequence[str], **kwargs: Any) -> None:
        super().__init__(
            html_template=_text(html),
            css_template="".join(map(_text, ("colors.css", *css))),
            js_on_load="".join(map(_text, js)),
            apply_default_css=False,
            **kwargs,
        )


def _text(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")
