"""Trios, bands and a visitor's own checkpoint in a browser: opened by name, heard, mixed, and taken home."""

import pytest

from tests.browsing import PHONE, button, contrasts, needs_sound, open_tab, wait_until
from tests.test_hub import files_of

pretty_midi = pytest.importorskip("pretty_midi")
pytestmark = [pytest.mark.browser]


@pytest.fixture
def hub_of_ours(hub, tiny, tmp_path):
    """A Hub with a model for each of the tabs."""
    for shape in ("trio", "band"):
        hub.add(f"us/{shape}", files_of(tiny(shape), tmp_path / shape))
    return hub


@pytest.fixture
def opened(visit, demo, hub_of_ours):
    """Opens a page, a checkpoint of ours on it, and the tab that plays it."""

    def open_page(shape, tab, theme="light", **options):
        page = visit(f"{demo}?__theme={theme}", tab="Your checkpoint", **options)
        open_checkpoint(page, f"us/{shape}")
        button(page, f"Play it in {tab}").click()
        page.get_by_role("tab", name=tab, exact=True, selected=True).wait_for()
        page.locator("button.primary:visible").click()
        return page

    return open_page


def open_checkpoint(page, name):
    page.get_by_placeholder("owner/name").fill(name)
    button(page, "Open").click()
    page.get_by_role("heading", name=name, exact=True).wait_for()


def is_heard(page):
    return page.evaluate("Boolean(window.sounds.analyser) && sounds.level() > 0.0005")


def beat(page, title):
    return int(page.get_by_label(f"Position in {title}").get_attribute("aria-valuenow"))


def picture(page, title, lane=0):
    lanes = page.get_by_role("article", name=title, exact=True).locator("canvas[aria-hidden]")
    return lanes.nth(lane).evaluate("(canvas) => canvas.toDataURL()")


def saved(page, title, folder):
    """The parts of the file that the card's link downloads: name, program, notes."""
    with page.expect_download() as download:
        page.get_by_role("link", name=f"Download {title} as MIDI").click()
    download.value.save_as(folder / "saved.mid")
    midi = pretty_midi.PrettyMIDI(str(folder / "saved.mid"))
    return [(one.name, one.program, notes(one)) for one in midi.instruments]


def notes(part):
    return sorted((round(note.start, 2), note.pitch) for note in part.notes)


def all_notes(tune):
    return [notes(one) for one in tune.instruments if one.notes]


class TestCheckpoint:
    def test_a_wrong_name_is_told_and_a_right_one_shows_its_card(self, visit, demo, hub_of_ours, tiny, tmp_path):
        card = b"# Our trio\n\n<img src='http://example.com/a.png'>\n\n![Us](http://example.com/b.png)"
        hub_of_ours.add("us/told", {**files_of(tiny("trio"), tmp_path / "told"), "README.md": card})
        page = visit(demo, tab="Your checkpoint")
        tabs = page.get_by_role("tab").all_inner_texts()
        page.get_by_placeholder("owner/name").fill("us/nothing")
        button(page, "Open").click()
        page.get_by_text("us/nothing is no folder, and no repository on the Hub").wait_for()
        open_checkpoint(page, "us/told")
        paper = page.locator(".paper")
        assert paper.locator("h1").inner_text() == "Our trio"
        assert paper.locator("img").count() == 0
        assert paper.get_by_text("It can be played now in Sample and Trio.").is_visible()
        assert set(page.get_by_role("tab").all_inner_texts()) == {*tabs, "Trio"}
        button(page, "Play it in Trio").click()
        page.get_by_role("tab", name="Trio", selected=True).wait_for()
        assert page.get_by_label("Model").locator("visible=true").input_value() == "told – trio, 4 bars"


@needs_sound
class TestTrio:
    def test_is_mixed_while_it_plays(self, opened):
        page = opened("trio", "Trio")
        resting = picture(page, "Trio A")
        button(page, "Play Trio A").click()
        wait_until(page, lambda: is_heard(page))
        wait_until(page, lambda: beat(page, "Trio A") >= 1)
        assert picture(page, "Trio A") != resting
        for part in ("Melody", "Bass", "Drums"):
            button(page, f"Mute {part} of Trio A").click()
        wait_until(page, lambda: not is_heard(page))
        button(page, "Solo Bass of Trio A").click()
        assert button(page, "Solo Bass of Trio A").get_attribute("aria-pressed") == "true"
        wait_until(page, lambda: is_heard(page))
        button(page, "Play Trio B").click()
        wait_until(page, lambda: beat(page, "Trio B") >= 1)
        assert button(page, "Play Trio A").is_visible()  # one at a time
        button(page, "Stop Trio B").click()
        wait_until(page, lambda: not is_heard(page))
        assert picture(page, "Trio A", 1) != resting

    def test_is_sought_by_key_and_click(self, opened):
        page = opened("trio", "Trio")
        page.get_by_label("Position in Trio A").focus()
        for key, place in [("ArrowRight", 1), ("PageUp", 5), ("End", 16), ("ArrowLeft", 15), ("Home", 0)]:
            page.keyboard.press(key)
            assert beat(page, "Trio A") == place
        box = page.get_by_role("article", name="Trio A").locator(".lane").first.bounding_box()
        page.mouse.click(box["x"] + box["width"] * 0.53, box["y"] + 20)
        assert beat(page, "Trio A") == 8

    def test_is_taken_home_with_the_instruments_that_were_chosen(self, opened, tiny, tmp_path):
        page = opened("trio", "Trio", accept_downloads=True)
        tunes = tiny("trio").sample(2, 0.5, 7)
        assert [played for _, _, played in saved(page, "Trio A", tmp_path)] == all_notes(tunes[0])
        button(page, "Play Trio A").click()
        wait_until(page, lambda: beat(page, "Trio A") >= 1)
        page.get_by_label("Instrument of Melody in Trio A").select_option("Vibraphone")
        parts = saved(page, "Trio B", tmp_path)
        assert [played for _, _, played in parts] == all_notes(tunes[1])
        assert [program for name, program, _ in parts if name == "Melody"] == [11]
        at = beat(page, "Trio A")
        wait_until(page, lambda: beat(page, "Trio A") > at)  # it played on
        assert is_heard(page)

    def test_another_one_and_the_way_between_them(self, opened, tiny, tmp_path):
        page = opened("trio", "Trio", accept_downloads=True)
        first, second = picture(page, "Trio A"), picture(page, "Trio B")
        button(page, "Another for Trio A").click()
        wait_until(page, lambda: picture(page, "Trio A") != first)
        assert picture(page, "Trio B") == second
        saved(page, "Trio A", tmp_path)
        (tmp_path / "saved.mid").rename(a := tmp_path / "a.mid")
        saved(page, "Trio B", tmp_path)
        button(page, "Morph A into B").click()
        button(page, "Play Step 5").wait_for()
        expected = tiny("trio").interpolate(str(a), str(tmp_path / "saved.mid"), 5)
        assert [played for _, _, played in saved(page, "Step 3", tmp_path)] == all_notes(expected[2])


@needs_sound
class TestBand:
    def test_a_bar_goes_round_and_the_way_goes_on(self, opened):
        page = opened("band", "Band")
        heard = page.locator(".tile.heard")
        resting = picture(page, "Step 1")
        button(page, "Play Step 1").click()
        wait_until(page, lambda: is_heard(page) and heard.count() == 1)
        assert heard.get_attribute("aria-label") == "Step 1"
        assert picture(page, "Step 1") != resting
        page.wait_for_timeout(3000)  # a bar lasts 2.4 s
        assert heard.get_attribute("aria-label") == "Step 1"
        button(page, "Play the whole way").click()
        wait_until(page, lambda: heard.count() == 1 and heard.get_attribute("aria-label") == "A")
        wait_until(page, lambda: heard.count() == 1 and heard.get_attribute("aria-label") == "Step 1")
        open_tab(page, "Sample")
        page.locator("button.primary:visible").click()
        button(page, "Play Multitrack 1").click()  # the checkpoint is the model of this tab, too
        wait_until(page, lambda: page.evaluate("document.querySelectorAll('.tile.heard').length") == 0)

    def test_is_named_and_taken_home(self, opened, tiny, tmp_path):
        page = opened("band", "Band", accept_downloads=True)
        card = page.get_by_role("article", name="A", exact=True)
        parts = saved(page, "A", tmp_path)
        assert card.locator(".instrument").all_inner_texts() == [name for name, _, _ in parts] != []
        assert card.locator(".about").inner_text() in ("1 instrument", f"{len(parts)} instruments")


class TestLook:
    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_texts_stand_out(self, opened, theme):
        page = opened("trio", "Trio", theme)
        button(page, "Play Trio B").wait_for()
        button(page, "Mute Bass of Trio A").click()
        button(page, "Solo Drums of Trio A").click()
        texts = (".mixer .title", ".mixer .about", ".mixer .name", ".mute", ".solo", ".instrument", ".again")
        assert contrasts(page, *texts) >= 4.5
        open_tab(page, "Your checkpoint")
        assert contrasts(page, ".paper h2", ".paper p", ".paper code") >= 4.5

    def test_a_phone_shows_everything(self, opened):
        page = opened("trio", "Trio", viewport=PHONE, has_touch=True, is_mobile=True)
        button(page, "Play Trio B").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        for control in page.locator(".mixer :is(button, a, select)").all():
            box = control.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= PHONE["width"]
            assert box["height"] >= 44  # px, a fingertip
