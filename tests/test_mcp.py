"""The demo as an MCP server: its endpoints are tools that a language model's client finds and calls."""

import asyncio
import base64
import json
import threading
import urllib.request
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from mvae import MusicVAE
from tests.serving import fetch, serve

pytest.importorskip("gradio", reason="gradio is not installed: pip install '.[app]'")
pytest.importorskip("mcp", reason="MCP is not installed: pip install '.[mcp]'")
from jsonschema import Draft202012Validator  # noqa: E402  # mcp brings it
from mcp import ClientSession  # noqa: E402
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client  # noqa: E402

from space.beats import BEATS  # noqa: E402

KICK = [1, 0, 0, 0] * 8  # a bit mask for each 16th
SKETCH = [{"pitch": 60, "start": 0, "end": 4}, {"pitch": 64, "start": 16, "end": 20}]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a demo that was asked to be an MCP server, too."""
    with serve(tmp_path_factory.mktemp("demo"), GRADIO_MCP_SERVER="true") as url:
        yield f"{url}gradio_api/mcp/"


class Caller:
    """A client that remembers which tools it has called."""

    def __init__(self, session):
        self.session, self.called = session, set()

    async def __call__(self, tool, **arguments):
        """What a tool answers, as structured content; its text is the same."""
        self.called.add(tool)
        answer = await self.session.call_tool(tool, arguments)
        assert not answer.isError, f"{tool}: {answer.content}"
        [text] = answer.content
        assert json.loads(text.text) == answer.structuredContent["result"]
        return answer.structuredContent["result"]


@asynccontextmanager
async def connected(server, **headers):
    async with (
        create_mcp_http_client(headers=headers) as http,
        streamable_http_client(server, http_client=http) as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        yield session


def ask(server, question, **headers):
    """What the server answers to a client's question."""

    async def session():
        async with connected(server, **headers) as client:
            return await question(client)

    return asyncio.run(session())


def pitches(card):
    return [note["pitch"] for note in card["notes"]]


def test_every_endpoint_is_a_tool_that_is_explained(server):
    endpoints = json.loads(fetch(f"{server.removesuffix('mcp/')}info"))["named_endpoints"]
    tools = {tool.name: tool for tool in ask(server, lambda client: client.list_tools()).tools}
    assert set(tools) == {name.removeprefix("/") for name in endpoints}
    for name, tool in tools.items():
        assert tool.description
        parameters = {one["parameter_name"] for one in endpoints[f"/{name}"]["parameters"]}
        explained = {parameter for parameter, what in tool.inputSchema["properties"].items() if what["description"]}
        assert explained == parameters, name
        Draft202012Validator.check_schema(tool.inputSchema)
        for what in tool.inputSchema["properties"].values():
            if "default" in what:
                Draft202012Validator({"$defs": tool.inputSchema.get("$defs", {}), **what}).validate(what["default"])


def test_every_tool_is_called_on_what_another_has_made(server):
    async def session(client):
        call = Caller(client)
        cards = await call("sample", model="mel-2bar", n=2, temperature=0.5, seed=7)
        a, b = (card["midi"]["url"] for card in cards)

        before, after = await call("density", tune=a, amount=1)
        assert pitches(before) == pitches(cards[0])
        assert len(after["notes"]) > len(before["notes"])

        [way] = await call("morph", a=a, b=after["midi"]["url"], steps=3)
        assert pitches(way)[: len(pitches(cards[0]))] == pitches(cards[0])
        square = await call("morph_square", a=a, b=b, c=way["midi"]["url"], d=a, rows=2, columns=2)
        assert [pitches(tile) for tile in square["tiles"][:2]] == [pitches(card) for card in cards]

        found = await call("loops", sketch=SKETCH, key="D", scale="Major", in_scale=False)
        assert pitches(found[0]) == [60, 64]
        found = await call("loops", midi=a, in_scale=False)
        assert pitches(found[0]) == pitches(cards[0])
        [song] = await call("song", loops=[found[1]["midi"]["url"], SKETCH, found[2]["midi"]])
        assert pitches(song) == [*pitches(found[1]), 60, 64, *pitches(found[2])]

        drums = await call("sample", model="drums-2bar", n=1)
        corners = ["Rock", KICK, drums[0]["midi"]["url"], None]
        beats = await call("palette", corners=corners, seed=3)
        assert beats["corners"][:2] == [list(BEATS["Rock"]), KICK]
        [path] = await call("palette_path", corners=corners, points=[[1, 0]], loops=1)
        assert len(path["notes"]) == sum(KICK), "one point, and there is the second corner"

        trios = await call("trio", n=2)
        way = await call("trio_morph", a=trios[0]["midi"]["url"], b=trios[1]["midi"]["url"], steps=3)
        assert [len(card["parts"]) for card in way] == [3, 3, 3]
        assert [card["title"] for card in await call("band", steps=2)] == ["A", "B"]
        opened = await call("checkpoint", name="mel-2bar")
        assert (opened["kind"], opened["bars"]) == ("melody", 2)
        return call.called, {tool.name for tool in (await client.list_tools()).tools}

    called, listed = ask(server, session)
    assert called == listed


def test_sample_plays(server):
    asked = {"model": "mel-2bar", "n": 2, "temperature": 0.5, "seed": 7, "qpm": 60, "sound": False}
    [answer] = ask(server, lambda client: client.call_tool("sample", asked)).content
    cards, expected = json.loads(answer.text), MusicVAE.from_pretrained("mel-2bar").sample(2, 0.5, 7)
    for card, midi in zip(cards, expected, strict=True):
        assert pitches(card) == [note.pitch for note in midi.instruments[0].notes]
        with urllib.request.urlopen(card["midi"]["url"]) as file:
            assert file.read(4) == b"MThd"


def test_a_file_can_be_sent_as_it_is(server):
    [card] = ask(server, lambda client: Caller(client)("sample", n=1))
    with urllib.request.urlopen(card["midi"]["url"]) as file:
        data = f"data:audio/midi;base64,{base64.b64encode(file.read()).decode()}"
    before, _ = ask(server, lambda client: Caller(client)("density", tune=data))
    assert pitches(before) == pitches(card)


def test_addresses_are_those_that_the_client_came_by(server):
    """Behind the proxy of a Space, a server is not known by the address that it listens at."""

    async def session(client):
        [card] = await Caller(client)("sample", n=1)
        before, _ = await Caller(client)("density", tune=card["midi"]["url"])
        assert pitches(before) == pitches(card)
        return card["midi"]["url"]

    url = ask(server, session, **{"x-forwarded-host": "us-demo.hf.space", "x-forwarded-proto": "https"})
    assert url.startswith("https://us-demo.hf.space/gradio_api/file=")


def test_a_model_on_the_hub_is_no_breach_of_the_schema(server):
    answer = ask(server, lambda client: client.call_tool("sample", {"model": "us/nowhere"}))
    assert answer.isError
    assert "us/nowhere" in answer.content[0].text
    assert "validation" not in answer.content[0].text


def test_a_wrong_value_is_answered_with_a_sentence(server):
    answer = ask(server, lambda client: client.call_tool("sample", {"model": "mel-2bar", "n": -1}))
    assert answer.isError
    assert answer.content[0].text == "n is -1; a whole number from 1 to 16 is accepted."


@pytest.fixture
def elsewhere():
    """The address of another server, and what it was asked for."""
    asked = []

    class Request(BaseHTTPRequestHandler):
        def do_GET(self):  # noqa: N802
            asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_POST = do_GET  # noqa: N815

        def log_message(self, *args):
            pass

    other = HTTPServer(("127.0.0.1", 0), Request)
    thread = threading.Thread(target=other.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{other.server_port}", asked
    other.shutdown()
    other.server_close()
    thread.join()


def test_nothing_is_fetched_from_elsewhere_and_nothing_but_music_from_here(server, elsewhere):
    alien, asked = elsewhere
    own = server.removesuffix("mcp/")

    async def session(client):
        [card] = await Caller(client)("sample", n=1)
        route = card["midi"]["url"].removeprefix(own.removesuffix("gradio_api/"))
        refused = [f"{alien}/a.mid", f"{alien}/{route}", f"{own}file=/etc/passwd", f"{own}file=../../etc/passwd"]
        tools = {
            "density": lambda file: {"tune": file},
            "trio_morph": lambda file: {"a": file, "b": file},
            "song": lambda file: {"loops": [file]},
            "palette": lambda file: {"corners": [file, None, None, {"url": file}]},
        }
        for tool, arguments in tools.items():
            for file in refused:
                answer = await client.call_tool(tool, arguments(file))
                assert answer.isError, (tool, file)
                assert "root:" not in answer.content[0].text
        return (await client.call_tool("density", {"tune": refused[0]})).content[0].text

    assert ask(server, session).startswith("This address is not one of this demo's")
    assert asked == []
