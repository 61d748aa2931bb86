"""Raw MIDI bytes, written by hand so that they can be as wrong as they like, and two collections of such files.

`FILES` are small; each comes with what a converter of two bars must make of it: a number of windows, or words of the
sentence that refuses it. `HEAVY` are built when called; they are after the reader's time and memory.
"""

from collections.abc import Callable

Event = tuple[int, bytes]  # ticks since the event before it, and its bytes

MIB = 2**20
END = (0, b"\xff\x2f\x00")


def varlen(number: int) -> bytes:
    """A number as MIDI writes lengths and delta times: seven bits a byte, the highest first."""
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(number & 0x7F | 0x80)
    return bytes(reversed(digits))


def chunk(kind: bytes, body: bytes, size: int | None = None) -> bytes:
    return kind + (len(body) if size is None else size).to_bytes(4, "big") + body


def header(form: int = 1, tracks: int = 1, division: int = 480) -> bytes:
    return chunk(b"MThd", b"".join(number.to_bytes(2, "big") for number in (form, tracks, division)))


def body(*events: Event) -> bytes:
    return b"".join(varlen(ticks) + event for ticks, event in events)


def track(*events: Event, end: Event | None = END, size: int | None = None) -> bytes:
    return chunk(b"MTrk", body(*events, *([end] if end else [])), size)


def midi(*tracks: bytes, form: int = 1, division: int = 480, announced: int | None = None) -> bytes:
    return header(form, len(tracks) if announced is None else announced, division) + b"".join(tracks)


def on(pitch: int = 60, after: int = 0, channel: int = 0, velocity: int = 80) -> Event:
    return after, bytes([0x90 | channel, pitch, velocity])


def off(pitch: int = 60, after: int = 480, channel: int = 0) -> Event:
    return after, bytes([0x80 | channel, pitch, 0])


def note(pitch: int = 60, ticks: int = 480, after: int = 0, channel: int = 0) -> tuple[Event, Event]:
    return on(pitch, after, channel), off(pitch, ticks, channel)


def control(number: int, value: int = 0, after: int = 0, channel: int = 0) -> Event:
    return after, bytes([0xB0 | channel, number, value])


def program(number: int, channel: int = 0) -> Event:
    return 0, bytes([0xC0 | channel, number])


def meta(kind: int, value: bytes, after: int = 0, size: int | None = None) -> Event:
    return after, bytes([0xFF, kind]) + varlen(len(value) if size is None else size) + value


def meter(numerator: int, power: int, after: int = 0) -> Event:
    """A time signature of `numerator` over 2 to the `power`."""
    return meta(0x58, bytes([numerator, power, 24, 8]), after)


def tempo(microseconds: int, after: int = 0) -> Event:
    return meta(0x51, microseconds.to_bytes(3, "big"), after)


def bars(number: int, ticks: int = 1920) -> list[Event]:
    """One note a bar."""
    return [event for _ in range(number) for event in note(ticks=ticks)]


TUNE = track(*note(60), *note(64), *note(67), *note(72))
EVENTS = (  # one of each kind, with and without running status
    *(meta(3, b"Lead"), program(5), control(7, 100), (0, b"\xf0\x03\x7e\x7f\xf7"), on(60), off(60), (0, b"\xe0\0\x40")),
    *((0, b"\xd0\x40"), (0, b"\x41"), (0, b"\x90\x3e\x50"), (480, b"\x3e\0"), (0, b"\x40\x50"), (30_000, b"\x40\0")),
)
RICH = midi(
    track(meta(3, "Mélodie".encode()), tempo(500_000), meter(4, 2), meta(0x59, b"\xfe\0"), meta(5, b"la", 960)),
    chunk(b"XFIH", b"alien"),
    track(*EVENTS),
    track(*note(36, channel=9), control(123, after=1440, channel=9)),
    announced=3,
)

FILES: dict[str, tuple[bytes, int | str]] = {
    # Not MIDI
    "empty": (b"", "is empty"),
    "one byte": (b"M", "begins with b'M'"),
    "text": (b"Dear Sir or Madam", "begins with b'Dear'"),
    "png": (b"\x89PNG\r\n\x1a\n" + bytes(40), "begins with b'.x89PNG'"),
    "zip": (b"PK\3\4" + bytes(40), "begins with b'PK"),
    "rmid": (chunk(b"RIFF", b"RMIDdata" + midi(TUNE)), "begins with b'RIFF'"),
    # Headers
    "cut in the header": (midi(TUNE)[:11], "header"),
    "header of 4 bytes": (chunk(b"MThd", b"\0\1\0\1") + TUNE, "header"),
    "header of 10 bytes": (chunk(b"MThd", b"\0\1\0\1\1\xe0more") + TUNE, 1),
    "header of 4 GiB": (chunk(b"MThd", b"\0\1\0\1\1\xe0", 2**32 - 1) + TUNE, "after 0 of its 1 tracks"),
    "header alone": (header(), "after 0 of its 1 tracks"),
    "no tracks announced": (midi(announced=0), "after 0 of its 0 tracks"),
    "type 0": (midi(TUNE, form=0), 1),
    "type 2": (midi(TUNE, form=2), "type 2; types 0 and 1"),
    "type 7": (midi(TUNE, form=7), "type 7; types 0 and 1"),
    "no division": (midi(TUNE, division=0), "no ticks"),
    "smpte": (midi(TUNE, division=0xE728), "SMPTE"),
    "1 tick a quarter": (midi(track(*note(ticks=1), *note(ticks=8)), division=1), 2),
    "32767 ticks a quarter": (midi(track(*note(ticks=9 * 32767)), division=32767), 2),
    # Chunks
    "fewer tracks than announced": (midi(TUNE, announced=2), "after 1 of its 2 tracks"),
    "65535 tracks announced": (midi(TUNE, announced=65535), "after 1 of its 65535 tracks"),
    "more tracks than announced": (midi(TUNE, track(*bars(9)), announced=1), 1),
    "tracks, but none announced": (midi(TUNE, announced=0), 1),
    "track longer than the file": (midi(track(*note(), size=999)), "after 0 of its 1 tracks"),
    "track of 4 GiB": (midi(track(*note(), size=2**32 - 1)), "after 0 of its 1 tracks"),
    "track of no bytes": (midi(chunk(b"MTrk", b"")), "no notes"),
    "length 0 before events": (midi(track(*note(), size=0)), "no notes"),
    "alien chunks": (header() + chunk(b"XFIH", b"?" * 9) + TUNE + chunk(b"junk", b""), 1),
    "alien chunk alone": (header() + chunk(b"XFIH", b"?" * 9), "after 0 of its 1 tracks"),
    "rubbish at the end": (midi(TUNE) + bytes(3) + b"rubbish", 1),
    "two files in one": (midi(TUNE) + midi(TUNE), 1),
    # Metres
    "3/4": (midi(track(meter(3, 2), *bars(4, 1440))), "3/4 at bar 0"),
    "7/8": (midi(track(meter(7, 3), *bars(4, 1680))), "7/8 at bar 0"),
    "2/2": (midi(track(meter(2, 1), *bars(4))), 3),
    "8/8": (midi(track(meter(8, 3), *bars(4))), 3),
    "4/4, 3/4, 4/4": (midi(track(*bars(3), meter(3, 2), *bars(2, 1440), meter(4, 2), *bars(4))), 2 + 3),
    "one bar of 2/4": (midi(track(*bars(3), meter(2, 2), *bars(1, 960), meter(4, 2), *bars(4))), 2 + 3),
    "metre within a bar": (midi(track(*bars(3, 1200), meter(4, 2), *bars(4))), 1 + 3),
    "metre told again, a tick late": (midi(track(meter(4, 2), *bars(1, 1921), meter(4, 2), *bars(3, 1920))), 3),
    "metre beyond the end": (midi(track(*bars(2), meter(3, 2, after=2**27))), 1),
    "numerator 0": (midi(track(meter(0, 2), *note())), "time signature 0/4"),
    "denominator 2^200": (midi(track(meter(4, 200), *note())), "time signature 4/128"),
    "denominator 2^32": (midi(track(meter(4, 32), *note())), "time signature 4/128"),
    "metre of no bytes": (midi(track(meta(0x58, b""), *note())), 1),
    "a metre every tick": (midi(track(*[meter(3 + n % 2, 2, 1) for n in range(9999)], *note())), "3/4 at bar 0"),
    "8200 bars of 1/64": (midi(track(meter(1, 6), *bars(1, 8200 * 30), meter(4, 2), *note())), "beyond bar 8192"),
    "two metres at once": (midi(track(meter(4, 2), meter(3, 2), *bars(4, 1440))), "3/4 at bar 0"),
    # Nothing to read
    "no notes": (midi(track(control(7, 100, after=1920))), "no notes"),
    "empty track": (midi(track()), "no notes"),
    "tempo only": (midi(track(tempo(500_000), tempo(400_000, after=1920))), "no notes"),
    "drums only": (midi(track(*note(36, channel=9))), "drums only"),
    "all notes too high": (midi(track(*note(109), *note(127))), "21 to 108"),
    "all notes too low": (midi(track(*note(0), *note(20))), "21 to 108"),
    "some notes too high": (midi(track(*note(109), *note(60))), 1),
    "silence with an end": (midi(track(control(123, after=3 * 1920))), 2),
    "silence of one tick": (midi(track(control(123, after=1))), "no notes"),
    # Tempos
    "tempo 0": (midi(track(tempo(0), *note())), 1),
    "tempo of 1 microsecond": (midi(track(tempo(1), *note())), 1),
    "slowest tempo": (midi(track(tempo(2**24 - 1), *note())), 1),
    "tempo changes": (midi(track(*[tempo(200_000 + n, 10) for n in range(500)], *note())), 2),
    "tempo of no bytes": (midi(track(meta(0x51, b""), *note())), 1),
    # Notes
    "polyphony": (midi(track(on(60), on(64), on(67), off(60), off(64, 0), off(67, 0))), 1),
    "no note-off": (midi(track(on(60), on(62, 480))), "no notes"),
    "no note-on": (midi(track(off(60), *note())), 1),
    "velocity 0 ends": (midi(track(on(60), on(60, 480, velocity=0), on(62), on(62, 480, velocity=0))), 1),
    "same pitch overlaps": (midi(track(on(), on(after=240), off(after=240), off())), 1),
    "no length": (midi(track(*note(60, 0), *note(62, 0))), 1),
    "pitch 0, no length": (midi(track(*note(0, 0))), "no notes"),
    "data above 127": (midi(track((0, b"\x90\x3c\xd0"), (480, b"\x80\x3c\xff"))), 1),
    "a million bars": (midi(track(on(), off(after=2**28 - 1))), "beyond bar 8192"),
    "starts after a million bars": (midi(track(*note(after=2**28 - 1))), "beyond bar 8192"),
    "silence for a million bars": (midi(track(*note(), control(123, after=2**28 - 1))), "beyond bar 8192"),
    "beyond 2^31 ticks": (midi(track(*[meta(1, b"", 2**28 - 1)] * 9, *note())), "beyond bar 8192"),
    "across 2^31 ticks": (midi(track(on(), *[meta(1, b"", 2**28 - 1)] * 9, off())), "no notes"),
    "controllers between": (
        midi(track(on(), control(1), (9, b"\xa0\x3c\1"), (9, b"\xd0\1"), (9, b"\xe0\0\1"), off())),
        1,
    ),
    # Running status
    "running status": (midi(track((0, b"\x90\x3c\x50"), (480, b"\x3c\0"), (0, b"\x40\x50"), (480, b"\x40\0"))), 1),
    "running programs": (midi(track((0, b"\xc0\1"), (0, b"\2"), *note())), 1),
    "running status at the start": (midi(track((0, b"\x3c\x50"), *note())), "track 1, is damaged at byte 0"),
    "running status after a text": (midi(track(on(), meta(1, b"x"), (480, b"\x3c\0"))), "damaged at byte 9"),
    "running status cut": (midi(track(on(), (480, b"\x3c"), end=None)), "damaged at byte 4"),
    # Events
    "sysex": (midi(track((0, b"\xf0\x05\x7e\x7f\x09\x01\xf7"), *note())), 1),
    "sysex cut": (midi(track(*note(), (0, b"\xf0\x7fabc"), end=None)), "damaged at byte 9"),
    "sysex of 256 MiB": (midi(track(*note(), (0, b"\xf0\xff\xff\xff\x7fabc"), end=None)), "damaged at byte 9"),
    "sysex continued": (midi(track((0, b"\xf0\2ab"), (0, b"\xf7\3cd\xf7"), *note())), 1),
    "escape": (midi(track((0, b"\xf7\3abc"), *note())), 1),
    "undefined status": (midi(track((0, b"\xf4"), *note())), "damaged at byte 0"),
    "cut in an event": (midi(track(*note(), (0, b"\x90\x3c"), end=None)), "damaged at byte 9"),
    "cut in a delta time": (midi(chunk(b"MTrk", body(*note()) + b"\x81")), "damaged at byte 9"),
    "delta time of five bytes": (midi(chunk(b"MTrk", b"\x81\x81\x81\x81\1" + body(*note()))), "damaged at byte 0"),
    "no end of track": (midi(track(*note(), end=None)), 1),
    "events after the end": (midi(chunk(b"MTrk", body(*note(), END) + b"\xf4 rubbish")), 1),
    "meta cut": (midi(chunk(b"MTrk", body(*note()) + b"\0\xff")), "damaged at byte 9"),
    "meta longer than its track": (midi(track(meta(1, b"x", size=200), *note())), "damaged at byte 0"),
    "meta of 256 MiB": (midi(track(meta(1, b"x", size=2**28 - 1), *note())), "damaged at byte 0"),
    "key of rubbish": (midi(track(meta(0x59, b"\x70\x55"), meta(0x59, b""), *note())), 1),
    "unknown meta": (midi(track(meta(0x6E, b"\xff" * 200), *note())), 1),
    "damage in track 2": (midi(TUNE, track((0, b"\xf4"))), "track 2, is damaged"),
    # Names
    "latin-1 name": (midi(track(meta(3, b"M\xe9lodie"), *note())), 1),
    "name of rubbish": (midi(track(meta(3, bytes(range(128, 256))), *note())), 1),
    "unicode name": (midi(track(meta(3, "Mélodie 旋律 🎵".encode()), *note())), 1),
    "name of two lines": (midi(track(meta(3, b"Lead\nGuitar\0"), *note())), 1),
    "name of 10 000 letters": (midi(track(meta(3, "é".encode() * 5000), *note())), 1),
}


def _big(*events: bytes) -> bytes:
    return chunk(b"MTrk", b"".join(events) + body(END))


def _programs(number: int, *more: bytes) -> bytes:
    """A track with a note in each of `number` programs, channel after channel."""
    return _big(*(body(program(n % 128, n // 128), *note(channel=n // 128, ticks=1)) for n in range(number)), *more)


def _repeated(events: bytes, size: float = 7.9) -> bytes:
    return events * int(size * MIB / len(events))


HEAVY: dict[str, tuple[Callable[[], bytes], int | str]] = {
    "249 999 notes": (lambda: midi(_big(body(on()), b"\x28\x3c\0\0\x3c\x50" * 249_999)), 5208),
    "250 001 notes": (lambda: midi(_big(body(on()), b"\1\x3c\0\0\x3c\x50" * 250_001)), "at most 250000"),
    "50 000 notes among metres": (
        lambda: midi(
            _big(*(body(meter(2 + 2 * (n % 2), 2, 960 + 960 * (n % 2))) for n in range(5000))),
            _big(body(on()), b"\x81\x0c\x3c\0\0\x3c\x50" * 50_000),
        ),
        "2/4 at bar 1",
    ),
    "note-ons without end": (lambda: midi(_big(body(on()), _repeated(b"\0\x3c\x50"))), "no notes"),
    "8191 bars": (lambda: midi(track(*note(ticks=8191 * 1920))), 8190),
    "2000 tracks": (lambda: midi(*[track(*note())] * 2000), 1),
    "2049 tracks": (lambda: midi(*[track(*note())] * 2049), "at most 2048"),
    "70 000 empty tracks": (lambda: midi(*[track()] * 70_000, announced=1), "70000 tracks; at most 2048"),
    "2048 tracks of 16 channels": (
        lambda: midi(*[track(*(event for n in range(16) for event in note(channel=n)))] * 2048),
        "at most 2048",
    ),
    "2048 programs": (lambda: midi(_programs(2048)), 1),
    "2048 programs and 7 MiB of notes": (lambda: midi(_programs(2048, body(on()), _repeated(b"\0\x3c\x50", 7))), 1),
    "61 440 programs": (lambda: midi(*[_programs(2048)] * 30), "at most 2048"),
    "1.2 million programs": (lambda: midi(_big(_repeated(body(program(1), on())))), "beyond 65536"),
    "controllers, then programs": (lambda: midi(_programs(0, _repeated(b"\0\xb0\7\1", 7), _programs(2048)[8:])), 1),
    "all-notes-offs": (lambda: midi(_big(_repeated(b"\0\xb0\x7b\0"))), "no notes"),
    "aftertouch": (lambda: midi(_big(body(*note()), _repeated(b"\0\xb0\1\1\0\xd0\1"))), 1),
    "metres": (lambda: midi(_big(_repeated(body(meter(4, 2, 1))))), "beyond 65536"),
    "name of 7 MiB in 128 programs": (lambda: midi(_programs(128, body(meta(3, b"x" * 7 * MIB), *note()))), 1),
    "9 MiB": (lambda: midi(_big(bytes(9 * MIB))), "larger than 8 MiB"),
}
