"""The palette of beats in a browser: heard where the puck is, painted, drawn on, and taken home."""

import pretty_midi
import pytest

from space.beats import BEATS
from tests.browsing import PHONE, button, contrasts, fill, needs_sound, wait_until

pytestmark = pytest.mark.browser
TAB = "Beat palette"
STATE = "document.querySelector('.palette').palette"
LISTEN = f"""() => {{
  window.heard = [];
  const hits = {STATE}.hits;
  {STATE}.hits = function (step) {{
    const now = hits.call(this, step);
    heard[step] = now.map(({{ pitch }}) => pitch).sort();
    return now;
  }};
}}"""
NAMES = {36: "Kick", 38: "Snare", 42: "Hi-hat", 46: "Open hat", 45: "Low tom", 48: "Mid tom", 50: "High tom"}
NAMES |= {49: "Crash", 51: "Ride"}


@pytest.fixture
def page(visit, demo):
    """The tab, open."""
    page = visit(demo, tab=TAB, accept_downloads=True)
    page.locator(".board").wait_for()
    return page


def state(page, what):
    return page.evaluate(f"{STATE}.{what}")


def board(page):
    return page.get_by_role("slider", name="Puck")


def place(page):
    return board(page).get_attribute("aria-valuetext")


def at(page, x, y):
    """Where a place of the palette is on the screen; a cell is an eleventh."""
    box = board(page).bounding_box()
    return box["x"] + (x * 10 + 0.5) / 11 * box["width"], box["y"] + (y * 10 + 0.5) / 11 * box["height"]


def drag(page, *places):
    page.mouse.move(*at(page, *places[0]))
    page.mouse.down()
    for one in places[1:]:
        page.mouse.move(*at(page, *one), steps=4)
    page.mouse.up()


def painted(page):
    """The masks that the grid shows, drums from the kick up."""
    cells = page.locator(".editor .cell").evaluate_all(
        "(cells) => cells.map((cell) => [...cell.place, cell.classList.contains('on')])"
    )
    masks = [0] * 32
    for row, step, is_on in cells:
        masks[step] |= is_on << 8 - row
    return masks


def cell(page, drum, bar, beat, step):
    return page.get_by_role("gridcell", name=f"{drum}, bar {bar}, beat {beat}, step {step}", exact=True)


@needs_sound
class TestSound:
    def test_is_heard_in_time_where_the_puck_is_and_asks_for_nothing(self, page):
        page.evaluate("""() => {
          window.starts = [];
          const start = AudioBufferSourceNode.prototype.start;
          AudioBufferSourceNode.prototype.start = function (when, ...rest) {
            starts.push(when);
            return start.call(this, when, ...rest);
          };
        }""")
        page.wait_for_timeout(300)
        assert page.evaluate("sounds.level()") == 0
        button(page, "Play the palette").click()
        wait_until(page, lambda: page.evaluate("sounds.level()") > 0.01)
        wait_until(page, lambda: page.locator(".cell.now").count() == 9)
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        shown = painted(page)
        drag(page, (0.5, 0.5), (0.9, 0.7), (1, 1))
        assert place(page) == "Beat D"
        assert painted(page) == list(BEATS["Toms"]) != shown
        before = len(page.evaluate("starts"))
        wait_until(page, lambda: len(page.evaluate("starts")) > before + 12)
        assert asked == []
        times = page.evaluate("starts")
        steps = [(time - times[0]) * 110 / 15 for time in times]
        assert max(abs(step - round(step)) for step in steps) < 0.01  # no gap, no stumble
        button(page, "Stop the palette").click()
        wait_until(page, lambda: page.evaluate("sounds.level()") < 0.001)
        assert page.locator(".cell.now").count() == 0

    def test_a_path_is_followed_and_the_file_has_what_was_heard(self, page, tmp_path):
        set_pace(page, 240, 2)
        button(page, "Draw a path").click()
        drag(page, (0, 0), (0.62, 0.21), (0.93, 0.88), (0.1, 0.77))
        page.evaluate(LISTEN)
        button(page, "Play the palette").click()
        places = set()
        wait_until(page, lambda: places.add(place(page)) or page.evaluate("heard.length") >= 64)
        assert len(places) > 5
        heard = page.evaluate("heard.slice(0, 64)")
        button(page, "Stop the palette").click()
        button(page, "Keep what I hear as MIDI").click()
        with page.expect_download() as download:
            page.get_by_role("link", name="Download Path 1 as MIDI").click()
        assert download.value.suggested_filename == "drums-2bar-path-1.mid"
        download.value.save_as(tmp_path / "path.mid")
        midi = pretty_midi.PrettyMIDI(str(tmp_path / "path.mid"))
        assert midi.get_end_time() == pytest.approx(4)  # four bars at 240
        written = [[] for _ in range(64)]
        for note in midi.instruments[0].notes:
            written[round(note.start * 16)].append(note.pitch)
        assert [sorted(step) for step in written] == heard


def set_pace(page, qpm, loops):
    """Fill in the tempo and the length of a path, until Gradio, which may still lay out the tab, has taken them."""
    page.evaluate("document.addEventListener('pace', ({ detail }) => (window.pace = detail))")
    fill(page, "number input for Tempo", qpm, lambda: page.evaluate("window.pace?.qpm") == qpm)
    fill(page, "number input for Path length", loops, lambda: page.evaluate("window.pace?.loops") == loops)
    assert page.evaluate("window.pace") == {"qpm": qpm, "loops": loops}


class TestCorners:
    def test_are_painted_on_and_blended_anew(self, page):
        assert painted(page) == state(page, "beats[60]")
        before = state(page, "beats")
        cell(page, "Ride", 1, 1, 1).click()  # not a corner, so nothing happens
        assert painted(page) == before[60]
        button(page, "Go to beat A").click()
        assert painted(page) == list(BEATS["Rock"])
        button(page, "Clear").click()
        ride, last = cell(page, "Ride", 1, 1, 1).bounding_box(), cell(page, "Ride", 1, 4, 4).bounding_box()
        page.mouse.move(ride["x"] + 5, ride["y"] + 9)
        page.mouse.down()
        page.mouse.move(last["x"] + 5, last["y"] + 9)  # in one stroke
        page.mouse.up()
        drawn = [256] * 16 + [0] * 16
        assert painted(page) == drawn
        assert page.get_by_label("Beat A", exact=True).evaluate("(e) => e.selectedOptions[0].text") == "Drawn by hand"
        wait_until(page, lambda: state(page, "beats[1]") != before[1])
        assert state(page, "beats[0]") == drawn
        assert state(page, "beats[120]") == before[120]

    def test_come_from_names_or_from_the_model(self, page):
        page.get_by_label("Beat B", exact=True).select_option("Samba")
        wait_until(page, lambda: state(page, "beats[10]") == list(BEATS["Samba"]))
        assert painted(page) == list(BEATS["Samba"])
        button(page, "New beat C").click()
        wait_until(page, lambda: state(page, "beats[110]") != list(BEATS["Bossa"]))
        assert state(page, "beats[10]") == list(BEATS["Samba"])
        first = state(page, "wanted")
        button(page, "Four new beats").click()
        wait_until(page, lambda: state(page, "beats[0]") != list(BEATS["Rock"]))
        assert all(a != b for a, b in zip(first, state(page, "wanted"), strict=True))


class TestKeyboard:
    def test_moves_the_puck_and_draws(self, page):
        board(page).focus()
        for key in ["ArrowRight", "ArrowUp", "ArrowUp"]:
            page.keyboard.press(key)
        assert place(page) == "column 7, row 4 of 11"
        button(page, "Draw a path").focus()
        page.keyboard.press("Enter")
        board(page).focus()
        for key in ["ArrowLeft", "ArrowDown"]:
            page.keyboard.press(key)
        assert state(page, "walk")[1] == [[0.6, 0.3], [0.5, 0.3], [0.5, 0.4]]

    def test_paints(self, page):
        button(page, "Go to beat D").click()
        start = cell(page, "Kick", 1, 1, 1)
        start.focus()
        assert start.get_attribute("aria-selected") == "true"
        page.keyboard.press("Space")
        assert start.get_attribute("aria-selected") == "false"
        for key in ["ArrowUp", "PageDown", "ArrowRight", "Enter"]:
            page.keyboard.press(key)
        assert cell(page, "Snare", 2, 1, 2).get_attribute("aria-selected") == "true"
        expected = list(BEATS["Toms"])
        expected[0] ^= 1
        expected[17] ^= 2
        assert painted(page) == expected


class TestLook:
    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_texts_stand_out(self, visit, demo, theme):
        page = visit(f"{demo}?__theme={theme}", tab=TAB)
        page.locator(".board").wait_for()
        texts = [".tip", ".title", ".about", ".name", ".letter", ".choice", ".tool", "button.primary"]
        assert contrasts(page, *texts) >= 4.5

    def test_a_phone_shows_everything_and_is_touched(self, visit, demo):
        page = visit(demo, PHONE, tab=TAB, has_touch=True, is_mobile=True)
        page.locator(".board").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert board(page).bounding_box()["y"] < PHONE["height"] / 2  # before the controls
        for control in page.locator(".palette :is(button, select):visible").all():
            assert control.bounding_box()["height"] >= 44  # px, a fingertip
        page.touchscreen.tap(*at(page, 0, 1))
        assert place(page) == "Beat C"
        ride = cell(page, "Ride", 2, 1, 1)
        was = ride.get_attribute("aria-selected")
        ride.tap()
        assert ride.get_attribute("aria-selected") != was
