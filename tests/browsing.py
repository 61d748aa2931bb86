"""Visits to the demo in a browser: fixtures that pytest loads as a plugin, and what every such test does on a page."""

import shutil
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import pretty_midi
import pytest

from mvae.audio import missing
from tests.serving import serve

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",  # so that what would play by itself does, and is found out
    "--enable-blink-features=ComputedAccessibilityInfo",  # element.computedName, which a screen reader says
]
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
PATIENCE = 20  # seconds
CLICK_SEEN = "(found) => found.filter((one) => one.checkVisibility()).slice(0, 1).map((one) => one.click()).length"
needs_sound = pytest.mark.skipif(missing() is not None, reason=missing() or "")


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The address of a running demo, one for all tests of a worker: it takes seconds to begin, and forgets visitors."""
    pytest.importorskip("gradio", reason="gradio is not installed: pip install '.[app]'")
    with serve(tmp_path_factory.mktemp("demo")) as url:
        yield url


@pytest.fixture(scope="session")
def silent(tmp_path_factory):
    """The address of a running demo on a machine without FluidSynth."""
    pytest.importorskip("gradio", reason="gradio is not installed: pip install '.[app]'")
    with serve(tmp_path_factory.mktemp("silent"), PATH="/nowhere") as url:
        yield url


@pytest.fixture(scope="module")
def browser():
    """Chromium without a window."""
    reason = "playwright is not installed: pip install playwright"
    api = pytest.importorskip("playwright.sync_api", reason=reason)
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: apt install chromium")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser):
    """Opens a page, and one of its tabs; at the end fails where a page met an error, or asked another host."""
    with visiting(browser) as open_page:
        yield open_page


@contextmanager
def visiting(browser):
    """What `visit` does, for as long as one likes."""
    asked, errors = set(), []
    with ExitStack() as contexts:

        def open_page(url, viewport=DESKTOP, tab=None, **options):
            context = contexts.enter_context(browser.new_context(viewport=viewport, **options))
            page = context.new_page()
            page.on("request", lambda request: asked.add(urlsplit(request.url).hostname))
            page.on("pageerror", lambda error: errors.append(error))
            page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
            page.goto(url)
            button(page, "Sample").wait_for()
            wait_for_files(page)
            if tab is not None:
                open_tab(page, tab)
            return page

        yield open_page
    assert not errors
    assert asked - {None} == {"127.0.0.1"}  # None: data that is in the address itself


def wait_for_files(page):
    """Wait until components of ours show something, which they do once their files are there."""
    page.locator(".hint:visible").first.wait_for()


def fetched(browser, url):
    """The bytes that came over the wire, by address, until a fresh browser's main button could be pressed."""
    with browser.new_context(viewport=DESKTOP) as context:
        page = context.new_page()
        network, addresses, sizes = context.new_cdp_session(page), {}, {}
        network.on("Network.requestWillBeSent", lambda event: addresses.update({event["requestId"]: event["request"]}))
        network.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event}))
        network.send("Network.enable")
        page.goto(url)
        button(page, "Sample").click(trial=True)
        wait_for_files(page)
        return {addresses[key]["url"]: event["encodedDataLength"] for key, event in sizes.items()}


def open_tab(page, name):
    """Open a tab of the demo, wherever Gradio has put it: those that find no room are in a menu."""
    tab, more = page.get_by_role("tab", name=name, exact=True), button(page, "More tabs")
    listed = page.locator(".overflow-dropdown").get_by_role("button", name=name, exact=True)
    selected = page.get_by_role("tab", name=name, exact=True, selected=True)

    def opened():
        if selected.count():
            return True
        for way in (tab, listed, more):  # waiting for none: they come and go as they are laid out
            if way.evaluate_all(CLICK_SEEN):
                break
        return False

    wait_until(page, opened)


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


def fill(page, label, value, shows=lambda: True):
    """Fill in a field until it stays filled and `shows`: Gradio forgets what comes while it still lays out a tab."""
    field = page.get_by_label(label, exact=True).filter(visible=True)  # tabs have some in common
    for _ in range(PATIENCE // 2):
        field.fill(str(value))
        page.keyboard.press("Tab")
        page.wait_for_timeout(200)
        for _ in range(36):
            if field.input_value() != str(value):
                break
            if shows():
                return
            page.wait_for_timeout(50)
    pytest.fail(f"{label} was not taken for {value}.")


def playing(page):
    return page.locator("audio").evaluate_all("(all) => all.flatMap((audio, i) => (audio.paused ? [] : [i + 1]))")


def wait_until(page, condition):
    for _ in range(PATIENCE * 20):
        if condition():
            return
        page.wait_for_timeout(50)
    pytest.fail(f"It did not happen within {PATIENCE} seconds.")


def cell(page, row, step):
    """A cell of a grid to paint on, by the name of its row."""
    bar, beat, part = step // 16 + 1, step % 16 // 4 + 1, step % 4 + 1
    return page.get_by_label(f"{row}, bar {bar}, beat {beat}, step {part}", exact=True).filter(visible=True)


def stroke(page, *cells):
    """A line that is drawn through cells with the mouse."""
    for i, one in enumerate(cells):
        box = one.bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        if i == 0:
            page.mouse.down()
    page.mouse.up()


def tiles(page):
    """The tiles of the tab that is open."""
    return page.locator(".tiles:visible .tile")


def notes(path):
    return [(note.pitch, note.start, note.end) for note in pretty_midi.PrettyMIDI(str(path)).instruments[0].notes]


_CONTRASTS = """(texts) => {
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
    ratios = [page.locator(f"{selector}:visible").evaluate_all(_CONTRASTS) for selector in selectors]
    assert all(ratios)
    return min(min(some) for some in ratios)
