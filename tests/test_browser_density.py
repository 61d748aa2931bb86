"""More notes or fewer, in a browser: the slider, before and after, and what is heard and taken home of them."""

import pytest

from tests.browsing import DESKTOP, PHONE, button, contrasts, fill, needs_sound, notes, playing, sample, wait_until

pytestmark = pytest.mark.browser


def about(page, title):
    return page.get_by_role("article", name=title, exact=True).locator(".about").inner_text()


def measured(page, title):
    """How many notes a bar there are said to be."""
    return float(about(page, title).split(", ")[2].split()[0])


def picture(page, title):
    return page.get_by_label(f"Position in {title}").evaluate("(canvas) => canvas.toDataURL()")


def move(page, value, shows, label="Note density"):
    fill(page, f"number input for {label}", value, shows)


def test_the_slider_makes_more_notes_or_fewer(visit, demo, tmp_path):
    page = visit(demo, tab="Note density", accept_downloads=True)
    assert measured(page, "After") > measured(page, "Before") == 6.5
    before, more = picture(page, "Before"), picture(page, "After")
    move(page, -1.5, lambda: picture(page, "After") != more)
    assert measured(page, "After") < 6.5
    assert "13 notes" in about(page, "Before")
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download After as MIDI").click()
    coming.value.save_as(tmp_path / "after.mid")
    assert len(notes(tmp_path / "after.mid")) == 2 * measured(page, "After")
    assert before  # was drawn


def test_who_is_at_a_result_is_still_there_when_it_changes(visit, demo):
    page = visit(demo, tab="Note density")
    button(page, "Play After").evaluate("(button) => (button.focus(), button.classList.add('old'))")
    page.get_by_label("range slider for Note density").dispatch_event("pointerup")
    page.locator(".play:not(.old)[aria-label='Play After']").wait_for()
    assert page.evaluate("document.activeElement.ariaLabel") == "Play After"


def test_other_attributes_are_behind_more(visit, demo):
    page = visit(demo, tab="Note density")
    assert not page.get_by_label("number input for Leaps").is_visible()
    more = page.locator("button.label-wrap:visible")
    more.click()
    move(page, 1.5, lambda: "semitones a leap" in about(page, "After"), "Leaps")
    page.get_by_label("Model", exact=True).locator("visible=true").click()
    page.get_by_role("option", name="drums-2bar").click()
    wait_until(page, lambda: "hits a bar" in about(page, "After"))
    assert more.count() == 0


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_a_card_is_sent_here(visit, demo, viewport):
    page = visit(demo, viewport)
    sample(page, seed=7, n=1)
    said = page.locator(".card:visible .about").first.inner_text()
    button(page, "Send Melody 1 to Density").click()
    wait_until(page, lambda: about(page, "Before").startswith(said))


@needs_sound
def test_both_are_heard(visit, demo):
    page = visit(demo, tab="Note density")
    for title in ("Before", "After"):
        button(page, f"Play {title}").click()
        audio = page.get_by_role("article", name=title, exact=True).locator("audio")
        wait_until(page, lambda audio=audio: audio.evaluate("(one) => one.currentTime") > 0.1)
    assert len(playing(page)) == 1
    button(page, "Play Tune").click()
    wait_until(page, lambda: page.evaluate("sounds.level()") > 0.001)
    assert playing(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_stands_out_and_fits_a_phone(visit, demo, theme):
    page = visit(f"{demo}?__theme={theme}", PHONE, tab="Note density", has_touch=True, is_mobile=True)
    assert contrasts(page, ".title", ".about", ".link", ".ways") >= 4.5
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
