"""Music as a picture: notes over a keyboard, drums on lanes of their own, several tunes in one row."""

import math
import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pretty_midi

from .errors import ArgumentError, MvaeError
from .midi import Midi, read
from .notes import Note, Song, Track
from .paths import expanded

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Color = tuple[float, ...] | str

INK, FAINT, LINE, SHADE = "#1f2430", "#7a8194", "#c3c9d6", "#f0f2f7"
PARTS = ("#3366cc", "#e0663c", "#2a9d77", "#a04db0", "#c99a1e", "#2d9fc0", "#c8436f", "#7c7f3a")
MORPH = ((0.90, 0.30, 0.22), (0.83, 0.29, 0.52), (0.55, 0.31, 0.74), (0.23, 0.36, 0.80))
BLACK_KEYS = {1, 3, 6, 8, 10}
GAP = 1.0  # quarters between two tunes
MARGIN = 0.1
MAX_LABELS = 32
APART = 0.05  # quarters that are left between one note and the next
HIT = 0.2  # quarters; a drum has no length, so its mark fills most of a 16th
MAX_BEATS = 32  # quarters, beyond which only bars have lines


class _Tune(NamedTuple):
    """A song on the common time axis: its bar lines in quarters, from first to last, and the colours of its parts."""

    song: Song
    bars: list[float]
    colors: Sequence[Color]
    drum_color: Color


class _Lanes(NamedTuple):
    """The pitches that one panel shows, from its lowest lane to its highest."""

    pitches: list[int]
    is_drum: bool


def piano_roll(
    midis: Midi | Sequence[Midi], path: str | os.PathLike[str] | None = None, title: str | None = None
) -> "Figure":
    """Draw a tune, or several in a row, and save the picture as the ending of `path` (.png, .svg) says.

    Bars are counted from 0, as `start_bar` counts them, and all 4/4 bars are equally wide, whatever the tempo. One tune
    has a colour for each part; several go from red to blue, as a morph does. Raises `MidiError` for music that cannot
    be read, `ArgumentError` for an empty list or a path that cannot be saved to, `MvaeError` without matplotlib.
    """
    tunes = _in_a_row(midis)
    panels = [lanes for lanes in (_key_lanes(tunes), _drum_lanes(tunes)) if lanes.pitches]
    figure, axes = _canvas(tunes, panels)
    for panel, lanes in zip(axes, panels, strict=True):
        _draw_ground(panel, tunes, lanes)
        for tune in tunes:
            _draw_notes(panel, tune, lanes)
        _label_lanes(panel, lanes)
    _label_time(axes[-1], tunes)
    _add_legend(figure, axes[0], tunes)
    axes[0].set_title(title or "", loc="left", fontsize=11, fontweight="bold", color=INK, parse_math=False)
    if path is not None:
        _save(figure, expanded(path))
    return figure


def _in_a_row(midis: Midi | Sequence[Midi]) -> list[_Tune]:
    """Read the music and set the tunes one after another on one time axis."""
    alone = isinstance(midis, str | os.PathLike | pretty_midi.PrettyMIDI)
    songs = [read(midi) for midi in ([midis] if alone else midis)]
    if not songs:
        raise ArgumentError("An empty list of music; give at least one MIDI file or PrettyMIDI object.")
    tunes, at = [], 0.0
    for number, song in enumerate(songs):
        bars = [at + bar for bar in _bar_lines(song)]
        shades = _shades(number / max(1, len(songs) - 1))
        tunes.append(_Tune(song, bars, PARTS, INK) if len(songs) == 1 else _Tune(song, bars, shades, shades[0]))
        at = bars[-1] + GAP
    return tunes


def _bar_lines(song: Song) -> list[float]:
    """Where the bars of a song begin, in quarters, and where the last one ends; at least one bar."""
    end = max((max([t.silent_until, *(n.end for n in t.notes)]) for t in song.tracks), default=0)
    lines, last = [], 0.0
    for span in song.spans:
        start, length = span.start / song.resolution, span.quarters_per_bar
        bars = int(-(-(end / song.resolution - start) // length)) if span.bars is None else span.bars
        bars = max(bars, 0 if lines else 1)
        lines += [start + bar * length for bar in range(bars)]
        last = start + bars * length
    return [*lines, last]


def _key_lanes(tunes: Sequence[_Tune]) -> _Lanes:
    """Every semitone from a little below the lowest note to a little above the highest, an octave at least."""
    pitches = _pitches(tunes, is_drum=False)
    if not pitches:
        return _Lanes([] if _pitches(tunes, is_drum=True) else list(range(60, 73)), False)
    low, high = min(pitches) - 2, max(pitches) + 2
    missing = max(0, 12 - (high - low))
    return _Lanes(list(range(low - missing // 2, high + (missing + 1) // 2 + 1)), False)


def _drum_lanes(tunes: Sequence[_Tune]) -> _Lanes:
    """The drums that are struck, and no others."""
    return _Lanes(sorted(_pitches(tunes, is_drum=True)), True)


def _pitches(tunes: Sequence[_Tune], is_drum: bool) -> set[int]:
    return {note.pitch for tune in tunes for track in _tracks(tune, is_drum) for note in track.notes}


def _tracks(tune: _Tune, is_drum: bool) -> list[Track]:
    return [track for track in tune.song.tracks if track.is_drum == is_drum]


def _shades(place: float) -> list[Color]:
    """The colour at a place from 0 to 1 of the morph, and lighter ones for the parts after the first."""
    color = np.array([np.interp(place, np.linspace(0, 1, len(MORPH)), channel) for channel in zip(*MORPH, strict=True)])
    return [tuple(1 - (1 - color) * strength) for strength in (1, 0.55, 0.75, 0.4)]


def _canvas(tunes: Sequence[_Tune], panels: Sequence[_Lanes]) -> tuple["Figure", list["Axes"]]:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MvaeError("A picture needs matplotlib, which is not installed: pip install matplotlib.") from None
    heights = [len(p.pitches) * 0.21 if p.is_drum else min(max(len(p.pitches) * 0.075, 1.6), 5) for p in panels]
    width = min(max(1.2 + 0.12 * tunes[-1].bars[-1], 7), 22)
    figure = Figure(figsize=(width, sum(heights) + 0.8), dpi=100, layout="constrained", facecolor="white")
    axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    return figure, list(axes)


def _draw_ground(panel: "Axes", tunes: Sequence[_Tune], lanes: _Lanes) -> None:
    """The keyboard or the drum lanes, and the bar lines, under every tune and not between them."""
    lefts, rights = [tune.bars[0] for tune in tunes], [tune.bars[-1] for tune in tunes]
    widths = [(left, right - left) for left, right in zip(lefts, rights, strict=True)]
    for lane, pitch in enumerate(lanes.pitches):
        if lane % 2 if lanes.is_drum else pitch % 12 in BLACK_KEYS:
            panel.broken_barh(widths, (lane - 0.5, 1), color=SHADE, linewidth=0, zorder=0)
        if pitch % 12 == 0 and not lanes.is_drum:
            panel.hlines([lane - 0.5] * len(tunes), lefts, rights, LINE, linewidth=0.6, zorder=0.5)
    start, end, top = lefts[0], rights[-1], len(lanes.pitches) - 0.5
    if end <= MAX_BEATS and len(tunes) == 1:
        panel.vlines(np.arange(end), -0.5, top, LINE, linewidth=0.4, zorder=0.5)
    panel.vlines([bar for tune in tunes for bar in tune.bars], -0.5, top, LINE, linewidth=1, zorder=0.5)
    panel.set(xlim=(start - MARGIN, end + MARGIN), ylim=(-0.5, top))
    panel.spines[:].set_visible(False)
    panel.tick_params(length=0, labelsize=8, labelcolor=FAINT)


def _draw_notes(panel: "Axes", tune: _Tune, lanes: _Lanes) -> None:
    """Bars as long as the notes for pitches, marks of one length for drums."""
    bottom, height = (0.34, 0.68) if lanes.is_drum else (0.46, 0.92)
    for number, track in enumerate(_tracks(tune, lanes.is_drum)):
        spans = defaultdict(list)
        for note in track.notes:
            spans[note.pitch].append(_span(tune, note, lanes.is_drum))
        color = tune.drum_color if lanes.is_drum else tune.colors[number % len(tune.colors)]
        for pitch, places in spans.items():
            panel.broken_barh(places, (lanes.pitches.index(pitch) - bottom, height), color=color, linewidth=0)


def _span(tune: _Tune, note: Note, is_drum: bool) -> tuple[float, float]:
    """Where a note begins on the common axis and how long it is, in quarters, a little parted from the next."""
    resolution = tune.song.resolution
    length = HIT if is_drum else max((note.end - note.start) / resolution - APART, APART)
    return tune.bars[0] + note.start / resolution, length


def _label_lanes(panel: "Axes", lanes: _Lanes) -> None:
    """Every drum by its name, every C by its octave."""
    named = [(lane, p) for lane, p in enumerate(lanes.pitches) if lanes.is_drum or p % 12 == 0]
    panel.set_yticks([lane for lane, _ in named], [_drum(p) if lanes.is_drum else f"C{p // 12 - 1}" for _, p in named])


def _drum(pitch: int) -> str:
    return pretty_midi.note_number_to_drum_name(pitch) or f"note {pitch}"


def _label_time(panel: "Axes", tunes: Sequence[_Tune]) -> None:
    """Bar lines by number under one tune, tunes by number under several; not all of them where they are many."""
    places = tunes[0].bars if len(tunes) == 1 else [(tune.bars[0] + tune.bars[-1]) / 2 for tune in tunes]
    every = 2 ** max(0, math.ceil(math.log2(len(places) / MAX_LABELS)))
    panel.set_xticks(places[::every], [str(number) for number in range(0, len(places), every)])
    panel.set_xlabel("bar" if len(tunes) == 1 else "tune", fontsize=9, color=FAINT)


def _add_legend(figure: "Figure", panel: "Axes", tunes: Sequence[_Tune]) -> None:
    """The names of the parts, below, where there is one tune of several parts."""
    tracks = [(number, track) for number, track in enumerate(_tracks(tunes[0], is_drum=False)) if track.notes]
    if len(tunes) > 1 or len(tracks) < 2:
        return
    marks = [panel.plot([], [], "s", color=PARTS[number % len(PARTS)])[0] for number, _ in tracks]
    names = [track.name[:24] or f"part {number}" for number, track in tracks]
    style = {"frameon": False, "fontsize": 8, "labelcolor": FAINT, "handletextpad": 0.1}
    legend = figure.legend(marks, "-" * len(marks), loc="outside lower center", ncols=min(4, len(marks)), **style)
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set(text=name, parse_math=False)  # set late, since a label that begins with _ would be left out


def _save(figure: "Figure", path: Path) -> None:
    try:
        figure.savefig(path, dpi=150)
    except (OSError, ValueError) as error:
        raise ArgumentError(f"The picture cannot be saved as {path}: {error}.") from error
