"""What a listener could tell music by, in numbers for a classifier; nothing of absolute pitch.

Of melodies: how they move, where in the bar notes begin, how long they last, which degrees of their key they use, how
bars are alike. Of drums: how often each is struck, where, with which others, how bars are alike. In shapes: N windows,
T steps.
"""

from collections.abc import Callable
from itertools import combinations

import numpy as np

from mvae.converters import Converter
from mvae.converters.drums import DRUMS
from mvae.converters.melody import FIRST_ON, LOWEST, NO_EVENT, NOTE_OFF
from mvae.converters.multitrack import band_of

from .realism import BAR, KEYS, MAJOR

LENGTHS = 1, 2, 3, 4, 6, 8  # sixteenths
PAIRS = (0, 1), (0, 2), (1, 2), (2, 3), (0, 7), (1, 7), (2, 8)  # drums that are struck together, or are not
FAMILIES = 16  # of programs, of eight each


def features(converter: Converter, tokens: np.ndarray) -> np.ndarray:
    """The features (N, F) of windows (N, T, P): those of each part side by side."""
    if converter.kind == "multitrack":
        return np.array([_band(one[:, 0]) for one in tokens])
    parts = [_drums if bits else _melody for bits in converter.masks]
    columns = [_rows(part, tokens[..., number]) for number, part in enumerate(parts)]
    return np.concatenate(columns, 1)


def part_features(converter: Converter, tokens: np.ndarray) -> dict[str, np.ndarray]:
    """The features (N, F) of each part of windows (N, T, P) by itself, by its name; empty where there is but one."""
    if converter.parts == 1:
        return {}
    return {
        name: _rows(_drums if bits else _melody, tokens[..., number])
        for number, (name, bits) in enumerate(zip(converter.names, converter.masks, strict=True))
    }


def _rows(of: Callable[[np.ndarray], list[float]], lines: np.ndarray) -> np.ndarray:
    return np.nan_to_num(np.array([of(line) for line in lines.astype(np.int64)]), nan=-1.0)


def _melody(line: np.ndarray) -> list[float]:
    at = np.flatnonzero(line >= FIRST_ON)
    pitches = line[at] - FIRST_ON + LOWEST
    return [
        len(at) / len(line),
        (line == NOTE_OFF).mean(),
        *_movement(pitches),
        *_places(at),
        *_lengths(line),
        *_degrees(pitches),
        *_likeness(line, line >= FIRST_ON),
    ]


def _movement(pitches: np.ndarray) -> list[float]:
    """Intervals by size and direction, how much they vary, how often the line turns, how often it says the same."""
    steps = np.diff(pitches)
    size, moves = np.abs(steps), steps[steps != 0]
    kinds = [steps == 0, (steps > 0) & (size <= 2), (steps < 0) & (size <= 2), (size == 3) | (size == 4), size == 5]
    kinds += [(size == 6) | (size == 7), (size > 7) & (size < 12), size == 12, size > 12]
    turns = moves[1:] * moves[:-1] < 0
    words = {tuple(pair) for pair in np.lib.stride_tricks.sliding_window_view(steps, 2)} if len(steps) > 1 else ()
    return [
        *map(_mean, kinds),
        _mean(size),
        float(size.max(initial=0)),
        float(steps.std()) if len(steps) else np.nan,
        _mean(turns),
        float(np.ptp(pitches)) if len(pitches) else 0.0,
        len(np.unique(pitches)) / max(1, len(pitches)),
        len(words) / max(1, len(steps) - 1),
    ]


def _places(at: np.ndarray) -> list[float]:
    """Where in the bar notes begin, and how even the time between them is."""
    gaps = np.diff(at)
    return [
        *(_mean(at % BAR == place) for place in range(BAR)),
        *(_mean(at % unit == 0) for unit in (2, 4, 8)),
        _mean(np.diff(gaps) == 0),
    ]


def _lengths(line: np.ndarray) -> list[float]:
    events = np.flatnonzero(line != NO_EVENT)
    lengths = np.diff(np.append(events, len(line)))[line[events] >= FIRST_ON]
    return [
        *(_mean(lengths == length) for length in LENGTHS),
        _mean(lengths > max(LENGTHS)),
        _mean(lengths),
        float(lengths.std()) if len(lengths) else np.nan,
        float(len(np.unique(lengths))),
    ]


def _degrees(pitches: np.ndarray) -> list[float]:
    """The shares of the degrees of the major key that fits best, of the first note and the last, and of the key."""
    counts = np.bincount(pitches % 12, minlength=12)
    within = KEYS @ counts
    key = int(within.argmax())
    ends = [float((pitches[end] - key) % 12) for end in (0, -1)] if len(pitches) else [-1.0, -1.0]
    shares = np.roll(counts, -key) / max(1, len(pitches))
    return [*shares, shares[list(MAJOR)].sum(), float(np.count_nonzero(counts)), *ends]


def _likeness(line: np.ndarray, events: np.ndarray) -> list[float]:
    """How alike bars are that lie 1, 2, 4 and 8 apart, in their rhythm and whole; how many repeat an earlier one."""
    bars, rhythms = line.reshape(-1, BAR), events.reshape(-1, BAR)
    figures: list[float] = []
    for lag in (lag for lag in (1, 2, 4, 8) if lag < len(bars)):
        either = (rhythms[lag:] | rhythms[:-lag]).sum()
        both = rhythms[lag:] & rhythms[:-lag]
        same = both & (bars[lag:] == bars[:-lag])
        figures += [both.sum() / max(1, either), same.sum() / max(1, either)]
    halves = rhythms.reshape(-1, BAR // 2)
    figures += [len(np.unique(one, axis=0)) / len(one) for one in (bars, rhythms, halves)]
    return [*figures, float(events.reshape(-1, BAR).sum(1).std())]


def _drums(masks: np.ndarray) -> list[float]:
    hits = masks[:, None] >> np.arange(len(DRUMS)) & 1
    struck = hits.sum(1)
    places = struck.reshape(-1, BAR).mean(0)
    return [
        (masks == 0).mean(),
        _mean(struck[struck > 0]),
        float(struck.max()),
        *places,
        *(figure for drum in hits.T for figure in _drum(drum)),
        *(_share((hits[:, a] & hits[:, b]).sum(), min(hits[:, a].sum(), hits[:, b].sum())) for a, b in PAIRS),
        *(_mean(hits[place::BAR, drum]) for drum in (0, 1) for place in range(0, BAR, 2)),
        *_likeness(masks, masks > 0),
        len(np.unique(masks.reshape(-1, 4), axis=0)) / (len(masks) // 4),
    ]


def _drum(hits: np.ndarray) -> list[float]:
    """How often one drum is struck, on which parts of the beat, how evenly, and whether bars agree on it."""
    at = np.flatnonzero(hits)
    gaps, bars = np.diff(at), hits.reshape(-1, BAR)
    agree = [_share((a & b).sum(), (a | b).sum()) for a, b in combinations(bars[:4], 2)]
    return [
        hits.mean(),
        *(_mean(at % unit == 0) for unit in (2, 4, 8)),
        _mean(gaps),
        float(gaps.std()) if len(gaps) else np.nan,
        float(np.mean(agree)) if agree else np.nan,
    ]


def _band(tokens: np.ndarray) -> list[float]:
    """Of one bar of a band: who plays, how many notes of which length and loudness, and in how common a key."""
    band = band_of(tokens)
    pitched = [instrument for instrument in band if not instrument.is_drum]
    notes = [note for instrument in pitched for note in instrument.notes]
    hits = [note for instrument in band if instrument.is_drum for note in instrument.notes]
    pitches = np.array([note.pitch for note in notes], dtype=np.int64)
    counts = [len(instrument.notes) for instrument in band]
    families = np.bincount([i.program // 8 for i in pitched], minlength=FAMILIES)
    classes = np.bincount(pitches % 12, minlength=12)
    starts = np.array([note.start for note in notes])
    lengths = np.array([note.end - note.start for note in notes])
    chords = [len({note.start for note in i.notes}) / max(1, len(i.notes)) for i in pitched]
    return np.nan_to_num(
        [
            *(float(len(some)) for some in (band, notes, hits)),
            *(
                float(figure)
                for figure in (np.max(counts, initial=0), np.min(counts, initial=99), np.std(counts or [0]))
            ),
            *families,
            (KEYS @ classes).max() / max(1, len(pitches)),
            float(np.count_nonzero(classes)),
            float(np.ptp(pitches)) if len(pitches) else 0.0,
            *np.bincount((pitches - pitches.min(initial=127)) % 12, minlength=12) / max(1, len(pitches)),
            *(_mean(starts % unit == 0) for unit in (3, 6, 12, 24)),
            *(_mean(lengths == length) for length in (3, 6, 12, 24)),
            _mean(lengths),
            _mean(np.array(chords)),
            _mean(np.array([note.velocity for note in notes])),
            *(_mean(np.array([note.start for note in hits]) % unit == 0) for unit in (3, 6, 12, 24)),
            float(len({note.pitch for note in hits})),
        ],
        nan=-1.0,
    ).tolist()


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else np.nan


def _share(some: float, of: float) -> float:
    return float(some / max(1, of))
