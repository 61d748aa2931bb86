"""Loops in a browser: painting a melody, hearing what is near it, and a song that is dragged together."""

import pretty_midi
import pytest

from tests.browsing import (
    DESKTOP,
    PHONE,
    button,
    cell,
    contrasts,
    fill,
    needs_sound,
    notes,
    stroke,
    tiles,
    wait_until,
)

pytestmark = pytest.mark.browser
TAB = "Loops"
PAINTED = """() => [...document.querySelectorAll(".cell:is(.on, .held)")]
  .filter((cell) => cell.offsetParent)
  .map((cell) => [cell.ariaLabel.split(",")[0], cell.place[1], cell.matches(".on") ? "on" : "held"].join(" "))"""
STARTS = """() => {
  window.starts = [];
  const start = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function (when, ...rest) {
    starts.push(when);
    return start.call(this, when, ...rest);
  };
}"""


def arrive(visit, demo, viewport=DESKTOP, query="", **options):
    """Open the tab, and wait for the loops that it finds by itself."""
    page = visit(demo + query, viewport, tab=TAB, **options)
    tiles(page).nth(19).wait_for()
    return page


def places(page):
    """The names of the loops in the song."""
    return page.locator(".timeline .tile").evaluate_all(
        "(all) => all.map((tile) => tile.ariaLabel.replace('Play from ', '').split(',')[0])"
    )


def painted(page):
    """The cells of the sketch that have a note, by row and step: `C4 0 on` is where one begins."""
    return page.evaluate(PAINTED)


def pictures(page):
    return tiles(page).evaluate_all("(all) => all.map((tile) => tile.querySelector('svg').outerHTML)")


def loudness(page):
    return page.evaluate("sounds.level()")


def test_a_melody_is_painted_with_one_note_at_a_time(visit, demo):
    page = arrive(visit, demo)
    assert len(painted(page)) > 20  # something is there to begin with
    page.get_by_role("button", name="Clear").first.click()
    assert painted(page) == []
    stroke(page, cell(page, "E4", 0), cell(page, "E4", 3))
    assert painted(page) == ["E4 0 on", "E4 1 held", "E4 2 held", "E4 3 held"]
    stroke(page, cell(page, "G4", 2), cell(page, "G4", 3))  # takes the end of the first
    assert painted(page) == ["G4 2 on", "G4 3 held", "E4 0 on", "E4 1 held"]
    stroke(page, cell(page, "C4", 5), cell(page, "D4", 6), cell(page, "E4", 7))
    assert sorted(painted(page))[:2] == ["C4 5 on", "D4 6 on"]
    cell(page, "E4", 1).click()  # anywhere on a note takes it away
    assert painted(page) == ["G4 2 on", "G4 3 held", "E4 7 on", "D4 6 on", "C4 5 on"]

    cell(page, "C4", 5).focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    assert painted(page) == ["G4 2 on", "G4 3 held", "C4 5 on", "C4 6 held", "C4 7 held"]
    page.keyboard.press("Shift+ArrowLeft")
    for key in ["ArrowUp", "ArrowRight", "ArrowRight", "ArrowRight", "Space"]:
        page.keyboard.press(key)
    assert painted(page) == ["G4 2 on", "G4 3 held", "D4 8 on", "C4 5 on", "C4 6 held"]


@needs_sound
def test_the_sketch_is_heard_and_moves_to_another_key(visit, demo):
    page = arrive(visit, demo)
    before = painted(page)
    button(page, "Play Your sketch").click()
    wait_until(page, lambda: loudness(page) > 0.001)
    wait_until(page, lambda: page.locator(".cell.now:visible").count() > 0)
    button(page, "Stop Your sketch").click()
    assert page.locator(".cell.now").count() == 0
    page.get_by_label("Key", exact=True).click()
    page.get_by_role("option", name="D", exact=True).click()
    wait_until(page, lambda: painted(page) != before)
    assert [line.split(" ", 1)[1] for line in painted(page)] == [line.split(" ", 1)[1] for line in before]
    assert page.locator(".accent .name:visible").all_inner_texts() == ["D6", "D5", "D4"]
    old = pictures(page)
    button(page, "Find loops").click()
    wait_until(page, lambda: pictures(page) != old)


def lit(page):
    """Which notes of the tile that sounds are lit, by their places among all."""
    return page.locator(".tile.sounding rect").evaluate_all(
        "all => all.flatMap((one, at) => one.classList.contains('lit') ? [at] : [])"
    )


@needs_sound
def test_loops_are_heard_and_put_into_a_song(visit, demo, tmp_path):
    page = arrive(visit, demo, accept_downloads=True)
    page.evaluate(STARTS)
    tiles(page).nth(7).click()
    wait_until(page, lambda: loudness(page) > 0.001)
    page.get_by_role("button", name="Stop Loop C2").wait_for()
    first = lit(page)
    wait_until(page, lambda: lit(page) != first)
    tiles(page).nth(7).click()
    assert not page.evaluate("sounds.isPlaying")

    button(page, "Add to song").click()
    tiles(page).nth(4).drag_to(page.locator(".timeline"))
    tiles(page).nth(15).drag_to(page.locator(".timeline .place").first, target_position={"x": 4, "y": 30})
    assert places(page) == ["Loop A4", "Loop C2", "Loop E1"]
    assert not page.evaluate("sounds.isPlaying")  # a drag is no click
    page.locator(".timeline .tile").nth(2).focus()
    page.keyboard.press("Shift+ArrowLeft")
    assert places(page) == ["Loop A4", "Loop E1", "Loop C2"]
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Delete")
    assert places(page) == ["Loop E1", "Loop C2"]
    page.locator(".timeline .place").first.drag_to(page.locator(".timeline .place").nth(1))
    page.get_by_role("button", name="Take out Loop C2").click()
    button(page, "Add to song").click()
    assert places(page) == ["Loop E1", "Loop C2"]

    fill(page, "number input for Tempo", 240)
    page.evaluate("starts.length = 0")
    button(page, "Play your song").click()
    page.locator(".timeline .place").nth(1).locator(".sounding").wait_for()  # it goes on with the second
    page.locator(".timeline .place").nth(0).locator(".sounding").wait_for()  # and begins again
    sixteenths = page.evaluate("starts.map((when) => (when - starts[0]) * 16)")  # one lasts 1/16 s
    assert [round(one, 3) for one in sixteenths] == [round(one) for one in sixteenths]
    button(page, "Stop your song").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="MIDI", exact=True).filter(visible=True).click()
    download.value.save_as(tmp_path / "song.mid")
    joined = notes(tmp_path / "song.mid")
    for number, place in enumerate(["E1", "C2"]):
        page.get_by_role("button", name=f"Loop {place},", exact=False).first.click()
        with page.expect_download() as download:
            page.get_by_role("link", name=f"Download Loop {place} as MIDI").click()
        download.value.save_as(tmp_path / "loop.mid")
        alone = pretty_midi.PrettyMIDI(str(tmp_path / "loop.mid")).instruments[0].notes
        shown = [(pitch, round(start * 16) - number * 32) for pitch, start, _ in joined if start // 2 == number]
        assert shown == [(note.pitch, round(note.start * 110 / 15)) for note in alone]


def test_more_like_a_loop_makes_it_the_first(visit, demo):
    page = arrive(visit, demo)
    tiles(page).nth(19).focus()
    for key, title in [("ArrowLeft", "Loop D4"), ("ArrowUp", "Loop D3"), ("ArrowDown", "Loop D4")]:
        page.keyboard.press(key)
        assert page.locator(".near .title").inner_text() == title
    button(page, "More like it").click()
    page.locator(".near .title", has_text="Your loop").wait_for()
    assert tiles(page).count() == 20


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_stand_out(visit, demo, theme):
    page = arrive(visit, demo, query=f"?__theme={theme}")
    button(page, "Add to song").click()
    assert contrasts(page, ".title", ".about", ".deed", ".link", ".name", ".drop", ".controls span") >= 4.5


def test_a_finger_scrolls_adds_and_drags(visit, demo):
    page = arrive(visit, demo, PHONE, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    tiles(page).nth(3).tap()
    button(page, "Add to song").tap()
    assert places(page) == ["Loop D1"]
    page.locator(".timeline").scroll_into_view_if_needed()
    at, to = tiles(page).nth(12).bounding_box(), page.locator(".timeline").bounding_box()
    client = page.context.new_cdp_session(page)

    def touch(kind, *points):
        points = [{"x": x, "y": y} for x, y in points]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", (at["x"] + 20, at["y"] + 20))
    page.locator(".ghost").wait_for()
    for share in (0.3, 0.6, 1):
        goal = to["x"] + to["width"] - 20, to["y"] + to["height"] / 2
        touch("touchMove", tuple(a + 20 + (b - a - 20) * share for a, b in zip((at["x"], at["y"]), goal, strict=True)))
    touch("touchEnd")
    wait_until(page, lambda: places(page) == ["Loop D1", "Loop C3"])


def test_without_fluidsynth_loops_are_seen_and_kept(visit, silent):
    page = arrive(visit, silent)
    assert "apt install fluidsynth" in page.locator(".notice:visible").inner_text()
    assert page.locator(".play:visible").count() == 0
    button(page, "Add to song").click()
    assert places(page) == ["Your loop"]
