"""The page that all tabs are on, which has a sentence for what Gradio itself refuses, before our checks see it."""

from collections.abc import Iterator
from typing import Any

import gradio as gr
from gradio.components import Component

from . import addresses

UNREADABLE = (
    "What was sent cannot be read: values as the API page describes them are accepted, and files that were uploaded or "
    "made here."
)

ELSEWHERE = "This address is not one of this demo's, and nothing is fetched from elsewhere; send the file itself."


class Files(set[str]):
    """Files that Gradio deletes one day, of which there may be more while it goes through them.

    Else one that is made in that moment would end Gradio's task, and no file would ever be deleted again.
    """

    def __iter__(self) -> Iterator[str]:
        return iter(frozenset(self))


class Page(gr.Blocks):
    """Gradio's Blocks, which answers alien files and values of a wrong form in words, and fetches no address.

    Where Gradio makes an MCP server for it, this is of our `Tools`.
    """

    @property
    def mcp_server_obj(self) -> Any:
        return self._tools

    @mcp_server_obj.setter
    def mcp_server_obj(self, server: Any) -> None:
        if server is not None:
            from .tools import Tools  # needs the package mcp, which the demo goes without

            server = Tools(self)
        self._tools = server

    def __exit__(self, *args: Any) -> None:
        super().__exit__(*args)
        components = [block for block in self.blocks.values() if isinstance(block, Component)]
        for component in components:
            component.temp_files = Files(component.temp_files)
        self.upload_file_set = Files(self.upload_file_set)
        self.temp_file_sets = [self.upload_file_set, *(component.temp_files for component in components)]

    async def process_api(self, block_fn: Any, inputs: list[Any], *args: Any, **kwargs: Any) -> dict[str, Any]:
        ours = addresses.hosts(kwargs.get("root_path"), self.local_url, self.share_url)
        try:
            inputs = addresses.paths_in(inputs, ours)
        except RecursionError as error:
            raise gr.Error(UNREADABLE, print_exception=False) from error
        return await super().process_api(block_fn, inputs, *args, **kwargs)

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *args: Any, **kwargs: Any) -> Any:
        try:
            if addresses.is_elsewhere(inputs):
                raise gr.Error(ELSEWHERE, print_exception=False)
            return await super().preprocess_data(block_fn, inputs, *args, **kwargs)
        except gr.Error:
            raise
        except Exception as error:  # of paths, of files that are gone, of pydantic
            raise gr.Error(UNREADABLE, print_exception=False) from error
