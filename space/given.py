"""Values that clients of the API send, where a page has no control for them: Gradio components that nobody sees.

Each tells its clients a JSON Schema, without which a language model's client can't call the tool it belongs to.
"""

from typing import Any

import gradio as gr
from gradio.blocks import Block
from gradio.data_classes import FileData

from .widget import NoStub

Schema = dict[str, Any]

FILE: Schema = FileData.model_json_schema()
NOTE: Schema = {
    "type": "object",
    "properties": {name: {"type": "integer"} for name in ("pitch", "start", "end")},
    "required": ["pitch", "start", "end"],
}
NOTES: Schema = {"type": "array", "items": NOTE}
ADDRESS: Schema = {"type": "string", "format": "uri", "description": "Of a MIDI file that was made or uploaded here."}
PLACES: Schema = {
    "type": "array",
    "items": {"type": "array", "items": {"type": "number", "minimum": 0, "maximum": 1}, "minItems": 2, "maxItems": 2},
    "minItems": 1,
}


def a_list(least: int, most: int, *kinds: Schema) -> Schema:
    """A list of `least` to `most` values, each of one of a few kinds, or a file as this API answers with it."""
    own_file = {"type": "object", "properties": {"url": ADDRESS}, "required": ["url"]}
    return {"type": "array", "items": {"anyOf": [*kinds, own_file]}, "minItems": least, "maxItems": most}


class Given(gr.JSON, metaclass=NoStub):
    """A value of the form that `schema` tells."""

    def __init__(self, schema: Schema, **kwargs: Any) -> None:
        super().__init__(visible=False, **kwargs)
        self._schema = schema

    def get_block_name(self) -> str:
        return "json"  # is what browsers know it as

    def get_config(self, cls: type[Block] | None = None) -> dict[str, Any]:
        """What Gradio's own constructor takes, above all that nobody sees it: Gradio reads that off the signature."""
        return super().get_config(cls or gr.JSON)

    def api_info(self) -> Schema:
        return self._schema


class Choice(gr.Dropdown, metaclass=NoStub):
    """A list to choose from on the page, which takes any other name as well from a client."""

    def get_block_name(self) -> str:
        return "dropdown"

    def api_info(self) -> Schema:
        return {"type": "string", "examples": [value for _, value in self.choices]}
