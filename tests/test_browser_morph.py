"""Morphs in a browser: from where the tunes come, what is seen and heard of the way, and what is taken home."""

import re

import pretty_midi
import pytest

from mvae.audio import missing
from tests.browsing import (
    PHONE,
    button,
    cell,
    contrasts,
    fill,
    needs_sound,
    notes,
    open_tab,
    playing,
    sample,
    stroke,
    tiles,
    wait_until,
)
from tests.music import music, part

pytestmark = pytest.mark.browser

STEP = 4  # seconds: two bars at 120


def roll(page, name="Morph"):
    return page.get_by_role("slider", name=f"Step of {name}")


def picture(page, name="Morph"):
    return roll(page, name).evaluate("(canvas) => canvas.toDataURL()")


def loudness(page):
    return page.evaluate("sounds.level()")


def step(page):
    return roll(page).get_attribute("aria-valuetext")


def about(page, label):
    """What is said about the source `label`."""
    card = page.locator(".card:visible", has=page.get_by_label(f"Where {label} is from"))
    return card.locator(".about").inner_text()


def take(page, label, choice):
    """Choose where a tune is from, and wait for the morph that comes of it."""
    before = picture(page)
    page.get_by_label(f"Where {label} is from").select_option(choice)
    wait_until(page, lambda: picture(page) != before)


def midi(page):
    """The address of the morph's file."""
    return page.get_by_role("link", name="Download Morph as MIDI").get_attribute("href")


def download(page, path, name="Morph"):
    with page.expect_download() as coming:
        page.get_by_role("link", name=f"Download {name} as MIDI").click()
    coming.value.save_as(path)
    return notes(path)


def colors(page):
    """The colours of the notes' middles, at each of the eleven steps: the most saturated or darkest one."""
    return page.evaluate(COLORS)


COLORS = """() => {
  const canvas = [...document.querySelectorAll("canvas[aria-label='Step of Morph']")].find((one) => one.clientWidth);
  const { width, height } = canvas;
  const scale = width / canvas.clientWidth;
  const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  const at = (share) => 56 * scale + (width - 56 * scale) * share;
  return Array.from({ length: 11 }, (_, step) => {
    const counts = {};
    for (let x = Math.ceil(at(step / 11)) + 3; x < at((step + 1) / 11) - 2; x += 1) {
      for (let y = Math.round(22 * scale); y < height; y += 1) {
        const [r, g, b] = pixels.slice(4 * (y * width + x), 4 * (y * width + x) + 3);
        const isNote = Math.max(r, g, b) - Math.min(r, g, b) > 90 || Math.max(r, g, b) < 40;
        if (isNote) counts[[r, g, b]] = (counts[[r, g, b]] ?? 0) + 1;
      }
    }
    return Object.entries(counts).sort((a, b) => b[1] - a[1])[0][0].split(",").map(Number);
  });
}"""


class TestMorph:
    def test_is_there_before_anything_is_chosen_and_goes_from_red_to_purple(self, visit, demo):
        page = visit(demo, tab="Morph")
        first, *way, last = colors(page)
        assert first == last
        assert max(first) < 40
        reds, blues = [r - b for r, _, b in way], [b for _, _, b in way]
        assert reds == sorted(reds, reverse=True)
        assert blues == sorted(blues)
        assert way[0][0] > 200 > 100 > way[0][2]
        assert way[-1][2] > 180 > 130 > way[-1][0]

    def test_the_file_has_the_tunes_at_its_ends(self, visit, demo, tmp_path):
        page = visit(demo, tab="Morph", accept_downloads=True)
        take(page, "A", "example Ode to Joy")
        found = download(page, tmp_path / "way.mid")
        assert [pitch for pitch, start, _ in found if start < STEP] == [64, 64, 65, 67, 67, 65, 64, 62]
        assert [pitch for pitch, start, _ in found if start >= 10 * STEP][:3] == [76, 74, 72]  # the melody of B
        assert f"{len(found)} notes" in page.locator(".about:visible").last.inner_text()
        assert "8 notes, D4 to G4" in about(page, "A")

    def test_steps_can_be_more_and_compared_with_a_cross_fade(self, visit, demo, tmp_path):
        page = visit(demo, tab="Morph", accept_downloads=True)
        fill(page, "number input for Steps", 3, lambda: roll(page).get_attribute("aria-valuemax") == "4")
        page.get_by_label("Compare with a cross-fade").check()
        roll(page, "Cross-fade").wait_for()
        ours, faded = (download(page, tmp_path / "way.mid", name) for name in ("Morph", "Cross-fade"))
        assert {pitch for pitch, _, _ in faded} < {pitch for pitch, _, _ in ours}
        assert faded[0] == ours[0]

    def test_a_model_of_drums_has_beats_to_begin_with(self, visit, demo, tmp_path):
        page = visit(demo, tab="Morph", accept_downloads=True)
        page.get_by_label("Model", exact=True).locator("visible=true").click()
        page.get_by_role("option", name="drums-2bar").click()
        wait_until(page, lambda: "Rock" in about(page, "A") and "Four on the floor" in about(page, "B"))
        wait_until(page, lambda: not re.search(r"[A-G]♯?\d", said(page)))  # only of pitched music
        assert page.get_by_text("Error", exact=True).count() == 0
        download(page, tmp_path / "way.mid")
        assert pretty_midi.PrettyMIDI(str(tmp_path / "way.mid")).instruments[0].is_drum


def said(page):
    """What is said of the morph."""
    return page.get_by_role("article", name="Morph").locator(".about").inner_text()


class TestSquare:
    @pytest.fixture
    def page(self, visit, demo):
        """The tab with the square of four tunes that it begins with."""
        page = visit(demo, tab="Morph", accept_downloads=True)
        page.get_by_label("Four tunes").check()
        tiles(page).nth(24).wait_for()
        return page

    def test_is_spanned_by_two_more_tunes_and_as_large_as_is_wanted(self, page):
        assert about(page, "C").startswith("Ode to Joy")
        assert about(page, "D").startswith("Arpeggio")
        assert not roll(page).is_visible()
        corners = [tiles(page).nth(at).get_attribute("aria-label").split(",")[0] for at in (0, 4, 20, 24)]
        assert corners == ["A", "B", "C", "D"]
        colors = tiles(page).evaluate_all("(all) => all.map((tile) => getComputedStyle(tile).color)")
        assert len(set(colors)) == 25
        before = onsets(page)
        page.get_by_label("Where D is from").select_option("example Twinkle, twinkle")
        wait_until(page, lambda: onsets(page)[24] != before[24])
        assert sum(old != new for old, new in zip(before, onsets(page), strict=True)) > 10
        assert onsets(page)[0] == before[0]
        fill(page, "number input for Rows", 3, lambda: tiles(page).count() == 15)
        page.get_by_label("Four tunes").uncheck()
        assert roll(page).is_visible()
        assert not page.get_by_label("Where C is from").is_visible()

    def test_keys_walk_and_tiles_are_taken_home_and_sent_on(self, page, tmp_path):
        tiles(page).first.focus()
        for key, title in [
            ("ArrowRight", "Row 1, column 2"),
            ("ArrowDown", "Row 2, column 2"),
            ("ArrowLeft", "Row 2, column 1"),
            ("ArrowLeft", "Row 2, column 1"),
        ]:
            page.keyboard.press(key)
            assert page.locator(".card:visible .title").last.inner_text() == title
        alone = download(page, tmp_path / "tile.mid", "Row 2, column 1")
        with page.expect_download() as coming:
            page.get_by_role("link", name="Download all tiles as All in one MIDI").click()
        coming.value.save_as(tmp_path / "all.mid")
        there = [one for one in notes(tmp_path / "all.mid") if 5 * STEP <= one[1] < 6 * STEP]
        assert [(pitch, start - 5 * STEP) for pitch, start, _ in there] == [(pitch, start) for pitch, start, _ in alone]
        assert onsets(page)[5] == [start * 8 for _, start, _ in alone]
        tiles(page).nth(24).click()
        button(page, "Send D to Morph A").click()
        wait_until(page, lambda: about(page, "A").startswith("D · 32 notes"))
        wait_until(page, lambda: onsets(page)[0] == onsets(page)[24])
        tiles(page).nth(12).click()
        button(page, "Send Row 3, column 3 to Density").click()
        page.get_by_label("Where Tune is from").wait_for()
        wait_until(page, lambda: about(page, "Tune").startswith("Row 3, column 3"))

    @needs_sound
    def test_a_click_plays_one_and_a_walk_goes_on(self, page):
        def sounding():
            return [i for i, name in enumerate(tiles(page).evaluate_all(CLASSES)) if "sounding" in name]

        tiles(page).nth(7).click()
        wait_until(page, lambda: loudness(page) > 0.001 and sounding() == [7])
        assert button(page, "Stop Row 2, column 3").is_visible()
        page.locator(".tile.sounding rect.lit").first.wait_for()
        page.keyboard.press("ArrowDown")
        wait_until(page, lambda: sounding() == [12])
        tiles(page).nth(12).click()
        wait_until(page, lambda: loudness(page) < 1e-4 and sounding() == [])
        page.keyboard.press("Enter")
        wait_until(page, lambda: loudness(page) > 0.001 and sounding() == [12])

    def test_of_drums(self, page):
        page.get_by_label("Model", exact=True).locator("visible=true").click()
        page.get_by_role("option", name="drums-2bar").click()
        wait_until(page, lambda: " to " not in tiles(page).nth(1).get_attribute("aria-label"))
        assert [about(page, letter).split(" · ")[0] for letter in "CD"] == ["Funk", "Ride"]


CLASSES = "(all) => all.map((one) => one.className)"


def onsets(page):
    """The steps at which the notes of each tile begin."""
    return tiles(page).evaluate_all(
        "(all) => all.map((tile) => [...tile.querySelectorAll('rect')].map((box) => Number(box.getAttribute('x'))))"
    )


class TestSource:
    def test_the_model_gives_another_tune_each_time(self, visit, demo):
        page = visit(demo, tab="Morph")
        take(page, "A", "model")
        first, said = picture(page), about(page, "A")
        button(page, "Another tune for A").click()
        wait_until(page, lambda: picture(page) != first and about(page, "A") != said)

    def test_a_bar_of_a_part_of_a_file_is_picked(self, visit, demo, tmp_path):
        page = visit(demo, tab="Morph", accept_downloads=True)
        flute = part("C4 . . . | D4 . E4 . | F4 . G4 . A4 . . . | B4", name="<b>Flute</b>")
        music(flute, part("- | - | C3 . . . | D3", program=33)).write(str(tmp_path / "song.mid"))
        page.get_by_label("Where B is from").select_option("file")
        page.get_by_label("MIDI file for B").set_input_files(tmp_path / "song.mid")
        wait_until(page, lambda: "<b>Flute</b>, bar 1 · 3 notes" in about(page, "B"))
        page.get_by_label("Part for B").select_option("2. Electric Bass (finger)")
        wait_until(page, lambda: "Electric Bass (finger), bar 3 · 2 notes, C3 to D3" in about(page, "B"))
        page.get_by_label("Bar for B").focus()
        page.keyboard.press("ArrowLeft")
        assert page.get_by_label("Bar for B").get_attribute("aria-valuetext") == "Bar 2 of 3"
        wait_until(page, lambda: "bar 2 · 1 note, C3" in about(page, "B"))
        wait_until(page, lambda: download(page, tmp_path / "way.mid")[-1][0] == 48)

    def test_is_drawn_by_hand_and_heard_meanwhile(self, visit, demo, tmp_path):
        page = visit(demo, tab="Morph", accept_downloads=True)
        page.get_by_label("Where A is from").select_option("drawn")
        assert about(page, "A") == "Paint by dragging: up is higher, long is longer."
        stroke(page, cell(page, "C4", 0), cell(page, "C4", 3))
        wait_until(page, lambda: missing() or loudness(page) > 0.001)
        stroke(page, cell(page, "G5", 20), cell(page, "G5", 21))
        wait_until(page, lambda: about(page, "A") == "Drawn by hand · 2 notes, C4 to G5")
        wait_until(page, lambda: download(page, tmp_path / "way.mid")[:2] == [(60, 0, 0.5), (79, 2.5, 2.75)])
        button(page, "Clear the drawing of A").click()
        assert about(page, "A").startswith("Paint")
        page.get_by_label("Model", exact=True).locator("visible=true").click()
        page.get_by_role("option", name="drums-2bar").click()
        wait_until(page, lambda: about(page, "A").startswith("Rock"))  # since no melody can be drums
        page.get_by_label("Where A is from").select_option("drawn")
        cell(page, "Kick", 0).click()
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
        wait_until(page, lambda: about(page, "A") == "Drawn by hand · 2 notes")
        take(page, "A", "example Funk")
        assert not cell(page, "Kick", 0).is_visible()

    def test_a_file_that_is_none_is_a_sentence(self, visit, demo, tmp_path):
        page = visit(demo, tab="Morph")
        (tmp_path / "song.mid").write_bytes(b"I am no MIDI")
        page.get_by_label("Where A is from").select_option("file")
        page.get_by_label("MIDI file for A").set_input_files(tmp_path / "song.mid")
        wait_until(page, lambda: "song.mid is not a MIDI file" in about(page, "A"))
        take(page, "A", "example Arpeggio")

    def test_cards_are_sent_from_the_sample_tab(self, visit, demo, tmp_path):
        page = visit(demo, accept_downloads=True)
        sample(page, seed=7, n=2)
        with page.expect_download() as coming:
            page.get_by_role("link", name="Download Melody 2 as MIDI").click()
        coming.value.save_as(tmp_path / "2.mid")
        button(page, "Send Melody 2 to Morph B").click()
        wait_until(page, lambda: "Melody 2" in about(page, "B"))
        sent = [pitch for pitch, _, _ in notes(tmp_path / "2.mid")]

        def last():
            found = download(page, tmp_path / "way.mid")
            return [pitch for pitch, start, _ in found if start >= 10 * STEP]

        wait_until(page, lambda: last() == sent)


@needs_sound
class TestSound:
    def test_plays_all_in_a_row(self, visit, demo):
        page = visit(demo, tab="Morph")
        resting = picture(page)
        button(page, "Play Morph").click()
        wait_until(page, lambda: loudness(page) > 0.001)
        wait_until(page, lambda: picture(page) != resting and step(page) == "A")
        wait_until(page, lambda: step(page) == "step 1 of 9")
        button(page, "Stop Morph").click()
        wait_until(page, lambda: picture(page) == resting or step(page) == "step 1 of 9")
        wait_until(page, lambda: loudness(page) < 1e-4)

    def test_a_click_plays_one_step(self, visit, demo):
        page = visit(demo, tab="Morph")
        slow = midi(page)
        fill(page, "number input for Tempo", 240, lambda: midi(page) != slow)
        box = roll(page).bounding_box()  # now, for the page may have moved when it was filled
        page.mouse.click(box["x"] + 56 + (box["width"] - 56) * 2.5 / 11, box["y"] + 100)
        assert step(page) == "step 2 of 9"
        wait_until(page, lambda: loudness(page) > 0.001)
        assert step(page) == "step 2 of 9"
        wait_until(page, lambda: button(page, "Play Morph").is_visible())
        assert step(page) == "step 2 of 9"
        roll(page).focus()
        for key, name in [("ArrowRight", "step 3 of 9"), ("End", "B"), ("Home", "A")]:
            page.keyboard.press(key)
            assert step(page) == name
        page.keyboard.press("Enter")
        wait_until(page, lambda: button(page, "Stop Morph").is_visible())

    def test_is_one_at_a_time(self, visit, demo):
        page = visit(demo)
        sample(page, n=1)
        button(page, "Play Melody 1").click()
        wait_until(page, lambda: playing(page) == [1])
        open_tab(page, "Morph")
        button(page, "Play A").click()
        wait_until(page, lambda: loudness(page) > 0.001)
        assert playing(page) == []
        button(page, "Play B").click()
        wait_until(page, lambda: button(page, "Stop B").is_visible())
        assert button(page, "Play A").is_visible()


class TestLook:
    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_texts_stand_out(self, visit, demo, theme):
        page = visit(f"{demo}?__theme={theme}", tab="Morph")
        take(page, "A", "model")
        assert contrasts(page, ".title", ".about", ".link", ".ways", ".another") >= 4.5

    def test_a_phone_shows_everything(self, visit, demo):
        page = visit(demo, PHONE, tab="Morph", has_touch=True, is_mobile=True)
        page.get_by_label("Where A is from").select_option("file")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        for control in page.locator(".card :is(button, a, select, label):visible").all():
            assert control.bounding_box()["height"] >= 44  # px, a fingertip
        roll(page).tap(position={"x": 150, "y": 100})
        wait_until(page, lambda: step(page) == "step 1 of 9")

    def test_without_fluidsynth_there_are_scores(self, visit, silent):
        page = visit(silent, tab="Morph")
        assert page.locator(".play:visible").count() == 0
        roll(page).click()
