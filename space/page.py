"""The page that all tabs are on, which has a sentence for what Gradio itself refuses, before our checks see it."""

from collections.abc import Iterator
from typing import Any

import gradio as gr
from gradio.components import Component
from gradio_client.utils import is_http_url_like

UNREADABLE = (
    "What was sent cannot be read: values as the API page describes them are accepted, and files that were uploaded or "
    "made here."
)


class Files(set[str]):
    """Files that Gradio deletes one day, of which there may be more while it goes through them.

    Else one that is made in that moment would end Gradio's task, and no file would ever be deleted again.
    """

    def __iter__(self) -> Iterator[str]:
        return iter(frozenset(self))


class Page(gr.Blocks):
    """Gradio's Blocks, which answers alien files and values of a wrong form in words, and fetches no address."""

    def __exit__(self, *args: Any) -> None:
        super().__exit__(*args)
        components = [block for block in self.blocks.values() if isinstance(block, Component)]
        for component in components:
            component.temp_files = Files(component.temp_files)
        self.upload_file_set = Files(self.upload_file_set)
        self.temp_file_sets = [self.upload_file_set, *(component.temp_files for component in components)]

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *args: Any, **kwargs: Any) -> Any:
        if any(map(_is_elsewhere, inputs)):
            raise gr.Error("An address was sent; the file itself is needed.", print_exception=False)
        try:
            return await super().preprocess_data(block_fn, inputs, *args, **kwargs)
        except gr.Error:
            raise
        except Exception as error:  # of paths, of files that are gone, of pydantic
            raise gr.Error(UNREADABLE, print_exception=False) from error


def _is_elsewhere(value: object) -> bool:
    """Whether a file that Gradio would fetch from another host is in a value."""
    if isinstance(value, dict):
        path = value.get("path")
        return (isinstance(path, str) and is_http_url_like(path)) or any(map(_is_elsewhere, value.values()))
    return isinstance(value, list) and any(map(_is_elsewhere, value))
