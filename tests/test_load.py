"""Twenty visitors at once: each is given what it would be given alone, and soon; in an hour nothing of it is left."""

import itertools
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

pytest.importorskip("gradio", reason="gradio is not installed: pip install '.[app]'")
from mvae.audio import missing  # noqa: E402
from tests.music import music, part  # noqa: E402
from tests.serving import call, fetch, serve, upload  # noqa: E402

VISITORS = 20
MINUTES = 2
SOON = 4.0  # seconds
GROWTH = 1.1  # of memory, from the first half to the second
PATIENCE = 10  # seconds until what is old must be gone
EMPTY = 1  # seconds that a folder may be empty in this demo
PITCHES = ["C4", "D4", "E4", "F4", "G4", "A4", "B4", "C5", "D5", "E5"]
CLOCK = f"""
import datetime, os, runpy
from pathlib import Path
from gradio import route_utils
from space import pieces, ui

class Clock(datetime.datetime):
    @classmethod
    def now(cls):
        return super().now() + datetime.timedelta(hours=Path(os.environ["LATER"]).exists())

route_utils.datetime, ui.CHECK, pieces.EMPTY = Clock, 1, {EMPTY}
runpy.run_path("app.py", run_name="__main__")
"""  # the demo, and an hour that is over as soon as there is a file


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the demo of these tests has its temporary files."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def demo(folder):
    """The address of a demo whose clock goes forward by an hour when the file `later` is in `folder`."""
    with serve(folder, arguments=("-c", CLOCK), LATER=str(folder / "later")) as url:
        yield url


def tune(visitor, folder):
    """A MIDI file that no other visitor has."""
    a, b = PITCHES[visitor % 10], PITCHES[visitor // 10 + 3]
    music(part(f"{a} . {b} . {a} {b} . . | {b} . . . {a} . . .")).write(str(folder / f"{visitor}.mid"))
    return (folder / f"{visitor}.mid").read_bytes()


def visit(demo, visitor, midi, seed):
    """Sample, upload a MIDI file, and morph from one to the other; gives the notes, and how long both calls took."""
    waits = []

    def ask(*values, endpoint):
        started = time.monotonic()
        kind, data = call(demo, *values, endpoint=endpoint)
        waits.append(time.monotonic() - started)
        assert kind == "complete", data
        return data[0]

    sampled = ask("mel-2bar", 2, 0.5, seed, 120, False, endpoint="sample")
    uploaded = upload(demo, midi, f"{visitor}.mid")
    morphed = ask("mel-2bar", uploaded, sampled[1]["midi"], 3, 120, False, False, endpoint="morph")
    return [card["notes"] for card in (*sampled, *morphed)], waits


def visit_all(demo, folder, seconds):
    """Twenty visitors, over and over for `seconds`; gives each one's music, which never changes, and all waits."""
    midis, until = [tune(visitor, folder) for visitor in range(VISITORS)], time.monotonic() + seconds

    def stay(visitor):
        first, waits = visit(demo, visitor, midis[visitor], visitor)
        while time.monotonic() < until:
            again, more = visit(demo, visitor, midis[visitor], visitor)
            assert again == first
            waits += more
        return first, waits

    with ThreadPoolExecutor(VISITORS) as visitors:
        music, waits = zip(*visitors.map(stay, range(VISITORS)), strict=True)
    return midis, music, [*itertools.chain(*waits)]


def test_twenty_visitors_are_given_what_each_is_given_alone(demo, tmp_path):
    midis, music, _ = visit_all(demo, tmp_path, 0)
    for visitor in range(0, VISITORS, 2):
        assert visit(demo, visitor, midis[visitor], visitor)[0] == music[visitor]
    assert len(set(map(repr, music))) == VISITORS


@pytest.mark.slow
def test_two_minutes(demo, tmp_path):
    """Prints what it measures, `pytest -m slow -s tests/test_load.py`: waits in seconds, memory in MB."""
    process = next(one for one in psutil.Process().children() if one.environ().get("LATER"))
    alone = [wait for seed in range(5) for wait in visit(demo, 0, tune(0, tmp_path), seed)[1]]
    memory, over = [], threading.Event()

    def watch():
        while not over.wait(0.5):
            memory.append(process.memory_info().rss / 1e6)

    with ThreadPoolExecutor(1) as watcher:
        watching = watcher.submit(watch)
        _, _, waits = visit_all(demo, tmp_path, MINUTES * 60)
        over.set()
        watching.result()
    half = len(memory) // 2
    before, after = statistics.median(memory[:half]), statistics.median(memory[half:])
    tenth = statistics.quantiles(waits, n=10)[-1]
    print(
        f"{len(waits)} calls: median {statistics.median(waits):.2f}, 90 % {tenth:.2f}, longest {max(waits):.2f}; "
        f"alone: median {statistics.median(alone):.2f}, longest {max(alone):.2f}; memory {before:.0f}, {after:.0f}"
    )
    assert statistics.median(waits) < SOON
    assert after < GROWTH * before


def test_nothing_of_theirs_is_left_an_hour_later(demo, folder, tmp_path):
    """Of the tests before, too; what the page begins with stays."""
    files, page = folder / "gradio", fetch(f"{demo}config")
    uploaded = upload(demo, tune(0, tmp_path))
    _, [[sampled]] = call(demo, "mel-2bar", 1, 0.5, 7, 120, missing() is None, endpoint="sample")
    kept = {path for path in files.rglob("*") if path.is_file() and path.parent.name in page}
    theirs = {path for path in files.rglob("*") if path.is_file()} - kept
    handed_out = {Path(file["path"]) for file in (uploaded, sampled["midi"], sampled["wav"]) if file}
    assert handed_out <= theirs
    (folder / "later").touch()
    until = time.monotonic() + PATIENCE
    while any(path.exists() for path in theirs) and time.monotonic() < until:
        time.sleep(0.1)
    assert [path for path in theirs if path.exists()] == []
    assert [path for path in kept if not path.exists()] == []
    time.sleep(EMPTY)
    assert call(demo, "mel-2bar", 1, 0.5, 7, 120, False)[0] == "complete"  # and looks for folders that are empty by now
    (folder / "later").unlink()
    assert [path for path in files.glob("pieces-*") if not any(path.iterdir())] == []
