"""What Gradio components of our own are made of: HTML, CSS and JavaScript from files beside this one, without a build.

A widget's scripts are run one after another as one function, once for each component on the page, with `element`,
`props`, `trigger`, `server`, `upload` and `watch` at hand; its styles reach nothing outside it. `colors.css` comes
first in each. The page itself has none of them: `load.js` fetches each file once, for all widgets.
"""

import hashlib
import json
import os
import shutil
from abc import ABCMeta
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

import gradio as gr
from gradio.component_meta import ComponentMeta, updateable
from gradio.events import EventListener
from gradio.route_utils import API_PREFIX
from gradio.utils import get_upload_folder

FOLDER = Path(__file__).resolve().parent
SENT = sorted(path for path in FOLDER.iterdir() if path.suffix in (".css", ".js"))
VERSION = hashlib.sha256(b"".join(path.read_bytes() for path in SENT)).hexdigest()[:12]  # no browser keeps an old file
SERVED = Path(get_upload_folder()).resolve() / f"mvae-{VERSION}"
PLACE = {  # of the files, as Gradio names a file to a browser: by an address that begins where the demo is found
    "path": SERVED.as_posix(),
    "url": f"{API_PREFIX}/file={quote(SERVED.as_posix(), safe='/:')}",
    "meta": {"_type": "gradio.FileData"},
}


def _serve() -> None:
    """Copy the files into one folder, for Gradio compares every file of every call with all paths that are static."""
    SERVED.mkdir(parents=True, exist_ok=True)
    for path in SENT:
        part = SERVED / f"{path.name}.{os.getpid()}"
        shutil.copyfile(path, part)
        part.replace(SERVED / path.name)  # at once: another demo may be sending it
    gr.set_static_paths(SERVED)


_serve()


class NoStub(ComponentMeta):
    """Gradio's metaclass, less the stub file that it writes beside a component and that type checkers would believe."""

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> type:
        if "__init__" in attrs:
            attrs["__init__"] = updateable(attrs["__init__"])
        return ABCMeta.__new__(cls, name, bases, attrs)


class Widget(gr.HTML, metaclass=NoStub):
    """A component made of the named files; keyword arguments are those of Gradio's components, or else its `props`.

    `triggers` are the events of its own that its scripts trigger, beside those that every component has.
    """

    triggers: ClassVar[tuple[str, ...]] = ()

    def __init__(self, html: str, css: Sequence[str], js: Sequence[str], **kwargs: Any) -> None:
        styles = " ".join(("colors.css", *css))
        super().__init__(
            html_template=(FOLDER / html).read_text("utf-8"),
            css_template=f"${{window.styles?.[{json.dumps(styles)}] ?? 'visibility: hidden'}}",
            js_on_load=f"import(`${{props.place.url}}/load.js?{VERSION}`).then(({{ load }}) => "
            f"load({json.dumps(styles)}, {json.dumps(' '.join(js))}, element, trigger, props, server, upload, watch));",
            apply_default_css=False,
            place=PLACE,
            **kwargs,
        )

    def __getattr__(self, name: str) -> Any:
        """A listener to one of the `triggers`; `gr.HTML` takes every word between quotes in a script for an event."""
        if name in type(self).triggers:
            return partial(EventListener(name).listener, self)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def get_config(self, cls: Any = None) -> dict[str, Any]:  # type: ignore[override]
        """What Gradio's own constructor takes, `props` included.

        What a widget's constructor takes beside that is no business of a browser's, and its name may be an event's: a
        listener in here holds on to the whole demo, and Gradio copies what is in here for every visitor.
        """
        return {**super(gr.HTML, self).get_config(gr.HTML), "component_class_name": self.component_class_name}
