"""The demo as an MCP server: its endpoints are tools that a language model's client finds and calls."""

import asyncio
import json
import urllib.request
from ast import literal_eval

import pytest

from mvae import MusicVAE
from tests.serving import fetch, serve

pytest.importorskip("gradio", reason="gradio is not installed: pip install '.[app]'")
pytest.importorskip("mcp", reason="MCP is not installed: pip install '.[mcp]'")
from mcp import ClientSession  # noqa: E402
from mcp.client.streamable_http import streamable_http_client  # noqa: E402


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a demo that was asked to be an MCP server, too."""
    with serve(tmp_path_factory.mktemp("demo"), GRADIO_MCP_SERVER="true") as url:
        yield f"{url}gradio_api/mcp/"


def ask(server, question):
    """What the server answers to a client's question."""

    async def session():
        async with streamable_http_client(server) as (read, write, _), ClientSession(read, write) as client:
            await client.initialize()
            return await question(client)

    return asyncio.run(session())


def test_every_endpoint_is_a_tool_that_is_explained(server):
    endpoints = json.loads(fetch(f"{server.removesuffix('mcp/')}info"))["named_endpoints"]
    tools = {tool.name: tool for tool in ask(server, lambda client: client.list_tools()).tools}
    assert set(tools) == {name.removeprefix("/") for name in endpoints}
    for name, tool in tools.items():
        assert tool.description
        parameters = {one["parameter_name"] for one in endpoints[f"/{name}"]["parameters"]}
        explained = {parameter for parameter, what in tool.inputSchema["properties"].items() if what["description"]}
        assert explained == parameters, name


def test_sample_plays(server):
    asked = {"model": "mel-2bar", "n": 2, "temperature": 0.5, "seed": 7, "qpm": 60, "sound": False}
    [answer] = ask(server, lambda client: client.call_tool("sample", asked)).content
    cards, expected = literal_eval(answer.text), MusicVAE.from_pretrained("mel-2bar").sample(2, 0.5, 7)
    for card, midi in zip(cards, expected, strict=True):
        assert [note["pitch"] for note in card["notes"]] == [note.pitch for note in midi.instruments[0].notes]
        with urllib.request.urlopen(card["midi"]["url"]) as file:
            assert file.read(4) == b"MThd"


def test_a_wrong_value_is_answered_with_a_sentence(server):
    answer = ask(server, lambda client: client.call_tool("sample", {"model": "mel-2bar", "n": -1}))
    assert answer.isError
    assert answer.content[0].text == "n is -1; a whole number from 1 to 16 is accepted."
