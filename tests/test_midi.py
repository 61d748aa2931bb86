"""The reader: ticks, names, programs, metres, and the grid that notes are put on."""

from pathlib import Path

import mido
import pretty_midi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvae.midi import read, read_bytes
from mvae.notes import Note, Passage, Song, Span, Track, passages, to_step
from tests.broken_midi import (
    RICH,
    TUNE,
    Event,
    bars,
    body,
    chunk,
    control,
    header,
    meta,
    meter,
    midi,
    note,
    off,
    on,
    program,
    tempo,
    track,
)
from tests.music import music, part


def song(*events: Event, division: int = 480) -> Song:
    return read_bytes(midi(track(*events), division=division), "song.mid")


def heard(*events: Event) -> list[tuple[int, int, int]]:
    """Start, end and pitch of the notes of a file with one track, in ticks."""
    (only,) = song(*events).tracks
    return [(start, end, pitch) for start, end, pitch, _ in only.notes]


def on_grid(song: Song, steps_per_quarter: int = 4) -> list[tuple[int, int, list[tuple[int, int, int]]]]:
    """First bar, bars, and notes (start, end, pitch) of every passage of the first track."""
    found = passages(song, song.tracks[:1], steps_per_quarter)
    return [(p.first_bar, p.bars, [(n.start, n.end, n.pitch) for n in p.parts[0]]) for p in found]


# Notes


def test_one_of_everything():
    read = read_bytes(RICH, "rich.mid")
    assert read == Song(
        source="rich.mid",
        tracks=[
            Track("Lead", 5, False, [Note(0, 480, 60), Note(480, 960, 62), Note(960, 30960, 64)]),
            Track("", 0, True, [Note(0, 480, 36)], silent_until=1920),
        ],
        spans=[Span(0, 0, None, 4, 4)],
        resolution=480,
        qpm=120.0,
    )


@pytest.mark.parametrize(
    ("events", "notes"),
    [
        ([(0, b"\x90\x3c\x50"), (480, b"\x3c\0"), (0, b"\x40\x50"), (480, b"\x40\0")], [(0, 480, 60), (480, 960, 64)]),
        ([on(60), (480, b"\x90\x3c\0"), *note(64)], [(0, 480, 60), (480, 960, 64)]),
        ([on(60), off(60), off(60, 100), *note(64)], [(0, 480, 60), (580, 1060, 64)]),
        ([on(60), on(62, 480), off(62)], [(480, 960, 62)]),
        ([on(60), on(60, 240), off(60, 240), off(60, 240)], [(0, 480, 60), (240, 720, 60)]),
        ([*note(60, 0), *note(62, 0)], [(0, 0, 60), (0, 0, 62)]),
        ([(9, b"\xf0\2ab"), (9, b"\xf7\3cd\xf7"), *note(60)], [(18, 498, 60)]),
        ([(9, b"\xf7\3abc"), *note(60)], [(9, 489, 60)]),
        ([meta(5, b"la", after=100), meta(0x7F, b"\x90\x3c\x50", after=100), *note(60)], [(200, 680, 60)]),
        ([meta(1, b"x" * 300, after=200_000), *note(60)], [(200_000, 200_480, 60)]),
        ([control(64, 127), on(60), (9, b"\xd0\1"), (9, b"\2"), (9, b"\xe0\0\1"), off(60)], [(0, 507, 60)]),
    ],
    ids=[
        "running status",
        "velocity 0",
        "two note-offs",
        "no note-off",
        "same pitch twice",
        "no length",
        "sysex continued",
        "escape",
        "other texts",
        "long text",
        "controllers",
    ],
)
def test_notes(events: list[Event], notes: list[tuple[int, int, int]]):
    assert heard(*events) == notes


@given(st.lists(st.tuples(st.integers(1, 300), st.integers(1, 127)), min_size=1, max_size=3000), st.booleans())
def test_runs_of_any_length(steps: list[tuple[int, int]], touched: bool):
    events = [(n, b"\x90" + bytes([60, velocity])) for n, velocity in steps[:1]]
    events += [(n, bytes([60, velocity])) for n, velocity in steps[1:]]
    events += [(0, b"\xd0\1"), *[(1, b"\2")] * 1500] * touched
    assert len(song(*events, *[off(after=1)] * len(steps)).tracks[0].notes) == len(steps)


def test_two_channels_of_type_0_are_two_tracks():
    data = midi(track(program(5), program(7, 1), *note(60), *note(62, channel=1)), form=0)
    assert [(t.program, t.notes) for t in read_bytes(data, "").tracks] == [
        (5, [Note(0, 480, 60)]),
        (7, [Note(480, 960, 62)]),
    ]


def test_tracks_keep_their_order_and_names():
    data = midi(track(meta(3, b" Lead "), *note()), track(), track(meta(3, b"Pad\n2"), *note()))
    assert [t.name for t in read_bytes(data, "").tracks] == ["Lead", "Pad 2"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Mélodie 旋律".encode(), "Mélodie 旋律"), (b"M\xe9lodie", "M\ufffdlodie"), (b"x" * 999, "x" * 79 + "…")],
)
def test_names(name: bytes, shown: str):
    assert song(meta(3, name), *note()).tracks[0].name == shown


def test_silent_tracks_keep_their_length():
    data = midi(
        TUNE,
        track(meta(3, b"Rests"), program(33, 2), control(7, 100, 10, 2), control(123, 0, 3830, 2)),
        track(control(123, after=960, channel=9)),
        track(control(7, 100, after=960)),
    )
    _, rests, drums = read_bytes(data, "").tracks
    assert rests == Track("Rests", 33, False, [], silent_until=3840)
    assert drums == Track("", 0, True, [], silent_until=960)


@pytest.mark.parametrize(
    ("tempos", "qpm"),
    [
        ([], 120),
        ([tempo(600_000)], 100),
        ([tempo(600_000), tempo(300_000, 480)], 100),
        ([tempo(0), tempo(1), tempo(600_000)], 100),
        ([tempo(2**24 - 1)], 120),
        ([meta(0x51, b"\1")], 120),
    ],
)
def test_tempo(tempos: list[Event], qpm: float):
    assert song(*tempos, *note()).qpm == pytest.approx(qpm)


def test_rubbish_between_and_after_chunks():
    data = header(tracks=2) + chunk(b"junk", b"MTrk") + TUNE + chunk(b"MTrX", b"") + TUNE + b"MTrk\0\0\1\0rubbish"
    assert len(read_bytes(data, "").tracks) == 2


def test_events_after_the_end_of_a_track_are_not_heard():
    data = midi(chunk(b"MTrk", body(*note(60), (0, b"\xff\x2f\0"), *note(72))))
    assert [n.pitch for n in read_bytes(data, "").tracks[0].notes] == [60]


# PrettyMIDI


def write(path: Path, *events: mido.Message | mido.MetaMessage) -> Path:
    file = mido.MidiFile(ticks_per_beat=480)
    file.tracks.append(mido.MidiTrack(events))
    file.save(path)
    return path


def test_object_is_read_as_its_file(tmp_path: Path):
    path = write(
        tmp_path / "rubato.mid",
        mido.MetaMessage("track_name", name="Rubato"),
        mido.Message("program_change", program=40),
        *(
            message
            for n in range(60)
            for message in (
                mido.MetaMessage("set_tempo", tempo=300_000 + 7_777 * n, time=7 if n else 0),
                mido.Message("note_on", note=40 + n, velocity=64, time=n),
                mido.Message("note_off", note=40 + n, time=113),
            )
        ),
        mido.MetaMessage("time_signature", numerator=3, denominator=4),
        mido.Message("note_on", note=60, velocity=64),
        mido.Message("note_off", note=60, time=480),
    )
    file, thing = read(path), read(pretty_midi.PrettyMIDI(str(path)))
    assert thing.tracks == file.tracks
    assert thing.spans == file.spans
    assert thing.qpm == pytest.approx(file.qpm)
    assert thing.resolution == file.resolution


def test_object_keeps_names_programs_and_drums():
    piece = music(part("C4 .", name=" Bass ", program=33), part("D2 -", is_drum=True))
    assert read(piece).tracks == [
        Track("Bass", 33, False, [Note(0, 240, 60)]),
        Track("", 0, True, [Note(0, 120, 38)]),
    ]


def test_note_of_velocity_0_is_not_heard():
    piece = music(part("C4 . E4 -"))
    piece.instruments[0].notes[0].velocity = 0
    assert [note.pitch for note in read(piece).tracks[0].notes] == [64]


# Metres


def spans_of(song: Song) -> list[tuple[int, int, int | None, str]]:
    return [(s.first_bar, s.start, s.bars, s.meter) for s in song.spans]


def spans(*events: Event) -> list[tuple[int, int, int | None, str]]:
    return spans_of(song(*events))


def test_4_4_where_nothing_is_said():
    assert spans(*note()) == [(0, 0, None, "4/4")]


def test_metres_that_change():
    found = spans(*bars(2), meter(3, 2), *bars(3, 1440), meter(7, 3), *bars(1, 1680), meter(4, 2), *bars(1))
    assert found == [(0, 0, 2, "4/4"), (2, 3840, 3, "3/4"), (5, 8160, 1, "7/8"), (6, 9840, None, "4/4")]


@pytest.mark.parametrize("late", [-59, -1, 0, 1, 59])
def test_metre_near_a_bar_line_is_on_it(late: int):
    found = spans(*bars(1, 1920 + late), meter(3, 2), *bars(1, 1440))
    assert found == [(0, 0, 1, "4/4"), (1, 1920 + late, None, "3/4")]


def test_metre_within_a_bar_begins_a_bar():
    assert spans(*bars(1), *bars(1, 960), meter(4, 2), *note()) == [(0, 0, 2, "4/4"), (2, 2880, None, "4/4")]


@pytest.mark.parametrize("late", [-9, 0, 9])
def test_same_metre_again_changes_nothing(late: int):
    found = spans(meter(4, 2), *bars(1, 1920 + late), meter(2, 1), *bars(1), meter(4, 2), *bars(1))
    assert found == [(0, 0, None, "4/4")]


def test_metres_in_a_crowd_lose_no_note():
    piece = song(on(60), meter(3, 2), *[meter(3 + n % 2, 2, 50) for n in (1, 0, 1)], off(60, 330), *note(62))
    assert spans_of(piece) == [(0, 0, 1, "4/4"), (1, 100, None, "4/4")]
    assert on_grid(piece) == [(0, 1, [(0, 1, 60)]), (1, 1, [(3, 7, 62)])]


def test_last_of_two_metres_counts():
    assert spans(meter(4, 2), meter(3, 2), meter(5, 2), *note()) == [(0, 0, None, "5/4")]


def test_metre_after_the_last_note_counts_for_nothing():
    assert spans(*bars(1), meter(3, 2), meter(0, 99, after=2**27)) == [(0, 0, None, "4/4")]


# The grid


@pytest.mark.parametrize(
    ("ticks", "step"), [(0, 0), (59, 0), (60, 1), (120, 1), (179, 1), (180, 2), (-60, 0), (-61, -1)]
)
def test_nearest_step(ticks: int, step: int):
    assert to_step(ticks, 480, 4) == step


@pytest.mark.parametrize("late", [-30, -1, 0, 1, 30, 59])
def test_notes_a_little_off_go_on_the_grid(late: int):
    piece = song(*note(60, 240, after=480 + late), *note(64, 240))
    assert on_grid(piece) == [(0, 1, [(4, 6, 60), (6, 8, 64)])]


@pytest.mark.parametrize("division", [1, 4, 24, 96, 480, 32767])
def test_any_resolution(division: int):
    piece = song(*note(60, division), *note(64, division), division=division)
    assert on_grid(piece) == [(0, 1, [(0, 4, 60), (4, 8, 64)])]


def test_24_steps_a_quarter():
    triplets = song(*note(60, 160), *note(62, 160), *note(64, 160))
    assert on_grid(triplets, 24) == [(0, 1, [(0, 8, 60), (8, 16, 62), (16, 24, 64)])]


def test_a_note_lasts_a_step_at_least():
    assert on_grid(song(*note(60, 0), *note(62, 1), *note(64, 150))) == [(0, 1, [(0, 1, 60), (0, 1, 62), (0, 1, 64)])]


def test_other_metres_are_left_out():
    piece = song(*bars(1), meter(2, 2), *bars(1, 960), meter(4, 2), *note(72))
    assert on_grid(piece) == [(0, 1, [(0, 16, 60)]), (2, 1, [(0, 4, 72)])]


@pytest.mark.parametrize(("early", "heard"), [(61, False), (60, True), (5, True), (0, True)])
def test_a_note_just_before_a_metre_is_on_its_first_beat(early: int, heard: bool):
    upbeat, beat = note(60, 960 - early), [on(72), meter(4, 2, early), off(72, 480 - early)]
    piece = song(meter(2, 2), *upbeat, *beat, *note(65, 480, 960 + early))
    assert on_grid(piece) == [(1, 1, [(0, 4, 72)] * heard + [(12, 16, 65)])]


def test_a_note_is_read_once_where_a_metre_cuts_a_bar():
    piece = song(*note(60, 960), *note(62, 480), meter(4, 2), *note(64), *note(65))
    assert on_grid(piece) == [(0, 1, [(0, 8, 60), (8, 12, 62)]), (1, 1, [(0, 4, 64), (4, 8, 65)])]


def test_a_note_is_cut_where_its_metre_ends():
    piece = song(meter(4, 2), on(60), meter(3, 2, 1920), off(60, 480), *note(62))
    assert on_grid(piece) == [(0, 1, [(0, 16, 60)])]


def test_a_note_is_cut_where_a_metre_cuts_its_bar():
    piece = song(on(60), meter(4, 2, 1440), off(60, 480), *note(62))
    assert on_grid(piece) == [(0, 1, [(0, 12, 60)]), (1, 1, [(4, 8, 62)])]


def test_a_metre_a_little_late_adds_no_bar_to_a_fine_grid():
    piece = song(*note(60, 960), on(62, 975), meter(3, 2, 44), off(62), *note(64))
    assert on_grid(piece, 24) == [(0, 1, [(0, 48, 60), (95, 96, 62)])]


def test_notes_of_an_object_may_be_in_any_order():
    piece = music(part("C4 . . . D4 . . . E4 . . . F4 . . ."), meters=((1, 4, 0), (4, 4, 4)))
    piece.instruments[0].notes.reverse()
    assert on_grid(read(piece)) == [(1, 1, [(0, 4, 62), (4, 8, 64), (8, 12, 65)])]


def test_silence_reaches_as_far_as_it_is_known():
    assert on_grid(song(*note(60), control(123, after=3 * 1920))) == [(0, 4, [(0, 4, 60)])]


def test_passages_are_of_plain_notes():
    (passage,) = passages(song(*note()), [Track("", 0, False, [Note(0, 480, 60, 99)])], 4)
    assert passage == Passage(0, 1, [[Note(0, 4, 60, 99)]], ends_song=True)
    assert {type(value) for value in passage.parts[0][0]} == {int}
