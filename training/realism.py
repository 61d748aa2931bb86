"""How music behaves, by numbers: what a listener would notice first; functions of tokens (N, T, P)."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mvae.converters import Converter
from mvae.converters.drums import DRUMS
from mvae.converters.melody import FIRST_ON, melody_notes
from mvae.converters.multitrack import band_of

Summary = dict[str, Any]
MAJOR = (0, 2, 4, 5, 7, 9, 11)
KEYS = np.array([[(pitch - key) % 12 in MAJOR for pitch in range(12)] for key in range(12)])
QUANTILES = (5, 25, 50, 75, 95)
BAR = 16
LAGS = 1, 2, 4, 8  # bars
LABELS = {
    "octave_leaps": "leaps of more than an octave, share of intervals",
    "mean_pitch_range": "pitch range, mean, semitones",
    "in_best_major_key": "notes in the best-fitting major key",
    "mean_density": "onsets a step, mean",
    "empty_or_single_note": "empty, or a single note",
    "hits_per_bar": "hits a bar, mean",
    "most_frequent_drums": "most frequent drums",
    "silent": "silent",
    "notes_per_bar": "notes a bar, mean",
    "instruments": "instruments, mean",
    "with_drums": "with drums",
    "bars_repeated": "bars that repeat an earlier one",
    **{f"similarity_{lag}": f"likeness of bars {lag} apart" for lag in LAGS},
    "all_parts_play": "all parts play",
}


def describe(converter: Converter, tokens: np.ndarray) -> dict[str, Summary]:
    """The figures of each part of windows (N, T, P), and of the whole where it has several parts or many bars."""
    if converter.kind == "multitrack":
        return {"Band": band(tokens)}
    parts = {
        name: drums(tokens[..., p], bits) if bits else melodies(tokens[..., p])
        for p, (name, bits) in enumerate(zip(converter.names, converter.masks, strict=True))
    }
    whole: Summary = {}
    if converter.parts > 1:
        playing = tokens >= np.where(converter.masks, 1, FIRST_ON)
        whole["all_parts_play"] = float(np.all(np.any(playing, 1), 1).mean())
    if converter.bars >= max(LAGS):
        whole |= structure(tokens)
    return {**parts, "Whole": whole} if whole else parts


def melodies(lines: np.ndarray) -> Summary:
    """Of melodies (N, T): leaps, range, key, density, and the quantiles of the distributions of these."""
    notes = [melody_notes(line) for line in lines]
    pitches = [np.array([note.pitch for note in tune]) for tune in notes if tune]
    intervals = np.concatenate([[], *(np.abs(np.diff(tune)) for tune in pitches)])
    ranges = np.array([np.ptp(tune) for tune in pitches])
    density = (lines >= FIRST_ON).mean(1)
    lengths = np.array([note.end - note.start for tune in notes for note in tune])
    return {
        "octave_leaps": _mean(intervals > 12),
        "mean_pitch_range": _mean(ranges),
        "in_best_major_key": _mean([_in_key(tune) for tune in pitches]),
        "mean_density": float(density.mean()),
        "empty_or_single_note": float(np.mean([len(tune) < 2 for tune in notes])),
        "quantiles": _quantiles(density=density, pitch_range=ranges, intervals=intervals, lengths=lengths),
    }


def drums(masks: np.ndarray, bits: int) -> Summary:
    """Of drums (N, T): how many hits, and of which drums."""
    hits = masks[..., None] >> np.arange(bits) & 1
    by_drum = hits.mean((0, 1))
    a_bar = hits.reshape(-1, BAR * bits).sum(1)
    loudest = np.argsort(-by_drum)[:3]
    return {
        "hits_per_bar": float(a_bar.mean()),
        "most_frequent_drums": ", ".join(DRUMS[drum] for drum in loudest) if bits == len(DRUMS) else "",
        "silent": float((masks == 0).all(1).mean()),
        "quantiles": _quantiles(hits=a_bar, together=hits.sum(-1)[masks > 0]),
    }


def band(tokens: np.ndarray) -> Summary:
    """Of bands (N, 512, 1): how many play, how much, and whether together in a key."""
    bands = [band_of(one[:, 0]) for one in tokens]
    pitches = [np.array([n.pitch for i in one if not i.is_drum for n in i.notes]) for one in bands]
    sizes = np.array([len(one) for one in bands])
    notes = np.array([sum(len(instrument.notes) for instrument in one) for one in bands])
    return {
        "instruments": float(sizes.mean()),
        "notes_per_bar": float(notes.mean()),
        "in_best_major_key": _mean([_in_key(one) for one in pitches if len(one)]),
        "with_drums": float(np.mean([any(instrument.is_drum for instrument in one) for one in bands])),
        "silent": float((sizes == 0).mean()),
        "quantiles": _quantiles(instruments=sizes, notes=notes),
    }


def structure(tokens: np.ndarray) -> Summary:
    """Of windows of many bars: how many bars repeat an earlier one, and how alike bars are that lie some bars apart.

    The likeness of two bars is the share of their events, that is of steps at which either has one, that are the same.
    """
    bars = tokens.reshape(len(tokens), -1, BAR * tokens.shape[-1])
    repeated = [len(one) - len({bar.tobytes() for bar in one}) for one in bars]
    alike = {f"similarity_{lag}": _likeness(bars[:, lag:], bars[:, :-lag]) for lag in LAGS}
    return {"bars_repeated": float(np.mean(repeated) / bars.shape[1]), **alike}


def _likeness(one: np.ndarray, other: np.ndarray) -> float:
    events = ((one > 0) | (other > 0)).sum(-1)
    same = ((one > 0) & (one == other)).sum(-1)
    return float((same[events > 0] / events[events > 0]).mean())


def _quantiles(**values: np.ndarray) -> dict[str, list[float]]:
    return {name: np.percentile(each if len(each) else [0], QUANTILES).tolist() for name, each in values.items()}


def _mean(values: Sequence[float] | np.ndarray) -> float:
    """The mean, 0 where there is nothing."""
    return float(np.mean(values)) if len(values) else 0.0


def _in_key(pitches: np.ndarray) -> float:
    return float(KEYS[:, pitches % 12].mean(1).max())
