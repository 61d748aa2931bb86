"""How melodies behave, by numbers: what a listener would notice first; functions of tokens (N, T, 1)."""

from typing import NamedTuple

import numpy as np

from mvae.converters.melody import FIRST_ON, melody_notes

MAJOR = (0, 2, 4, 5, 7, 9, 11)
KEYS = np.array([[(pitch - key) % 12 in MAJOR for pitch in range(12)] for key in range(12)])
QUANTILES = (5, 25, 50, 75, 95)


class Melodies(NamedTuple):
    """What is measured on each melody that has notes, and over all their intervals and notes."""

    density: np.ndarray  # onsets a step
    pitch_range: np.ndarray  # semitones from the lowest note to the highest
    in_key: np.ndarray  # share of notes in the major key that fits best
    intervals: np.ndarray  # semitones between successive notes, absolute
    lengths: np.ndarray  # steps a note lasts
    sparse: float  # share of melodies with one note or none


def measure(tokens: np.ndarray) -> Melodies:
    """Measure melodies (N, T, 1)."""
    lines = [melody_notes(one[:, 0]) for one in tokens]
    pitches = [np.array([note.pitch for note in line]) for line in lines if line]
    return Melodies(
        density=(tokens >= FIRST_ON).mean((1, 2)),
        pitch_range=np.array([np.ptp(line) for line in pitches]),
        in_key=np.array([_in_key(line) for line in pitches]),
        intervals=np.concatenate([np.abs(np.diff(line)) for line in pitches]),
        lengths=np.array([note.end - note.start for line in lines for note in line]),
        sparse=float(np.mean([len(line) < 2 for line in lines])),
    )


def summary(melodies: Melodies) -> dict[str, object]:
    """The figures that the card shows: shares, means, and quantiles of each distribution."""
    distributions = {name: getattr(melodies, name) for name in ("density", "pitch_range", "intervals", "lengths")}
    return {
        "octave_leaps": float((melodies.intervals > 12).mean()),
        "mean_pitch_range": float(melodies.pitch_range.mean()),
        "in_best_major_key": float(melodies.in_key.mean()),
        "mean_density": float(melodies.density.mean()),
        "empty_or_single_note": melodies.sparse,
        "quantiles": {name: np.percentile(values, QUANTILES).tolist() for name, values in distributions.items()},
    }


def _in_key(pitches: np.ndarray) -> float:
    return float(KEYS[:, pitches % 12].mean(1).max())
