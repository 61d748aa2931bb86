"""MIDI in: the only module that knows a MIDI parser, the same for a user's file and for a corpus.

A file is sieved before it reaches the parser (symusic, whose C++ trusts what it reads), so that whatever is wrong with
it ends in a sentence; times stay in ticks, since seconds would blur the grid.
"""

import itertools
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from operator import itemgetter
from pathlib import Path

import numpy as np
import pretty_midi
from symusic.core import ScoreTick, TrackTick

from .errors import MidiError
from .notes import Note, Song, Span, Track
from .paths import expanded

Midi = str | os.PathLike[str] | pretty_midi.PrettyMIDI
Meter = tuple[int, int, int]  # tick, numerator, denominator
Clock = Callable[[Sequence[float] | np.ndarray], np.ndarray]  # seconds to ticks

MAX_BYTES, MAX_BARS = 8 * 2**20, 8192
MAX_NOTES = 250_000
MAX_TRACKS = 2048
MAX_EVENTS = 65_536  # beside notes and controllers; the parser may begin one more track at every program change
MAX_SECONDS = 1_000_000
ALL_NOTES_OFF = 123  # the controller with which `converters` mark how far a part reaches when nothing sounds

_DELTA = rb"[\x80-\xff]{0,3}[\x00-\x7f]"
_TWO = rb"%b[\x80-\xbf\xe0-\xef]..(?:%b[\x00-\x7f].){0,99}" % (_DELTA, _DELTA)  # by the number of data bytes
_ONE = rb"%b[\xd0-\xdf].(?:%b[\x00-\x7f]){0,99}" % (_DELTA, _DELTA)
_PROGRAM = rb"%b[\xc0-\xcf].(?:%b[\x00-\x7f]){0,99}" % (_DELTA, _DELTA)
_META = rb"(?P<delta>%b)(?P<kind>\xff.|[\xf0\xf7])(?P<size>%b)" % (_DELTA, _DELTA)
_KINDS = rb"(?:(?P<two>%b)|(?P<one>%b)){1,99}|(?P<program>%b)|%b" % (_TWO, _ONE, _PROGRAM, _META)
_EVENTS = re.compile(_KINDS, re.DOTALL)
_RUNNING = {  # events that go on without a status byte; all runs are bounded, for `re` remembers each round
    "two": re.compile(rb"(?:%b[\x00-\x7f].){1,999}" % _DELTA, re.DOTALL),
    "one": re.compile(rb"(?:%b[\x00-\x7f]){1,999}" % _DELTA),
    "program": re.compile(rb"(?:%b[\x00-\x7f]){1,999}" % _DELTA),
}
_NAME, _END, _TEMPO, _METER = b"\xff\x03", b"\xff\x2f", b"\xff\x51", b"\xff\x58"


def read(midi: Midi) -> Song:
    """Read a MIDI file, or a `PrettyMIDI` as one, into ticks.

    Raises `MidiError` for what is missing, damaged, of type 2, in SMPTE time, or beyond the limits above.
    """
    if isinstance(midi, pretty_midi.PrettyMIDI):
        return _from_pretty_midi(midi)
    try:
        path = expanded(midi)
    except TypeError:
        raise MidiError(f"Music came as {type(midi).__name__}; a path or a PrettyMIDI object is needed.") from None
    return read_bytes(_load(path), path.name)


def read_bytes(data: bytes, name: str) -> Song:
    """Read the bytes of a MIDI file; `name` is what messages call it."""
    name, count = _line(name), itertools.count(1)
    resolution = _check_header(data, name)
    bodies = enumerate(_track_bodies(data, name), 1)
    chunks = [_chunk(_sieve(body, count, f"{name}, track {n},")) for n, body in bodies]
    header = b"MThd\0\0\0\6\0\1" + len(chunks).to_bytes(2, "big") + resolution.to_bytes(2, "big")
    try:
        score = ScoreTick.from_midi(header + b"".join(chunks), sanitize_data=True)
    except Exception as error:  # symusic raises whatever its C++ side threw
        raise MidiError(f"{name} defeats the MIDI parser ({_line(str(error))}); a sound file is needed.") from error
    _check_counts(len(score.tracks), sum(len(track.notes) for track in score.tracks), name)
    tracks = [track for track in map(_track, score.tracks) if track.notes or track.silent_until]
    meters = [(s.time, s.numerator, s.denominator) for s in score.time_signatures]
    return _song(name, tracks, meters, resolution, (tempo.qpm for tempo in score.tempos))


def _line(text: str) -> str:
    """Somebody's text as it may stand in one line of a message."""
    line = "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))
    return line if len(line) <= 80 else f"{line[:79]}…"


def _load(path: Path) -> bytes:
    name = _line(str(path))
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode):  # a pipe or a device may never end
            with path.open("rb") as file:
                return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise MidiError(f"There is no file {name}; give the path of a MIDI file.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise MidiError(f"{name} cannot be read ({reason}); give the path of a MIDI file.") from error
    what = "a folder" if stat.S_ISDIR(mode) else "no regular file"
    raise MidiError(f"{name} is {what}; give the path of a MIDI file.")


def _check_header(data: bytes, name: str) -> int:
    """The ticks a quarter that the header names, or a sentence."""
    if not data:
        raise MidiError(f"{name} is empty; a MIDI file begins with MThd.")
    if len(data) > MAX_BYTES:
        raise MidiError(f"{name} is larger than {MAX_BYTES // 2**20} MiB; at most that much MIDI is read.")
    if data[:4] != b"MThd":
        raise MidiError(f"{name} is not a MIDI file: it begins with {data[:4]!r}; a MIDI file begins with MThd.")
    if len(data) < 14 or int.from_bytes(data[4:8], "big") < 6:
        raise MidiError(f"{name} is cut off in its header; MThd, a length and at least 6 bytes are needed.")
    form, resolution = int.from_bytes(data[8:10], "big"), int.from_bytes(data[12:14], "big")
    if form not in (0, 1):
        raise MidiError(f"{name} is a MIDI file of type {form}; types 0 and 1 are read.")
    if resolution == 0 or resolution & 0x8000:
        units = "SMPTE frames" if resolution else "no ticks"
        raise MidiError(f"{name} counts time in {units}; ticks a quarter are read.")
    return resolution


def _track_bodies(data: bytes, name: str) -> list[bytes]:
    """The contents of the track chunks; alien chunks, and rubbish after the last announced track, are passed over."""
    bodies, announced = [], int.from_bytes(data[10:12], "big")
    at = 8 + int.from_bytes(data[4:8], "big")
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "big")
        if at + 8 + size > len(data):
            break
        if data[at : at + 4] == b"MTrk":
            bodies.append(data[at + 8 : at + 8 + size])
        at += 8 + size
    if not bodies or len(bodies) < announced:
        raise MidiError(f"{name} is cut off after {len(bodies)} of its {announced} tracks; a whole file is needed.")
    _check_counts(len(bodies), 0, name)
    return bodies


def _sieve(body: bytes, count: Iterator[int], where: str) -> bytes:
    """The events of a track in bytes that the parser can trust: what it might misread becomes an empty text."""
    pieces = []
    for events, value in _walk(body, where):
        if events.lastgroup in ("program", "size") and next(count) > MAX_EVENTS:
            raise MidiError(f"{where} goes beyond {MAX_EVENTS} program changes and meta events; no more are read.")
        if events.lastgroup != "size":
            pieces.append(events[0])
        elif events["kind"] != _END:
            pieces += events["delta"], _meta(events["kind"], value)
        else:
            break
    return b"".join([*pieces, *_witnesses(body), b"\0", _END, b"\0"])


def _walk(body: bytes, where: str) -> Iterator[tuple[re.Match[bytes], bytes]]:
    """The events of a track: channel events in runs, meta and system exclusive ones singly and with their content."""
    at, running = 0, None
    while at < len(body):
        events = (running and running.match(body, at)) or _EVENTS.match(body, at)
        size = _number(events["size"]) if events and events.lastgroup == "size" else 0
        if not events or events.end() + size > len(body):
            raise MidiError(f"{where} is damaged at byte {at}; a MIDI event is needed there.")
        at = events.end() + size
        yield events, body[events.end() : at]
        if events.lastgroup:
            running = _RUNNING.get(events.lastgroup)


def _number(digits: bytes) -> int:
    return sum((digit & 0x7F) << 7 * place for place, digit in enumerate(reversed(digits)))


def _meta(kind: bytes, value: bytes) -> bytes:
    """A name (shortened: the parser copies it for every program), a tempo or a metre; an empty text for all others."""
    if kind == _NAME:
        value = value[:127]
    elif kind == _METER and len(value) >= 2:
        value = bytes([value[0], min(value[1], 7)])  # the parser shifts by the second without looking
    elif kind != _TEMPO or len(value) != 3:
        kind, value = b"\xff\x01", b""
    return kind + bytes([len(value)]) + value


def _witnesses(body: bytes) -> Iterator[bytes]:
    """Notes of no length, which `_track` leaves out: the parser forgets the controllers of a channel without notes."""
    for channel in range(16):
        if 0xB0 | channel in body:
            yield bytes([0, 0x90 | channel, 0, 1, 0, 0x80 | channel, 0, 0])


def _chunk(body: bytes) -> bytes:
    return b"MTrk" + len(body).to_bytes(4, "big") + body


def _track(track: TrackTick) -> Track:
    columns, controls = track.notes.numpy(), track.controls.numpy()
    start, duration = (columns[key].astype(np.uint32).astype(np.int64) for key in ("time", "duration"))
    rows = np.stack([start, start + duration, columns["pitch"], columns["velocity"]], 1)
    notes = [*map(Note._make, rows[(duration > 0) | (columns["pitch"] > 0)].tolist())]
    silence = controls["time"][controls["number"] == ALL_NOTES_OFF].astype(np.uint32).max(initial=0)
    return Track(_line(track.name), int(track.program), bool(track.is_drum), notes, int(silence))


def _from_pretty_midi(midi: pretty_midi.PrettyMIDI) -> Song:
    try:
        with np.errstate(invalid="raise", divide="raise", over="raise"):
            return _pretty_song(midi)
    except MidiError:
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        what = _line(str(error))
        raise MidiError(
            f"the PrettyMIDI object is no music: {what}; notes of MIDI pitches 0 to 127 with a start in seconds "
            f"from 0 to {MAX_SECONDS}, and no end before it, are accepted."
        ) from error


def _pretty_song(midi: pretty_midi.PrettyMIDI) -> Song:
    name, clock = "the PrettyMIDI object", _clock(midi)
    _check_counts(len(midi.instruments), sum(len(instrument.notes) for instrument in midi.instruments), name)
    tracks = [_pretty_track(instrument, clock) for instrument in midi.instruments]
    changes = midi.time_signature_changes
    times = clock([change.time for change in changes]).tolist()
    meters = [(time, int(c.numerator), int(c.denominator)) for time, c in zip(times, changes, strict=True)]
    return _song(name, tracks, meters, int(midi.resolution), midi.get_tempo_changes()[1].tolist())


def _clock(midi: pretty_midi.PrettyMIDI) -> Clock:
    """From seconds to ticks, many at once: `midi.time_to_tick` needs 15 µs for each."""
    times, tempos = midi.get_tempo_changes()
    rates = tempos * midi.resolution / 60
    origins = np.append(0, np.cumsum(np.diff(times) * rates[:-1]))

    def ticks(seconds: Sequence[float] | np.ndarray) -> np.ndarray:
        seconds = np.array(seconds, float)
        for wrong in seconds[~((seconds >= 0) & (seconds <= MAX_SECONDS))]:
            raise ValueError(f"something happens at {wrong:g} seconds")
        last = np.searchsorted(times, seconds, side="right") - 1
        return np.rint(origins[last] + (seconds - times[last]) * rates[last]).astype(np.int64)

    return ticks


def _pretty_track(instrument: pretty_midi.Instrument, clock: Clock) -> Track:
    rows = np.array([(n.start, n.end, n.pitch, n.velocity) for n in instrument.notes], float).reshape(-1, 4)
    start, end, pitch, velocity = rows[rows[:, 3] > 0].T
    for wrong in np.flatnonzero((start > end) | ~np.isin(pitch, range(128))):
        raise ValueError(f"a note of pitch {pitch[wrong]:g} lasts from {start[wrong]:g} to {end[wrong]:g} seconds")
    columns = clock(start), clock(end), pitch.astype(int), velocity.astype(int)
    notes = [*map(Note._make, np.stack(columns, 1).tolist())]
    silence = clock([change.time for change in instrument.control_changes if change.number == ALL_NOTES_OFF])
    program, is_drum = int(instrument.program), bool(instrument.is_drum)
    return Track(_line(instrument.name), program, is_drum, notes, int(silence.max(initial=0)))


def _check_counts(tracks: int, notes: int, name: str) -> None:
    if tracks > MAX_TRACKS:
        raise MidiError(f"{name} has {tracks} tracks; at most {MAX_TRACKS} are read.")
    if notes > MAX_NOTES:
        raise MidiError(f"{name} has {notes} notes; at most {MAX_NOTES} are read.")


def _song(
    name: str, tracks: Sequence[Track], meters: Iterable[Meter], resolution: int, tempos: Iterable[float]
) -> Song:
    end = max((track.end for track in tracks), default=0)
    if end > MAX_BARS * 4 * resolution:
        raise _too_long(name)
    heard = [meter for meter in meters if 0 <= meter[0] < end]
    qpm = next((qpm for qpm in tempos if 10 <= qpm <= 1000), 120.0)
    return Song(name, tracks, _spans(name, heard, resolution), resolution, qpm)


def _too_long(name: str) -> MidiError:
    return MidiError(f"{name} goes on beyond bar {MAX_BARS}; no more bars are read.")


def _spans(name: str, meters: Iterable[Meter], resolution: int) -> list[Span]:
    """Runs of bars in one metre; 4/4 where nothing is said, and a change within a bar begins a new bar."""
    spans = [Span(0, 0, None, 4, 4)]
    for time, numerator, denominator in sorted(meters, key=itemgetter(0)):
        if not (1 <= numerator <= 255 and denominator in (1, 2, 4, 8, 16, 32, 64)):
            raise MidiError(f"{name} has the time signature {numerator}/{denominator}; 1 to 255 over 1 to 64 is read.")
        last = spans.pop()
        bars, on_line = _bars(last, time, resolution)
        if on_line and numerator * last.denominator == last.numerator * denominator:
            spans.append(last)
            continue
        if bars:
            spans.append(replace(last, bars=bars))
        if last.first_bar + bars > MAX_BARS:
            raise _too_long(name)
        spans.append(Span(last.first_bar + bars, time if bars else last.start, None, numerator, denominator))
    return spans


def _bars(span: Span, time: int, resolution: int) -> tuple[int, bool]:
    """How many bars of a span begin before tick `time`, and whether that is a bar line, give or take half a 16th."""
    bar, slack = 32 * resolution * span.numerator, resolution * min(span.denominator, 16 * span.numerator)
    bars, rest = divmod(8 * span.denominator * (time - span.start) + slack, bar)
    return bars + (rest >= 2 * slack), rest < 2 * slack
