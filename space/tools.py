"""The demo's endpoints as the tools of an MCP server, for language models.

Gradio makes one of every endpoint. What is overridden is what clients cannot use: answers as Python prints them,
references that lead out of a schema, and files of this machine as what a file is by default.
"""

import json
from typing import Any

from gradio.mcp import GradioMCPServer
from gradio.processing_utils import add_root_url
from gradio_client import Client
from gradio_client.utils import is_file_obj_with_meta
from mcp import types
from mcp.server import Server

PATIENCE = 60  # seconds
A_FILE = "Gradio File Input"  # so begins what Gradio calls the format of an address that stands for a file
HOW = "The address of a file that a tool here has answered with, or the file itself as a data: URL."


class Tools(GradioMCPServer):
    """An MCP server whose answers are JSON, as text and as structured content: {"result": …}."""

    def get_input_schema(
        self, tool_name: str, parameters: dict[str, str] | None = None
    ) -> tuple[dict[str, Any], list[list[str | int]]]:
        schema, places = super().get_input_schema(tool_name, parameters)
        definitions: dict[str, Any] = {}
        for one in schema["properties"].values():
            definitions |= one.pop("$defs", {})  # references begin at the root
            if str(one.get("format")).startswith(A_FILE):
                for key in ("default", "required", "title"):
                    one.pop(key, None)
                one["description"] = f"{one.get('description', '')} {HOW}".strip()
        return schema | ({"$defs": definitions} if definitions else {}), places

    def postprocess_output_data(self, data: Any, root_url: str) -> list[types.TextContent | types.ImageContent]:
        texts = [
            json.dumps(_lean(one), ensure_ascii=False, separators=(",", ":"))
            for one in add_root_url(data, root_url, None)
        ]
        return [types.TextContent(type="text", text=text) for text in texts]

    def _get_or_create_client(self) -> Client:
        """Gradio's client of the demo itself, which waits for a busy machine longer than five seconds."""
        if self._client_instance is None and self.local_url:
            self._client_instance = Client(
                self.local_url,
                download_files=False,
                verbose=False,
                analytics_enabled=False,
                ssl_verify=False,
                _skip_components=False,
                headers={"x-gradio-user": "mcp"},
                httpx_kwargs={"timeout": PATIENCE},
            )
        return super()._get_or_create_client()

    def create_mcp_server(self) -> Server:
        server = super().create_mcp_server()
        call = server.request_handlers[types.CallToolRequest]

        async def structured(request: types.CallToolRequest) -> types.ServerResult:
            answer = await call(request)
            result = answer.root
            if isinstance(result, types.CallToolResult) and not result.isError:
                texts = [one.text for one in result.content if isinstance(one, types.TextContent)]
                result.structuredContent = {"result": json.loads(texts[0])}
            return answer

        server.request_handlers[types.CallToolRequest] = structured
        return server


def _lean(value: Any) -> Any:
    """An answer without what means nothing to clients elsewhere: of files, all but their address and name."""
    if is_file_obj_with_meta(value):
        return {"url": value["url"], "orig_name": value["orig_name"]}
    if isinstance(value, dict):
        return {key: _lean(one) for key, one in value.items()}
    return [_lean(one) for one in value] if isinstance(value, list) else value
