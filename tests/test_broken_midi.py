"""Whatever one calls music, it is met with notes or with one sentence, before long and within 1 GB."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pretty_midi
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mvae.converters import MelodyConverter
from mvae.errors import MidiError, MvaeError
from mvae.midi import read_bytes
from tests.broken_midi import EVENTS, FILES, HEAVY, RICH, TUNE, body, chunk, header, midi, note, track
from tests.music import music, part

CONVERTER = MelodyConverter(bars=2)
ACCEPTED = re.compile(r"; .*\b(accepted|needed|read|reads 4/4|begins with MThd|give the path of a MIDI file)\b.*\.")
GOOD = midi(TUNE)
posix = pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links of POSIX")


def meet(given: Any) -> int | str:
    """The number of windows, or the sentence; whichever it is, in its right form."""
    try:
        tokens = CONVERTER.to_tokens(given)
    except MvaeError as error:
        answer = str(error)
        check_sentence(answer)
    else:
        answer = len(tokens)
        assert tokens.shape == (answer, 32, 1)
        assert answer >= 1
        assert tokens.dtype == torch.long
        assert torch.equal(CONVERTER.canonical(tokens), tokens)
    return answer


def check_sentence(sentence: str) -> None:
    assert len(sentence.splitlines()) == 1
    assert len(sentence.encode()) < 500
    assert ACCEPTED.search(sentence), f"what is accepted? {sentence}"
    assert not re.search(r"Error|Traceback|0x[0-9a-f]{6}", sentence), sentence


def check(answer: int | str, expected: int | str, name: str = "") -> None:
    if isinstance(expected, int):
        assert answer == expected
    else:
        assert re.search(expected, str(answer)), answer
        assert name in str(answer)


# Files


@pytest.mark.parametrize("what", FILES)
def test_small_file(what: str, tmp_path: Path):
    data, expected = FILES[what]
    path = tmp_path / "a song.mid"
    path.write_bytes(data)
    check(meet(path), expected, "a song.mid")


def test_file_cut_off_anywhere(tmp_path: Path):
    path = tmp_path / "cut.mid"
    for size in range(len(RICH)):
        path.write_bytes(RICH[:size])
        check(meet(path), "cut off|is empty|begins with b'M", "cut.mid")


def test_track_cut_off_anywhere(tmp_path: Path):
    path, events = tmp_path / "cut.mid", body(*EVENTS)
    whole = {len(body(*EVENTS[:n])) for n in range(len(EVENTS) + 1)}
    for size in range(len(events)):
        path.write_bytes(midi(TUNE, chunk(b"MTrk", events[:size])))
        check(meet(path), 1 if size in whole else "cut.mid, track 2, is damaged at byte")


@pytest.mark.parametrize("wrong", [0x00, 0x01, 0x7F, 0x80, 0x90, 0xC0, 0xF0, 0xFF])
def test_any_byte_may_be_wrong(wrong: int, tmp_path: Path):
    path = tmp_path / "bent.mid"
    for at in range(len(RICH)):
        path.write_bytes(RICH[:at] + bytes([wrong]) + RICH[at + 1 :])
        meet(path)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60))
def test_events_may_be_anything(events: bytes):
    try:
        read_bytes(header() + chunk(b"MTrk", events), "random.mid")
    except MidiError as error:
        check_sentence(str(error))


# Time and memory


MEASURE = """
import json, resource, sys
from mvae import MelodyConverter, MvaeError
from tests.broken_midi import HEAVY
resource.setrlimit(resource.RLIMIT_CPU, (300, 300))  # where it hangs it dies
converter = MelodyConverter(2)
for what, (build, _) in HEAVY.items():
    with open(sys.argv[1], "wb") as file:
        file.write(build())
    try:
        answer = len(converter.to_tokens(sys.argv[1]))
    except MvaeError as error:
        answer = str(error)
    print(json.dumps([what, answer, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10]), flush=True)
"""


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int | str, float]]:
    """What became of each heavy file in a process of its own: the answer, and MiB."""
    pytest.importorskip("resource")
    path = str(tmp_path_factory.mktemp("heavy") / "heavy.mid")
    run = subprocess.run([sys.executable, "-c", MEASURE, path], capture_output=True, text=True)
    rows = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.returncode == 0, f"died after {rows[-1:]}: {run.stderr[-500:]}"
    return {what: (answer, mebibytes) for what, answer, mebibytes in rows}


@pytest.mark.parametrize("what", HEAVY)
def test_heavy_file(what: str, measured: dict[str, tuple[int | str, float]]):
    answer, mebibytes = measured[what]
    check(answer, HEAVY[what][1], "heavy.mid")
    assert mebibytes < 1000


def test_file_of_100_mb(tmp_path: Path):
    path = tmp_path / "large.mid"
    with path.open("wb") as file:
        file.write(GOOD)
        file.truncate(100 * 2**20)
    check(meet(path), "larger than 8 MiB", "large.mid")


# Paths


def test_missing_file(tmp_path: Path):
    check(meet(tmp_path / "none.mid"), "There is no file", "none.mid")


def test_file_in_a_file(tmp_path: Path):
    (tmp_path / "a.mid").write_bytes(GOOD)
    check(meet(tmp_path / "a.mid" / "b.mid"), "cannot be read", "b.mid")


def test_folder(tmp_path: Path):
    check(meet(tmp_path), "is a folder", tmp_path.name)


def test_empty_path():
    check(meet(""), "is a folder")


def test_path_with_a_zero_byte():
    check(meet("a\0b.mid"), "cannot be read", "a?b.mid")


def test_path_that_is_too_long():
    check(meet("long" * 2000 + ".mid"), "cannot be read", "longlong")


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(path: Path, mode: str) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    path = tmp_path / "secret.mid"
    path.write_bytes(GOOD)
    monkeypatch.setattr(Path, "open", refuse)
    check(meet(path), "cannot be read .Permission denied.", "secret.mid")


@posix
def test_links_in_a_circle(tmp_path: Path):
    path = tmp_path / "circle.mid"
    path.symlink_to(path)
    check(meet(path), "cannot be read", "circle.mid")


@posix
def test_link_to_a_file(tmp_path: Path):
    (tmp_path / "real.mid").write_bytes(GOOD)
    (tmp_path / "link.mid").symlink_to(tmp_path / "real.mid")
    check(meet(tmp_path / "link.mid"), 1)


@posix
def test_pipe(tmp_path: Path):
    path = tmp_path / "pipe.mid"
    os.mkfifo(path)
    check(meet(path), "no regular file", "pipe.mid")


@posix
def test_device():
    check(meet("/dev/zero"), "no regular file", "/dev/zero")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("no extension", "no extension"),
        ("Übung № 1.mid", "Übung № 1.mid"),
        ("🎵🎶.mid", "🎵🎶.mid"),
        ("two\nlines.mid", "two lines.mid"),
        ("tab\tbell\a.mid", "tab bell?.mid"),
        ("right\u202eto left.mid", "right?to left.mid"),
        ("a" * 250 + ".mid", "aaaa…"),
        ("«; %s {0}.mid", "«; %s {0}.mid"),
        pytest.param(os.fsdecode(b"\xff\xfe.mid"), "??.mid", marks=posix),
    ],
)
def test_odd_file_name(name: str, shown: str, tmp_path: Path):
    path = tmp_path / name
    path.write_bytes(GOOD)
    check(meet(path), 1)
    check(meet(str(path)), 1)
    path.write_bytes(GOOD[:-9])
    check(meet(path), "is cut off", shown)


# Objects


class Where:
    """A path by protocol."""

    def __init__(self, path: Any) -> None:
        self.path = path

    def __fspath__(self) -> Any:
        return self.path


def test_path_by_protocol(tmp_path: Path):
    path = tmp_path / "a.mid"
    path.write_bytes(GOOD)
    check(meet(Where(str(path))), 1)
    check(meet(Where(bytes(path))), "came as Where; a path or")
    check(meet(Where(None)), "came as Where; a path or")


@pytest.mark.parametrize("thing", [None, 5, 0, 1.5, GOOD, bytearray(GOOD), object(), {"a.mid"}, {}, print, Path])
def test_neither_path_nor_music(thing: Any):
    check(meet(thing), f"came as {type(thing).__name__}; a path or a PrettyMIDI object is needed")


@pytest.mark.parametrize("nothing", [[], ()])
def test_empty_list(nothing: Any):
    check(meet(nothing), "list of music is empty")


@pytest.mark.parametrize(
    ("last", "told"), [(None, "NoneType"), ([], "came as list"), ("bad.mid", "bad.mid is cut off")]
)
def test_list_with_one_fault(last: Any, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path("good.mid").write_bytes(GOOD)
    Path("bad.mid").write_bytes(GOOD[:-5])
    check(meet(["good.mid", Path("good.mid")]), 2)
    check(meet(["good.mid", music(part("C4 . . .")), last]), told)


# PrettyMIDI objects


def pretty(**changes: Any) -> pretty_midi.PrettyMIDI:
    """Two notes, the second of them changed."""
    piece = music(part("C4 . . . E4 . . ."))
    for name, value in changes.items():
        setattr(piece.instruments[0].notes[1], name, value)
    return piece


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 1),
        ({"start": float("nan")}, "at nan seconds"),
        ({"end": float("nan")}, "at nan seconds"),
        ({"end": float("inf")}, "at inf seconds"),
        ({"start": float("-inf")}, "at -inf seconds"),
        ({"start": -1.0}, "at -1 seconds"),
        ({"end": 1e300}, "at 1e.300 seconds"),
        ({"end": 10**400}, "no music"),
        ({"start": 1e5, "end": 1e5 + 1}, "beyond bar 8192"),
        ({"start": 3.0, "end": 2.0}, "lasts from 3 to 2 seconds"),
        ({"end": 0.5}, 1),
        ({"pitch": -1}, "pitch -1 lasts"),
        ({"pitch": 128}, "pitch 128 lasts"),
        ({"pitch": 60.5}, "pitch 60.5 lasts"),
        ({"pitch": float("nan")}, "pitch nan lasts"),
        ({"pitch": None}, "no music"),
        ({"pitch": "E4"}, "no music"),
        ({"start": "soon"}, "no music"),
        ({"velocity": 0}, 1),
        ({"velocity": float("inf")}, "no music"),
    ],
)
def test_odd_note(changes: dict[str, Any], expected: int | str):
    check(meet(pretty(**changes)), expected, "the PrettyMIDI object")


def test_no_instruments():
    check(meet(music()), "no notes")


def test_instrument_without_notes():
    check(meet(music(part(""))), "no notes")


def test_drums_alone():
    check(meet(music(part("C2 . . .", is_drum=True))), "drums only")


@pytest.mark.parametrize(
    ("name", "value"), [("notes", None), ("notes", [None]), ("name", None), ("control_changes", 3)]
)
def test_odd_instrument(name: str, value: Any):
    piece = pretty()
    setattr(piece.instruments[0], name, value)
    check(meet(piece), "no music")


@pytest.mark.parametrize("instruments", [None, [None], 5])
def test_odd_instruments(instruments: Any):
    piece = pretty()
    piece.instruments = instruments
    check(meet(piece), "no music")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("time", float("nan"), "at nan seconds"),
        ("time", -1.0, "at -1 seconds"),
        ("numerator", 0, "time signature 0/4"),
        ("denominator", 3, "time signature 4/3"),
        ("denominator", None, "no music"),
    ],
)
def test_odd_metre(name: str, value: Any, expected: str):
    piece = music(part("C4 . . ."), meters=((4, 4, 0),))
    setattr(piece.time_signature_changes[0], name, value)
    check(meet(piece), expected)


@pytest.mark.parametrize("resolution", [0, -480, None, float("nan")])
def test_odd_resolution(resolution: Any):
    piece = pretty()
    piece.resolution = resolution
    check(meet(piece), "no music|beyond bar")


def test_controllers_at_no_time():
    piece = pretty()
    piece.instruments[0].control_changes = [pretty_midi.ControlChange(123, 0, float("inf"))]
    check(meet(piece), "at inf seconds")


def test_too_many_notes():
    piece = pretty()
    piece.instruments[0].notes *= 125_001
    check(meet(piece), "250002 notes; at most 250000 are read")


def test_notes_of_a_long_afternoon():
    piece = music(part("C4 . . . " * 30_000))
    assert meet(piece) == 30_000 // 4 - 1


def test_too_many_instruments():
    check(meet(music(*[part("C4 .")] * 2049)), "2049 tracks; at most 2048 are read")


def test_good_tracks_survive_their_neighbours(tmp_path: Path):
    path = tmp_path / "neighbours.mid"
    path.write_bytes(header(tracks=3) + track() + TUNE + chunk(b"JUNK", b"\xff" * 99) + track(*note(120)))
    check(meet(path), 1)
