"""Anything may be sent to any endpoint: each answers in one sentence, and goes on playing."""

import itertools
import json
import math
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError, URLError

import pytest

pytest.importorskip("gradio", reason="gradio is not installed: pip install '.[app]'")
from space.checks import LARGEST  # noqa: E402
from tests.serving import call, fetch, upload  # noqa: E402

FILE = {"_type": "gradio.FileData"}
KIT = ("Piano", "Electric bass", "Standard kit")
BEATS = ["Rock", "House", "Bossa", "Toms"]
NOTES = [{"pitch": 60, "start": 0, "end": 4}, {"pitch": 64, "start": 8, "end": 10}]
GOOD: dict[str, tuple[object, ...]] = {  # "MIDI" stands for an uploaded file
    "sample": ("mel-2bar", 1, 0.5, 7, 120, False),
    "morph": ("mel-2bar", "MIDI", "MIDI", 3, 120, False, False),
    "morph_square": ("mel-2bar", "MIDI", "MIDI", "MIDI", "MIDI", 2, 3, 120),
    "trio": ("us/trio", 1, 0.5, 7, 120, *KIT),
    "trio_morph": ("us/trio", "TRIO", "TRIO", 3, 120, *KIT),
    "density": ("mel-2bar", "MIDI", 0.5, 0, 0, 0, 0, 120, False),
    "palette": ("drums-2bar", BEATS, 7),
    "palette_path": ("drums-2bar", BEATS, [[0.1, 0.2], [0.8, 0.9]], 2, 110, 7, False),
    "loops": ("mel-2bar", NOTES, "C", "Major", True, 0.5, 0.3, 7, 120, False, "MIDI"),
    "song": ([NOTES, []], 120, False),
    "band": ("us/band", 2, 0.2, 7, 100),
    "checkpoint": ("mel-2bar",),
}
OPTIONAL = {("loops", 1), ("loops", 10)}  # a sketch, or a file in its place
HOSTILE: list[object] = [
    None,
    "",
    "<script>alert(1)</script>",
    math.nan,
    math.inf,
    1e300,
    -(10**9),
    10**400,
    0.123456789e-9,
    [[[[]]]],
    [{"path": "/etc/passwd", "meta": FILE}] * 4,
    {"<b>": {"<i>": None}},
    "/etc/passwd",
    {"path": "/etc/passwd", "meta": FILE},
    {"path": "../../app.py", "meta": FILE},
    {"path": "\0", "meta": FILE},
    {"path": "http://127.0.0.1:9/a.mid", "meta": FILE},
    "NO MIDI",
    "a" * 10**5,
]


def run(demo, session, *values, endpoint):
    """As `call`, without the queue, and by a visitor who comes again: Gradio copies the whole page for a new one."""
    try:
        body = json.dumps({"data": values, "session_hash": session}).encode()
        return "complete", json.loads(fetch(f"{demo}gradio_api/run/{endpoint}", body))
    except HTTPError as error:
        with error:
            return "error", json.load(error)


@pytest.fixture
def visitor(demo, hub, tiny, tmp_path):
    """Asks an endpoint, its files uploaded before; models of the kinds that may not be bundled are on the Hub."""
    for name, seed in ("trio", 7), ("band", 7):
        tiny(name).save_pretrained(tmp_path / name)
        hub.add(f"us/{name}", {file.name: file.read_bytes() for file in (tmp_path / name).iterdir()})
        tiny(name).sample(1, seed=seed)[0].write(str(tmp_path / f"{name}.mid"))
    tiny().sample(1, seed=7)[0].write(str(tmp_path / "tune.mid"))
    files = {
        "MIDI": upload(demo, (tmp_path / "tune.mid").read_bytes()),
        "TRIO": upload(demo, (tmp_path / "trio.mid").read_bytes()),
        "NO MIDI": upload(demo, b"<h1>I am no MIDI</h1>", "<b>.mid"),
    }

    mine = threading.local()

    def ask(endpoint, *values, queued=True):
        values = [files.get(v, v) if isinstance(v, str) else v for v in values]
        if queued:
            return call(demo, *values, endpoint=endpoint)
        mine.session = getattr(mine, "session", None) or uuid.uuid4().hex
        return run(demo, mine.session, *values, endpoint=endpoint)

    return ask


def is_a_sentence(text):
    """Whether a visitor can read it, and nothing in it is obeyed by a browser or tells of the inside."""
    return (
        isinstance(text, str)
        and 10 < len(text) < 600
        and not any(word in text for word in ("<", "Traceback", "Error:", "Errno", "site-packages", "\n"))
    )


def test_all_endpoints_are_tried(demo):
    described = json.loads(fetch(f"{demo}gradio_api/info"))["named_endpoints"]
    counts = {name.removeprefix("/"): len(endpoint["parameters"]) for name, endpoint in described.items()}
    assert counts == {name: len(values) for name, values in GOOD.items()}


@pytest.mark.parametrize("endpoint", GOOD)
def test_any_value_is_answered_with_a_sentence(visitor, endpoint):
    good = GOOD[endpoint]
    assert visitor(endpoint, *good)[0] == "complete"
    queued = [(*one, True) for one in zip(itertools.cycle(range(len(good))), HOSTILE, strict=False)]
    tries = [*queued, *((place, value, False) for place in range(len(good)) for value in HOSTILE)]

    def fails(one):
        place, value, queued = one
        kind, data = visitor(endpoint, *good[:place], value, *good[place + 1 :], queued=queued)
        if kind == "complete":  # what happens to be in order: a tiny amount of something, a corner left out
            is_right = is_harmless(value) or (value is None and (endpoint, place) in OPTIONAL)
            return None if is_right else f"{place} takes {value!r:.60}"
        text = data["error"] if isinstance(data, dict) else data
        return None if is_a_sentence(text) else f"{place} {value!r:.60}: {text!r:.300}"

    with ThreadPoolExecutor(8) as visitors:
        failures = [failure for failure in visitors.map(fails, tries) if failure]
    assert not failures, "\n".join(failures)
    assert visitor(endpoint, *good)[0] == "complete"


def is_harmless(value):
    return value == 0.123456789e-9


def test_a_large_upload_is_refused_before_it_is_kept(demo, visitor):
    with pytest.raises(URLError) as caught:  # the line is cut while the client still sends: it may not read the answer
        upload(demo, bytes(100 * 10**6))
    if isinstance(caught.value, HTTPError):
        assert is_a_sentence(caught.value.read().decode())
    assert upload(demo, bytes(LARGEST * 10**6 - 1000))
    assert visitor("sample", *GOOD["sample"])[0] == "complete"
