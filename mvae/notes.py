"""Notes, tracks and songs, counted in ticks or on a grid of steps; knows no file and no model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple, TypeVar

import numpy as np

Ticks = TypeVar("Ticks", int, np.ndarray)


class Note(NamedTuple):
    """One note; `start` and `end` are in ticks or in steps, whichever its owner counts in."""

    start: int
    end: int
    pitch: int
    velocity: int = 80


@dataclass(frozen=True)
class Track:
    """One instrument of a song: its notes in ticks, and the tick its silence is known to reach."""

    name: str
    program: int
    is_drum: bool
    notes: Sequence[Note]
    silent_until: int = 0

    @property
    def end(self) -> int:
        """The tick that its notes and its known silence reach."""
        return max(self.silent_until, max((note.end for note in self.notes), default=0))


@dataclass(frozen=True)
class Span:
    """A run of bars in one metre, from tick `start`; `bars` is None where it runs to the end of the song."""

    first_bar: int
    start: int
    bars: int | None
    numerator: int
    denominator: int

    @property
    def meter(self) -> str:
        return f"{self.numerator}/{self.denominator}"

    @property
    def quarters_per_bar(self) -> float:
        return 4 * self.numerator / self.denominator


@dataclass(frozen=True)
class Song:
    """All that is read of a MIDI file: tracks and metres in ticks (`resolution` a quarter), and where it came from."""

    source: str
    tracks: Sequence[Track]
    spans: Sequence[Span]
    resolution: int
    qpm: float


class Passage(NamedTuple):
    """The notes of each of some tracks in steps from the start of bar `first_bar`, `bars` bars long, all in one metre.

    Silence follows where it `ends_song`, and another metre where it does not.
    """

    first_bar: int
    bars: int
    parts: list[list[Note]]
    ends_song: bool


def to_step(ticks: Ticks, resolution: int, steps_per_quarter: int) -> Ticks:
    """The nearest step, halves rounded up; ticks may be one number or an array of them."""
    return (2 * ticks * steps_per_quarter + resolution) // (2 * resolution)


def passages(
    song: Song, tracks: Sequence[Track], steps_per_quarter: int, quarters_per_bar: int = 4
) -> Iterator[Passage]:
    """Put tracks on the grid, one passage for each span whose bars last `quarters_per_bar` quarters.

    A note belongs to the span in whose steps it starts and is cut at its end; a note lasts one step or more.
    The last passage reaches to the bar in which the last note of all tracks ends.
    """
    per_bar = steps_per_quarter * quarters_per_bar
    silent_until = max((track.silent_until for track in tracks), default=0)
    tables = zip(*(_by_span(song, track, steps_per_quarter) for track in tracks), strict=True)
    for span, following, parts in zip_longest(song.spans, song.spans[1:], tables):
        if span.quarters_per_bar == quarters_per_bar:
            placed = [_on_grid(table, span.start, song.resolution, steps_per_quarter) for table in parts]
            stop = following.start if following else silent_until
            steps = to_step(stop - span.start, song.resolution, steps_per_quarter)
            latest = max(int(table[:, 1].max(initial=0)) for table in placed)
            steps = min(steps, (span.bars or 0) * per_bar) if following else max(steps, latest)
            if steps > 0:
                notes = [[*map(Note._make, np.minimum(t, (steps - 1, steps, 127, 127)).tolist())] for t in placed]
                yield Passage(span.first_bar, -(-steps // per_bar), notes, following is None)


def _by_span(song: Song, track: Track, steps_per_quarter: int) -> list[np.ndarray]:
    """The notes of each span as tables (N, 4), in ticks; half a step before a span is in it."""
    table = np.array(track.notes, dtype=np.int64).reshape(-1, 4)
    table = table[np.argsort(table[:, 0], kind="stable")]
    half = song.resolution / steps_per_quarter / 2
    return np.split(table, np.searchsorted(table[:, 0], [span.start - half for span in song.spans[1:]]))


def _on_grid(table: np.ndarray, origin: int, resolution: int, steps_per_quarter: int) -> np.ndarray:
    """A table of notes (N, 4) in ticks as one in steps from the tick `origin`, each a step long or more."""
    starts, ends = to_step(table[:, :2].T - origin, resolution, steps_per_quarter)
    return np.stack([starts, np.maximum(ends, starts + 1), table[:, 2], table[:, 3]], 1)
