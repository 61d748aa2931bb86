"""What every converter does: music to tokens (T, P) and back; slicing and augmenting corpora is training's."""

import abc
from collections.abc import Iterator, Sequence
from numbers import Real
from typing import ClassVar, NamedTuple

import numpy as np
import pretty_midi
import torch
from torch import Tensor

from ..errors import ArgumentError, MeterError, MvaeError, PartError, TokenError
from ..midi import ALL_NOTES_OFF, Midi, read
from ..notes import Note, Passage, Song, Span, Track, passages

RESOLUTION = 480  # ticks a quarter of the files we write: whole ticks for 16ths, and for 24ths of a quarter


class Window(NamedTuple):
    """The tokens (T, P) that begin at bar `start_bar` (counted from 0) of a song."""

    start_bar: int
    tokens: np.ndarray


class Reading(NamedTuple):
    """One way of reading a song: the tracks that are read together, and what that is called."""

    name: str
    tracks: Sequence[Track]

    @property
    def silent(self) -> int:
        """How many of its tracks have no notes."""
        return sum(not track.notes for track in self.tracks)


class Converter(abc.ABC):
    """Reads windows of `bars` bars from songs as tokens (T, P), and writes tokens as MIDI.

    `to_tokens(to_midi(t))` equals `t` for every canonical `t`: whatever a model decodes can be encoded again.
    `classes` are those of each part, and `masks` the number of bits of a part whose tokens are bit masks, else 0. T is
    `segments` runs of `segment_steps` tokens, which a conductor plans one by one.
    """

    kind: ClassVar[str]
    classes: tuple[int, ...]
    masks: tuple[int, ...]
    names: ClassVar[tuple[str, ...]]
    steps_per_quarter: ClassVar[int] = 4
    segment_steps: ClassVar[int]

    def __init__(self, bars: int) -> None:
        if not 1 <= bars <= 64:
            raise ArgumentError(f"A converter of {bars} bars; 1 to 64 are accepted.")
        self.bars = bars

    @property
    def segments(self) -> int:
        """S, the number of segments of one window."""
        return self.bars

    @property
    def steps(self) -> int:
        """T, the number of tokens of one window."""
        return self.segments * self.segment_steps

    @property
    def parts(self) -> int:
        """P, the number of parts."""
        return len(self.classes)

    def to_tokens(
        self, midi: Midi | Sequence[Midi], part: int | str | None = None, start_bar: int | None = None
    ) -> Tensor:
        """Every window of a file in order, one a bar, as a LongTensor (N, T, P).

        `midi` is a path, a `PrettyMIDI`, or a list of them, whose windows follow one another. `part` chooses among the
        tracks that could be read, by number from 0 or by name (default: the first). With `start_bar` (from 0) only the
        window that begins there is read. A file shorter than a window is followed by silence. Raises `MidiError`,
        and of its kinds `PartError` and `MeterError`.
        """
        songs = midi if isinstance(midi, Sequence) and not isinstance(midi, str | bytes | bytearray) else [midi]
        if not songs:
            raise ArgumentError("The list of music is empty; at least one MIDI file or PrettyMIDI object is needed.")
        rows = [self._tokens(read(song), part, start_bar) for song in songs]
        return self.canonical(torch.from_numpy(np.concatenate(rows)).long())

    def _tokens(self, song: Song, part: int | str | None, start_bar: int | None) -> np.ndarray:
        windows = list(self.windows(song, part))
        if start_bar is not None:
            windows = [window for window in windows if window.start_bar == start_bar]
        if not windows:
            raise self._no_window(song, part, start_bar)
        return np.stack([window.tokens for window in windows])

    def windows(self, song: Song, part: int | str | None = None) -> Iterator[Window]:
        """Each window of a song that lies in bars of four quarters; the tokens are not yet canonical.

        Silence fills a window up at the end of the song alone, not where another metre follows.
        """
        tracks = self.choose(song, part).tracks
        for passage in passages(song, tracks, self.steps_per_quarter):
            for bar, tokens in self.cut(passage, tracks):
                yield Window(passage.first_bar + bar, tokens)

    def choose(self, song: Song, part: int | str | None) -> Reading:
        """The reading that `part` names, by number among all of them or by name."""
        readings = self.readable(song)
        if not readings:
            raise PartError(self.describe_missing(song))
        number = 0 if part is None else part
        named = [reading for n, reading in enumerate(readings) if number in (n, reading.name)]
        if not named:
            listing = ", ".join(f"{n} «{one.name}»" if one.name else str(n) for n, one in enumerate(readings[:8]))
            more = f" and {len(readings) - 8} more" if len(readings) > 8 else ""
            raise PartError(f"{song.source} has no {self.kind} part {part!r}; it has {listing}{more}.")
        return named[0]

    def _no_window(self, song: Song, part: int | str | None, start_bar: int | None) -> MvaeError:
        for span in song.spans:
            if span.quarters_per_bar != 4 and (start_bar is None or self._covers(span, start_bar)):
                return MeterError(f"{span.meter} at bar {span.first_bar} of {song.source}; this model reads 4/4.")
        windows = [window.start_bar for window in self.windows(song, part)]
        if not windows and any(track.notes for track in self.choose(song, part).tracks):
            found = f"fewer than {self.bars} bars between its changes of metre"
            return MeterError(f"{song.source} has {found}; {self.bars} bars of 4/4 in a row are needed.")
        if not windows:
            return PartError(self.describe_missing(song))
        found = f"{windows[0]} to {windows[-1]}"
        return ArgumentError(
            f"{song.source} has no {self.bars}-bar window at bar {start_bar}; windows begin at bars {found}."
        )

    def _covers(self, span: Span, start_bar: int) -> bool:
        return span.first_bar < start_bar + self.bars and (span.bars is None or start_bar < span.first_bar + span.bars)

    def check(self, tokens: Tensor | np.ndarray) -> np.ndarray:
        """One window of tokens as an array (T, P), or `TokenError`."""
        rows = np.asarray(tokens.detach().cpu() if isinstance(tokens, Tensor) else tokens)
        if rows.shape != (self.steps, self.parts):
            raise TokenError(f"Tokens of shape {rows.shape}; one window of shape {(self.steps, self.parts)} is needed.")
        if rows.dtype.kind not in "iu":
            raise TokenError(f"Tokens of type {rows.dtype}; integers are needed.")
        if (rows < 0).any() or (rows >= np.array(self.classes)).any():
            raise TokenError(f"Tokens from {rows.min()} to {rows.max()}; the parts have {self.classes} classes from 0.")
        return rows

    @abc.abstractmethod
    def readable(self, song: Song) -> list[Reading]:
        """The readings of a song that `part` chooses among; those with silent tracks come last."""

    @abc.abstractmethod
    def cut(self, passage: Passage, tracks: Sequence[Track]) -> Iterator[tuple[int, np.ndarray]]:
        """Each window (T, P) of a passage of `tracks`, with the bar of the passage that it begins at."""

    def said(self, tokens: Tensor) -> Tensor:
        """Tokens (..., T, P) with -1 in the place of those that say nothing, which nothing is learnt from."""
        return tokens

    @abc.abstractmethod
    def canonical(self, tokens: Tensor) -> Tensor:
        """The tokens (..., T, P) that say the same music in the one way that MIDI gives back."""

    @abc.abstractmethod
    def to_midi(self, tokens: Tensor, qpm: float = 120.0) -> pretty_midi.PrettyMIDI:
        """One window of tokens (T, P) as a `PrettyMIDI` at `qpm` quarters a minute."""

    @abc.abstractmethod
    def describe_missing(self, song: Song) -> str:
        """Why no part could be read from this song, and what could be, as a sentence."""


def part_to_midi(
    parts: Sequence[tuple[Sequence[Note], int, bool, str]], steps: int, qpm: float, steps_per_quarter: int
) -> pretty_midi.PrettyMIDI:
    """Write parts (notes in steps, program, is_drum, name) as a `PrettyMIDI` that lasts `steps` steps.

    Each part ends with an all-notes-off controller: a loop keeps its length in a sequencer, and silence is read back.
    """
    if isinstance(qpm, bool) or not isinstance(qpm, Real) or not 10 <= qpm <= 1000:
        raise ArgumentError(f"A tempo of {qpm!r} quarters a minute; 10 to 1000 are accepted.")
    seconds = 60 / qpm / steps_per_quarter
    midi = pretty_midi.PrettyMIDI(resolution=RESOLUTION, initial_tempo=qpm)
    midi.time_signature_changes.append(pretty_midi.TimeSignature(4, 4, 0.0))
    for notes, program, is_drum, name in parts:
        instrument = pretty_midi.Instrument(program, is_drum, name)
        instrument.notes = [pretty_midi.Note(n.velocity, n.pitch, n.start * seconds, n.end * seconds) for n in notes]
        instrument.control_changes.append(pretty_midi.ControlChange(ALL_NOTES_OFF, 0, steps * seconds))
        midi.instruments.append(instrument)
    return midi
