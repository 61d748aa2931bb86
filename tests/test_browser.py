"""The demo in a browser, with real clicks: what a visitor sees, hears and takes home, from no other host."""

import pytest

from mvae import MusicVAE
from tests.browsing import PHONE, button, contrasts, fill, needs_sound, notes, playing, sample, wait_until

pytestmark = pytest.mark.browser


def position(page, number):
    """Where the playhead of a melody is, in whole quarters."""
    return int(page.get_by_role("slider", name=f"Position in Melody {number}").get_attribute("aria-valuenow"))


def picture(page, number=1):
    return page.locator(".roll").nth(number - 1).evaluate("(canvas) => canvas.toDataURL()")


def time(page, number):
    return page.locator("audio").nth(number - 1).evaluate("(audio) => audio.currentTime")


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
        wait_until(page, lambda: playing(page) == [])

    def test_follows_the_keyboard(self, visit, demo):
        page = visit(demo)
        sample(page, n=2)
        button(page, "Play Melody 1").focus()
        page.keyboard.press("Space")
        wait_until(page, lambda: time(page, 1) > 0)
        page.keyboard.press("Enter")
        wait_until(page, lambda: playing(page) == [])
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
        page.locator("audio").first.evaluate(NOTE_SEEKING)  # it plays on while one looks
        page.mouse.click(box["x"] + keyboard + (box["width"] - keyboard) * 0.25, box["y"] + 60)
        wait_until(page, lambda: page.evaluate("window.sought") is not None)
        assert page.evaluate("window.sought") == pytest.approx(1, abs=0.25)
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


class TestLook:
    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_texts_stand_out(self, visit, demo, theme):
        page = visit(f"{demo}?__theme={theme}")
        assert contrasts(page, "h1", "header p", ".hint", "[role=tab]", ".controls span", ".info-text") >= 4.5
        sample(page, n=1)
        assert contrasts(page, ".title", ".about", ".link", ".send", "button.primary", ".dice") >= 4.5
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

    def test_without_fluidsynth_there_are_scores_and_a_hint(self, visit, silent):
        page = visit(silent)
        assert "apt install fluidsynth" in page.locator(".notice").inner_text()
        sample(page, n=1)
        assert page.locator(".play").count() == 0
        assert page.get_by_role("link", name="Download Melody 1 as MIDI").is_visible()


NOTE_SEEKING = """(audio) =>
  audio.addEventListener("seeking", () => (window.sought ??= audio.currentTime))"""
CORNER = """(canvas) => {
  const pen = canvas.getContext("2d");
  return [...pen.getImageData(canvas.width - 9, canvas.height - 3, 1, 1).data].slice(0, 3);
}"""
