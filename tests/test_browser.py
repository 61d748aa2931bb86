"""The demo in a browser, with real clicks: what a visitor sees, hears and takes home, from no other host."""

import shutil
from contextlib import ExitStack
from urllib.parse import urlsplit

import pretty_midi
import pytest

pytest.importorskip("gradio", reason="gradio is not installed: pip install 'mvae[app]'")
api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
from mvae import MusicVAE  # noqa: E402
from mvae.audio import missing  # noqa: E402
from tests.serving import serve  # noqa: E402
from tests.test_hub import files_of  # noqa: E402

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",  # so that what would play by itself does, and is found out
]
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt install chromium"),
]
needs_sound = pytest.mark.skipif(missing() is not None, reason=missing() or "")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The address of a running demo."""
    with serve(tmp_path_factory.mktemp("demo")) as url:
        yield url


@pytest.fixture(scope="module")
def browser():
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser):
    """Opens a page; at the end fails where a page has met an error, or asked another host for anything."""
    asked, errors = set(), []
    with ExitStack() as contexts:

        def open_page(url, viewport=DESKTOP, **options):
            context = contexts.enter_context(browser.new_context(viewport=viewport, **options))
            page = context.new_page()
            page.on("request", lambda request: asked.add(urlsplit(request.url).hostname))
            page.on("pageerror", lambda error: errors.append(error))
            page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
            page.goto(url)
            button(page, "Sample").wait_for()
            return page

        yield open_page
    assert not errors
    assert asked - {None} == {"127.0.0.1"}  # None: data that is in the address itself


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def sample(page, seed=None, n=None):
    """Press Sample, and wait for what comes of it."""
    if n is not None:
        fill(page, "number input for How many", n)
    if seed is not None:
        fill(page, "Seed", seed)
    page.evaluate("document.querySelectorAll('.card').forEach((card) => card.classList.add('old'))")
    button(page, "Sample").click()
    page.locator(".card:not(.old)").first.wait_for()


def fill(page, label, value):
    page.get_by_label(label, exact=True).fill(str(value))
    page.keyboard.press("Tab")


def position(page, number):
    """Where the playhead of a melody is, in whole quarters."""
    return int(page.get_by_role("slider", name=f"Position in Melody {number}").get_attribute("aria-valuenow"))


def picture(page, number=1):
    return page.locator(".roll").nth(number - 1).evaluate("(canvas) => canvas.toDataURL()")


def time(page, number):
    return page.locator("audio").nth(number - 1).evaluate("(audio) => audio.currentTime")


def playing(page):
    return page.locator("audio").evaluate_all("(all) => all.flatMap((audio, i) => (audio.paused ? [] : [i + 1]))")


def wait_until(page, condition):
    for _ in range(100):
        if condition():
            return
        page.wait_for_timeout(50)
    pytest.fail("It did not happen within five seconds.")


def notes(path):
    return [(note.pitch, note.start, note.end) for note in pretty_midi.PrettyMIDI(str(path)).instruments[0].notes]


class TestSound:
    pytestmark = needs_sound

    def test_is_heard_and_followed_when_asked_for(self, visit, demo):
        page = visit(demo)
        sample(page, n=2)
        resting = picture(page)
        page.wait_for_timeout(400)
        assert playing(page) == []
        assert time(page, 1) == 0
        button(page, "Play Melody 1").click()
        wait_until(page, lambda: time(page, 1) > 0.2)
        moving = picture(page)
        assert moving != resting
        wait_until(page, lambda: position(page, 1) >= 1)
        assert time(page, 1) >= 0.5  # a quarter at 120
        assert picture(page) != moving
        button(page, "Stop Melody 1").click()
        assert playing(page) == []
        assert (time(page, 1), position(page, 1), picture(page)) == (0, 0, resting)

    def test_is_one_at_a_time(self, visit, demo):
        page = visit(demo)
        sample(page, n=2)
        button(page, "Play Melody 1").click()
        wait_until(page, lambda: time(page, 1) > 0)
        button(page, "Play Melody 2").click()
        wait_until(page, lambda: time(page, 2) > 0)
        assert playing(page) == [2]
        assert button(page, "Play Melody 1").is_visible()
        sample(page)
        assert playing(page) == []

    def test_follows_the_keyboard(self, visit, demo):
        page = visit(demo)
        sample(page, n=2)
        button(page, "Play Melody 1").focus()
        page.keyboard.press("Space")
        wait_until(page, lambda: time(page, 1) > 0)
        page.keyboard.press("Enter")
        assert playing(page) == []
        page.get_by_role("slider", name="Position in Melody 1").focus()
        for key, place in [("ArrowRight", 1), ("PageUp", 5), ("End", 8), ("ArrowLeft", 7), ("Home", 0)]:
            page.keyboard.press(key)
            assert position(page, 1) == place

    def test_is_sought_with_a_click(self, visit, demo):
        page = visit(demo)
        sample(page, n=1)
        box = page.locator(".roll").bounding_box()
        keyboard = 56
        page.mouse.click(box["x"] + keyboard + (box["width"] - keyboard) * 0.5, box["y"] + 60)
        assert time(page, 1) == pytest.approx(2, abs=0.05)  # half of two bars at 120
        button(page, "Play Melody 1").click()
        wait_until(page, lambda: time(page, 1) > 2.1)
        page.mouse.click(box["x"] + keyboard + (box["width"] - keyboard) * 0.25, box["y"] + 60)
        assert 1 <= time(page, 1) < 2
        assert playing(page) == [1]


class TestMusic:
    def test_the_midi_file_is_what_python_gives(self, visit, demo, tmp_path):
        page = visit(demo, accept_downloads=True)
        fill(page, "number input for Temperature", 1.5)
        sample(page, seed=11, n=2)
        for i, expected in enumerate(MusicVAE.from_pretrained("mel-2bar").sample(2, temperature=1.5, seed=11), 1):
            with page.expect_download() as download:
                page.get_by_role("link", name=f"Download Melody {i} as MIDI").click()
            assert download.value.suggested_filename == f"mel-2bar-seed-11-{i}.mid"
            download.value.save_as(path := tmp_path / f"{i}.mid")
            expected.write(str(wanted := tmp_path / "expected.mid"))
            assert notes(path) == notes(wanted) != []

    def test_the_seed_decides(self, visit, demo):
        page = visit(demo)
        seed = page.get_by_label("Seed", exact=True)
        sample(page, seed=5)
        first = picture(page)
        assert seed.input_value() == "5"
        sample(page)  # nothing was changed, so other music is wanted
        assert seed.input_value() != "5"
        assert picture(page) != first
        sample(page, seed=5)
        assert picture(page) == first
        button(page, "New seed").click()
        wait_until(page, lambda: seed.input_value() != "5")
        rolled = seed.input_value()
        sample(page)
        assert seed.input_value() == rolled
        assert picture(page) != first


class TestCheckpoint:
    def test_a_checkpoint_of_the_hub_plays(self, visit, demo, hub, tiny, tmp_path):
        hub.add("us/tunes", files_of(tiny(), tmp_path))
        page = visit(demo)
        page.get_by_role("tab", name="Your checkpoint").click()
        page.get_by_placeholder("owner/name").fill("us/nothing")
        button(page, "Fetch and sample").click()
        page.get_by_text("us/nothing is no folder, and no repository on the Hub").wait_for()
        page.get_by_placeholder("owner/name").fill("us/tunes")
        button(page, "Fetch and sample").click()
        page.locator(".card").nth(3).wait_for()
        with page.expect_download() as download:
            page.get_by_role("link", name="Download Melody 2 as MIDI").click()
        download.value.save_as(tmp_path / "2.mid")
        tiny().sample(4, 0.5, 7)[1].write(str(tmp_path / "expected.mid"))
        assert notes(tmp_path / "2.mid") == notes(tmp_path / "expected.mid")


class TestLook:
    def test_every_control_has_a_name_and_is_reached_by_tab(self, visit, demo):
        page = visit(demo)
        sample(page, n=1)
        page.evaluate("document.activeElement.blur()")
        reached = []
        for _ in range(30):
            page.keyboard.press("Tab")
            reached.append(page.evaluate("document.activeElement.ariaLabel || document.activeElement.innerText"))
        names = ["Model", "range slider for How many", "number input for Temperature", "range slider for Tempo", "Seed"]
        names += ["New seed", "Sample", "Download Melody 1 as MIDI", "Position in Melody 1"]
        names += [] if missing() else ["Play Melody 1"]
        assert [name for name in names if name not in reached] == []

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_texts_stand_out(self, visit, demo, theme):
        page = visit(f"{demo}?__theme={theme}")
        assert contrasts(page, "h1", "header p", ".hint", "[role=tab]", ".controls span", ".info-text") >= 4.5
        sample(page, n=1)
        assert contrasts(page, ".title", ".about", ".midi", "button.primary", ".dice") >= 4.5
        ground = page.locator(".roll").evaluate(CORNER)
        assert min(ground) > 230 if theme == "light" else max(ground) < 60

    def test_a_phone_shows_everything(self, visit, demo):
        page = visit(demo, PHONE, has_touch=True, is_mobile=True)
        sample(page, n=2)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        for control in page.locator(":is(.card *, .controls :is(button, input)):visible").all():
            box = control.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= PHONE["width"]
        for control in page.locator(".card :is(button, a)").all():
            assert control.bounding_box()["height"] >= 44  # px, a fingertip

    def test_without_fluidsynth_there_are_scores_and_a_hint(self, visit, tmp_path):
        with serve(tmp_path, PATH="/nowhere") as silent:
            page = visit(silent)
            assert "apt install fluidsynth" in page.locator(".notice").inner_text()
            sample(page, n=1)
            assert page.locator(".play").count() == 0
            assert page.get_by_role("link", name="Download Melody 1 as MIDI").is_visible()
            page.context.close()


CORNER = """(canvas) => {
  const pen = canvas.getContext("2d");
  return [...pen.getImageData(canvas.width - 9, canvas.height - 3, 1, 1).data].slice(0, 3);
}"""
CONTRASTS = """(texts) => {
  const rgba = (css) => {
    const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    pen.fillStyle = css;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data];
  };
  const behind = (element) => {
    const color = rgba(getComputedStyle(element).backgroundColor);
    return color[3] === 255 || !element.parentElement ? color : behind(element.parentElement);
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  return texts.map((text) => {
    const [high, low] = [light(rgba(getComputedStyle(text).color)), light(behind(text))].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  });
}"""


def contrasts(page, *selectors):
    """The least contrast of text to what is behind it, among the elements that are selected."""
    ratios = [page.locator(f"{selector}:visible").evaluate_all(CONTRASTS) for selector in selectors]
    assert all(ratios)
    return min(min(some) for some in ratios)
