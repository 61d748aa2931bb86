"""Which windows (T, P) are worth learning, by the kind of music (Roberts et al. 2018, appendix A)."""

import numpy as np

from mvae.converters.melody import FIRST_ON, NO_EVENT, NOTE_OFF
from mvae.converters.multitrack import band_of

BAR = 16
LEAST_EVENTS = 8  # of a band
GAP, EDGE = 4, 2  # bars that a part of a trio may rest, within the window and at its ends


def is_melodious(tokens: np.ndarray) -> bool:
    """Whether a melody has two notes or more, and silence of less than a bar at a time."""
    line = tokens[:, 0]
    return bool((line >= FIRST_ON).sum() >= 2 and _longest(~_sounding(line)) < BAR)


def is_grooving(tokens: np.ndarray) -> bool:
    """Whether drums have a hit in every bar, and two kinds of hits or more."""
    bars = tokens[:, 0].reshape(-1, BAR)
    return bool((bars > 0).any(1).all() and len(np.unique(bars[bars > 0])) >= 2)


def is_playing_together(tokens: np.ndarray) -> bool:
    """Whether all parts of a trio play, none resting longer than the original lets it."""
    playing = (tokens >= (FIRST_ON, FIRST_ON, 1)).reshape(-1, BAR, 3).any(1).T
    return all(part.any() and _rests_little(part) for part in playing)


def is_arranged(tokens: np.ndarray) -> bool:
    """Whether a bar has two instruments or more, and a few notes."""
    band = band_of(tokens[:, 0])
    return len(band) >= 2 and sum(len(instrument.notes) for instrument in band) >= LEAST_EVENTS


WORTH = {"melody": is_melodious, "drums": is_grooving, "trio": is_playing_together, "multitrack": is_arranged}


def _sounding(line: np.ndarray) -> np.ndarray:
    """At which steps of a melody (T,) a note sounds."""
    events = np.where(line != NO_EVENT, np.arange(len(line)), -1)
    last = np.maximum.accumulate(events)
    return (last >= 0) & (line[np.maximum(last, 0)] != NOTE_OFF)


def _longest(flags: np.ndarray) -> int:
    """The length of the longest run of true flags."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.view(np.int8), [0]])))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def _rests_little(playing: np.ndarray) -> bool:
    first, last = np.flatnonzero(playing)[[0, -1]]
    return bool(first <= EDGE and len(playing) - 1 - last <= EDGE and _longest(~playing) <= GAP)
