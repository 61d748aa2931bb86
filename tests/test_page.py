"""What a page view costs: what the demo publishes for it, what is sent, and how often that is made."""

import gzip
import json
import re
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FunctionType

import brotli
import pytest

gradio = pytest.importorskip("gradio", reason="gradio is not installed: pip install '.[app]'")
from gradio.routes import App  # noqa: E402
from starlette.middleware import Middleware  # noqa: E402
from starlette.testclient import TestClient  # noqa: E402

from space import ui, widget  # noqa: E402
from space.sending import Sending  # noqa: E402
from space.widget import Widget  # noqa: E402
from tests.browsing import fetched  # noqa: E402
from tests.serving import call, loops_closed, serve  # noqa: E402

SPACE = Path(widget.__file__).parent
LARGEST = 500_000, 40_000  # bytes of the page, as it is and as it travels
TRAVELS = 300_000  # bytes until a fresh browser can use it
AT_ONCE = 10
ZERO_GPU = """
import runpy
from gradio import utils

utils.is_zero_gpu_space = lambda: True
runpy.run_path("app.py", run_name="__main__")
"""  # as far as Gradio asks: its queue is another there
LOADED = """
import sys
from mvae import MusicVAE
from mvae.hub import bundled
for name in bundled():
    MusicVAE.from_pretrained(name)
print("torch._dynamo" in sys.modules)
"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The address of a demo that Gradio takes for one on ZeroGPU."""
    with serve(tmp_path_factory.mktemp("demo"), arguments=("-c", ZERO_GPU)) as url:
        yield url


@pytest.fixture(scope="module", autouse=True)
def _tidy():
    with loops_closed():
        yield


@pytest.fixture(scope="module")
def blocks():
    return ui.build()


def ask(url, coding=None, **headers):
    """What an address answers: the headers, and the body as it travels."""
    with urllib.request.urlopen(
        urllib.request.Request(url, headers={"Accept-Encoding": coding or "", **headers})
    ) as got:
        return got.headers, got.read()


def place(demo):
    """The address of the scripts and styles of a demo."""
    components = json.loads(ask(f"{demo}config")[1])["components"]
    return next(one["props"]["props"]["place"]["url"] for one in components if "place" in one["props"].get("props", {}))


def no_data(value, path=""):
    """Where in a config there is what is no data, such as a listener that holds on to its component."""
    if isinstance(value, dict):
        return [found for key, one in value.items() for found in no_data(one, f"{path}.{key}")]
    if isinstance(value, list | tuple):
        return [found for i, one in enumerate(value) for found in no_data(one, f"{path}[{i}]")]
    return (
        [] if value is None or isinstance(value, str | int | float | FunctionType) else [(path, type(value).__name__)]
    )


class Greedy(Widget):
    """A widget whose parameters are named as badly as can be: like events, and like words between quotes in scripts."""

    triggers = ("again",)

    def __init__(self, again, change, model, inputs, play, **kwargs):
        named = {"again": again, "change": change, "model": model, "play": play}
        super().__init__("source.html", ["roll.css"], ["source.js"], **named, **kwargs)


class TestConfig:
    """What Gradio copies for every visitor."""

    def test_is_nothing_but_data(self, blocks):
        for component in blocks.get_config_file()["components"]:
            assert no_data(component["props"]) == [], component["type"]

    def test_holds_no_listener_whatever_parameters_are_called(self):
        with gradio.Blocks():
            greedy = Greedy("Another", 1, "mel-2bar", None, [2])
        config = greedy.get_config()
        assert json.loads(json.dumps(config)) == json.loads(json.dumps(config, default=repr))
        assert [config["props"][name] for name in ("again", "change", "model", "play")] == [
            "Another",
            1,
            "mel-2bar",
            [2],
        ]
        assert {"again", "change", "model", "inputs", "play"}.isdisjoint(config)

    def test_widgets_have_the_events_that_they_say_and_no_others(self):
        heard = []
        with gradio.Blocks() as blocks:
            greedy = Greedy("Another", 1, "mel-2bar", None, [2])
            greedy.again(heard.append, greedy, None)
            greedy.change(heard.append, greedy, None)
            with pytest.raises(AttributeError, match="'Greedy' object has no attribute 'model'"):
                greedy.model(heard.append, greedy, None)
        targets = [dependency["targets"] for dependency in blocks.get_config_file()["dependencies"]]
        assert targets == [[(greedy._id, "again")], [(greedy._id, "change")]]

    def test_scripts_and_styles_are_not_in_it(self, blocks):
        published = json.dumps(blocks.get_config_file(), default=repr)
        for path in SPACE.glob("*.[cj]s*"):
            longest = max(path.read_text("utf-8").splitlines(), key=len)
            assert path.name == "ui.css" or json.dumps(longest)[1:-1] not in published, path.name

    def test_every_widget_names_files_that_are_sent(self, blocks):
        widgets = [one for one in blocks.blocks.values() if isinstance(one, Widget)]
        named = {
            name for one in widgets for name in re.findall(r"[a-z_]+\.(?:js|css)", one.js_on_load + one.css_template)
        }
        assert (
            {"load.js", "colors.css", "sounds.js", "roll.js", "picture.js"}
            <= named
            <= {one.name for one in widget.SENT}
        )


class TestSent:
    """What travels from a demo that runs."""

    @pytest.mark.parametrize("what", ["", "config", "config?page=", "gradio_api/info", "theme.css", "?__theme=dark"])
    def test_is_compressed_as_the_browser_likes_and_means_the_same(self, demo, what):
        headers, plain = ask(demo + what)
        assert "content-encoding" not in headers
        for coding, opened in (("br", brotli.decompress), ("gzip", gzip.decompress)):
            headers, body = ask(demo + what, coding)
            assert headers["content-encoding"] == coding
            assert opened(body) == plain
            assert int(headers["content-length"]) == len(body) < len(plain) / 2
            assert "accept-encoding" in headers["vary"].lower()

    def test_the_page_is_small(self, demo):
        _, page = ask(demo)
        _, travels = ask(demo, "br, gzip")
        assert 100_000 < len(page) < LARGEST[0]
        assert len(travels) < LARGEST[1]

    def test_files_are_kept_by_browsers_as_long_as_their_version_lasts(self, demo):
        home = place(demo)
        headers, body = ask(f"{home}/roll.js?{widget.VERSION}")
        assert body == (SPACE / "roll.js").read_bytes()
        assert "immutable" in headers["cache-control"]
        assert headers.get_content_type() in ("text/javascript", "application/javascript")
        assert "cache-control" not in ask(f"{home}/roll.js")[0]
        assert "cache-control" not in ask(demo)[0]

    @pytest.mark.parametrize("name", ["ui.py", "models.py", "requirements.txt", "tabs/sample.py", "../app.py", "."])
    def test_no_other_file_of_the_demo_is(self, demo, name):
        for folder in (place(demo), f"{demo}gradio_api/file={SPACE}"):
            with pytest.raises(urllib.error.HTTPError, match="40[34]"):
                ask(f"{folder}/{name}")

    def test_the_page_says_where_it_was_asked_for(self, demo):
        for host in ("tunes.example", "other.example"):
            _, page = ask(demo, **{"X-Forwarded-Host": host, "X-Forwarded-Proto": "https"})
            assert f'"root":"https://{host}"'.encode() in page
            assert f'"url":"https://{host}/gradio_api/file='.encode() in page

    def test_of_ten_who_sample_at_once_none_is_sent_away(self, demo):
        with ThreadPoolExecutor(AT_ONCE) as visitors:
            answers = list(visitors.map(lambda seed: call(demo, "mel-2bar", 1, 0.5, seed, 120, False), range(AT_ONCE)))
        assert [kind for kind, _ in answers] == ["complete"] * AT_ONCE


class Counting:
    """Middleware that notes what reaches Gradio."""

    def __init__(self, app, asked):
        self.app, self.asked = app, asked

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            self.asked.append(f"{scope['method']} {scope['path']}")
        await self.app(scope, receive, send)


class TestMade:
    """How often Gradio is asked."""

    @pytest.fixture
    def asked(self):
        return []

    @pytest.fixture
    def client(self, asked):
        with gradio.Blocks(analytics_enabled=False) as blocks:
            gradio.Markdown("Tunes. " * 200)
        blocks.theme = ui.THEME
        app = App.create_app(
            blocks, app_kwargs={"middleware": [Middleware(Sending), Middleware(Counting, asked=asked)]}
        )
        with TestClient(app, raise_server_exceptions=False) as client:
            yield client

    def test_once_for_all_who_come_at_once(self, client, asked):
        together, pages = threading.Barrier(AT_ONCE), []

        def visit():
            together.wait()
            pages.append(client.get("/").text)

        visitors = [threading.Thread(target=visit) for _ in range(AT_ONCE)]
        for one in visitors:
            one.start()
        for one in visitors:
            one.join()
        assert len(pages) == AT_ONCE
        assert len(set(pages)) == 1
        assert asked == ["GET /"]
        assert client.head("/").status_code == 200
        assert asked == ["GET /"]

    def test_for_every_address_and_way_to_compress(self, client, asked):
        for headers in ({"Host": "a.example"}, {"Host": "b.example"}, {"X-Forwarded-Host": "a.example"}):
            for coding in ("br", "gzip", ""):
                for _ in range(2):
                    assert client.get("/", headers={**headers, "Accept-Encoding": coding}).status_code == 200
        assert len(asked) == 6  # the address of the first and the last is one

    @pytest.mark.parametrize("query", ["deep_link=x", "page=x", "all_endpoints=true", "deep_link=x&__theme=dark"])
    def test_anew_where_the_address_asks_for_another_page(self, client, asked, query):
        plain = client.get("/gradio_api/info").text
        for _ in range(2):
            client.get(f"/gradio_api/info?{query}")
        assert len(asked) == 3
        assert client.get("/gradio_api/info").text == plain

    def test_anew_for_everybody_who_has_to_log_in(self, client, asked):
        assert client.get("/config").status_code == 200  # nobody has to, and it is kept
        client.app.auth, client.app.get_blocks().auth_message = {"me": "secret"}, None
        for _ in range(2):
            assert client.get("/config").status_code == 401
        assert len(asked) == 3

    def test_errors_are_not_kept(self, client, asked):
        for _ in range(2):
            assert client.get("/assets/nothing.js").status_code == 404
        assert len(asked) == 2

    def test_calls_go_through(self, client, asked):
        for _ in range(2):
            client.get("/gradio_api/startup-events")
            client.post("/gradio_api/call/nothing", json={"data": []})
        assert len(asked) == 4

    def test_what_is_kept_is_bounded(self, client, asked, monkeypatch):
        page = len(client.get("/").content)
        monkeypatch.setattr("space.sending.KEPT", page)
        client.get("/", headers={"Host": "b.example", "Accept-Encoding": ""})
        client.get("/")
        assert len(asked) == 3


def test_checkpoints_are_read_without_the_compiler_of_pytorch():
    """Its import takes longer than all that the demo does before the first page."""
    run = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, cwd=SPACE.parent, check=True)
    assert run.stdout == "False\n"


@pytest.mark.browser
def test_little_travels_before_the_page_can_be_used(demo, browser):
    sizes = fetched(browser, demo)
    assert sum(sizes.values()) < TRAVELS
    assert {address.split("?")[0].rsplit("/", 1)[1] for address in sizes} >= {
        "load.js",
        "sounds.js",
        "roll.js",
        "roll.css",
    }


@pytest.mark.browser
def test_a_part_whose_files_do_not_come_says_so_and_the_others_are_there(demo, browser):
    with browser.new_context() as context:
        page = context.new_page()
        page.route("**/roll.js?*", lambda route: route.abort())
        page.goto(demo)
        page.get_by_text("This part of the page could not be fetched; reload the page.").wait_for()
        page.wait_for_function("window.sounds")
        page.get_by_role("tab", name="Band").click()
        page.get_by_text("Press Sample: two bands").wait_for()
