"""The player that all tabs share, in a browser: patterns in time, one sound at a time, and a sentence where none is."""

import pytest

from tests.browsing import button, needs_sound, playing, sample, wait_until

pytestmark = pytest.mark.browser

WATCH = """() => {
  window.starts = [];
  const start = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function (when, from, ...rest) {
    starts.push({ when, from, asked: this.context.currentTime, rate: this.playbackRate });
    return start.call(this, when, from, ...rest);
  };
}"""
PLAY = """([kit, options]) => {
  Object.assign(window, { seen: [], ends: 0, tempo: 240 });
  return sounds.play({
    kits: [kit],
    steps: 8,
    qpm: () => tempo,
    at: () => [{ kit, pitch: kit === "drums" ? 42 : 61, steps: 1 }],
    show: (step) => seen.push(step),
    ended: () => (ends += 1),
    ...options,
  });
}"""


ROLL = """() => {
  for (const pitch of [36, 38, 42]) {
    sounds.play({ kits: ["drums"], steps: 1, qpm: 240, at: () => [{ kit: "drums", pitch }] });
  }
}"""


def play(page, kit="drums", **options):
    """Plays eight 16ths, again and again unless told otherwise; gives what went wrong."""
    return page.evaluate(PLAY, [kit, options])


def loudness(page):
    return page.evaluate("sounds.level()")


def strides(page):
    """Seconds from each sound to the next."""
    times = page.evaluate("starts.map(({ when }) => when)")
    return [round(b - a, 6) for a, b in zip(times, times[1:], strict=False)]


@needs_sound
def test_repeats_in_time_until_it_is_stopped(visit, demo):
    page = visit(demo)
    page.evaluate(WATCH)
    assert play(page) is None
    wait_until(page, lambda: len(strides(page)) > 20)
    assert set(strides(page)) == {1 / 16}  # over its end, too
    assert page.evaluate("starts.every(({ when, asked }) => when >= asked)")
    assert loudness(page) > 0.001

    page.evaluate("tempo = 120")
    wait_until(page, lambda: len(strides(page)) > 40)
    assert set(strides(page)) == {1 / 16, 1 / 8}
    assert strides(page) == sorted(strides(page))  # from the next sixteenth on

    seen = page.evaluate("seen")
    assert set(seen) == set(range(8))
    assert [b for a, b in zip(seen, seen[1:], strict=False) if (b - a) % 8 not in (1, 2)] == []

    page.evaluate("sounds.stop()")
    wait_until(page, lambda: loudness(page) < 1e-4)
    assert page.evaluate("[ends, sounds.isPlaying]") == [1, False]


@needs_sound
def test_ends_by_itself_unless_it_repeats(visit, demo):
    page = visit(demo)
    page.evaluate(WATCH)
    play(page, "piano", repeats=False)
    assert page.evaluate("sounds.isPlaying")
    wait_until(page, lambda: page.evaluate("ends") == 1)
    assert page.evaluate("[starts.length, sounds.isPlaying]") == [8, False]
    assert page.evaluate("starts[0].rate.value") == pytest.approx(2 ** (1 / 12), rel=1e-4)  # C sharp is a bent C
    wait_until(page, lambda: loudness(page) < 1e-4)
    page.evaluate("sounds.hit({ kit: 'drums', pitch: 36 })")
    wait_until(page, lambda: loudness(page) > 0.001)
    assert page.evaluate("[starts.length, sounds.isPlaying]") == [9, False]


@needs_sound
def test_one_at_a_time_on_the_whole_page(visit, demo):
    page = visit(demo)
    sample(page, n=1)
    button(page, "Play Melody 1").click()
    wait_until(page, lambda: playing(page) == [1])
    play(page)
    assert playing(page) == []
    assert button(page, "Play Melody 1").is_visible()
    button(page, "Play Melody 1").click()
    wait_until(page, lambda: playing(page) == [1])
    wait_until(page, lambda: page.evaluate("[ends, sounds.isPlaying]") == [1, False])  # told by an event that is queued
    page.evaluate(WATCH)
    page.evaluate(ROLL)
    wait_until(page, lambda: len(strides(page)) > 2)
    assert set(page.evaluate("starts.map(({ from }) => from)")) == {page.evaluate("sounds.loaded.drums.slots[2][1]")}


def test_without_fluidsynth_it_says_so(visit, silent):
    page = visit(silent)
    assert "apt install fluidsynth" in play(page)
    assert page.evaluate("ends") == 1
