"""Where a tune comes from: the model, an example, a hand that draws, a MIDI file, or another tab; a Gradio component.

`source.html` and `source.css` are its frame, `source.js` works it; its value is the MIDI file of the tune.
"""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gradio.components.base import Component, server
from gradio.data_classes import FileData
from gradio.utils import get_upload_folder

from mvae import MvaeError
from mvae.audio import missing

from . import examples, models
from .actions import tune
from .pieces import Piece
from .roll import Target, card_of
from .sketch import rows_of
from .widget import Widget

WAYS: dict[str, Callable[[object, dict[str, Any], Path], Piece]] = {
    "model": lambda model, wish, folder: tune.draw(model, wish.get("seed"), folder),
    "example": lambda model, wish, folder: tune.take(model, wish.get("name"), folder),
    "drawn": lambda model, wish, folder: tune.sketch(model, wish.get("notes"), wish.get("drums"), folder),
    "file": lambda model, wish, folder: tune.cut(model, wish.get("midi"), wish.get("part"), wish.get("bar"), folder),
    "sent": lambda model, wish, folder: tune.cut(model, wish.get("midi"), 1, 1, folder),
}
WHITE_KEYS = "C", "Major"  # that melodies are drawn on


class Source(Widget):
    """A tune for a `model`, at first the `example`, that visitors choose and hear.

    Rolls elsewhere send their music to it, as to their `Target`.
    """

    data_model = FileData

    def __init__(self, label: str, target: Target, model: str, example: str, **kwargs: Any) -> None:
        first = tune.take(model, example, Path(get_upload_folder()))
        super().__init__(
            "source.html",
            ["roll.css", "grid.css", "source.css"],
            ["make.js", "drums.js", "picture.js", "card.js", "grid.js", "source.js"],
            label=label,
            name=target.name,
            tab=target.tab,
            model=model,
            example=example,
            value=str(first.midi),
            first=card_of(first).model_dump(),
            examples=examples.names(models.load(model).config.kind),
            rows=rows_of(*WHITE_KEYS),
            notice=missing() or "",
            **kwargs,
        )

    def postprocess(self, value: str | None) -> FileData | None:  # type: ignore[override]
        return None if value is None else FileData(path=value, orig_name=Path(value).name)

    @server
    def choose(self, wish: object) -> dict[str, Any]:
        """The tune that is wished for, as a card, and the examples there are for its model; or the `problem`."""
        asked = wish if isinstance(wish, dict) else {}
        model, way = asked.get("model"), WAYS.get(str(asked.get("from")), WAYS["example"])
        try:
            known = examples.names(models.of_kind(model, *tune.KINDS).config.kind)
            piece = way(model, asked | {"name": _known(asked, known)}, Path(self.GRADIO_CACHE))
        except MvaeError as error:
            return {"problem": str(error)}
        self.temp_files.add(str(piece.midi))  # so that Gradio hands it out, and deletes it
        return {"card": card_of(piece).model_dump(), "examples": known}

    @server
    def parts(self, wish: object) -> dict[str, Any]:
        """The parts of a MIDI file that was sent, each with its name and its bars; or the `problem`."""
        asked = wish if isinstance(wish, dict) else {}
        try:
            found = tune.parts(asked.get("model"), asked.get("midi"), Path(self.GRADIO_CACHE))
        except MvaeError as error:
            return {"problem": str(error)}
        return {"parts": [asdict(one) for one in found]}

    def example_payload(self) -> dict[str, Any]:
        return FileData(path="tune.mid", url="tune.mid").model_dump()

    def api_info(self) -> dict[str, Any]:
        return Component.api_info(self)


def _known(asked: dict[str, Any], known: list[str]) -> str:
    """The example that is asked for or, where this model has none of that name, the one in its place."""
    name, place = asked.get("name"), asked.get("place")
    return name if name in known else known[place % len(known) if type(place) is int else 0]
