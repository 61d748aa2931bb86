"""Keys and scales, for grids on which nothing sounds wrong."""

from mvae.converters.melody import HIGHEST
from mvae.converters.melody import LOWEST as DEEPEST

KEYS = "C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"
SCALES = {  # semitones above the tonic
    "Major": (0, 2, 4, 5, 7, 9, 11),
    "Minor": (0, 2, 3, 5, 7, 8, 10),
    "Major pentatonic": (0, 2, 4, 7, 9),
    "Minor pentatonic": (0, 3, 5, 7, 10),
    "Blues": (0, 3, 5, 6, 7, 10),
    "Dorian": (0, 2, 3, 5, 7, 9, 10),
}
LOWEST = 57  # the lowest tonic, A3
OCTAVES = 2  # of a ladder


def tonic(key: str) -> int:
    """The pitch on which the ladder of a key begins."""
    return LOWEST + (KEYS.index(key) - LOWEST) % 12


def ladder(key: str, scale: str) -> list[int]:
    """The pitches of a scale from one tonic to that two octaves above, upwards."""
    steps = [12 * octave + step for octave in range(OCTAVES) for step in SCALES[scale]]
    return [tonic(key) + step for step in [*steps, 12 * OCTAVES]]


def name(pitch: int) -> str:
    """What a pitch is called: C4 is the C in the middle of a piano."""
    return f"{KEYS[pitch % 12]}{pitch // 12 - 1}"


def snap(pitch: int, key: str, scale: str) -> int:
    """The pitch of the scale that is nearest, in whichever octave; of two the lower one."""
    steps = {(KEYS.index(key) + step) % 12 for step in SCALES[scale]}
    return min((near for near in range(DEEPEST, HIGHEST + 1) if near % 12 in steps), key=lambda near: abs(near - pitch))


def retune(pitch: int, old_key: str, key: str, scale: str) -> int:
    """Where a pitch on the ladder of `old_key` goes on that of another key and scale: the nearest place."""
    moved = pitch - tonic(old_key) + tonic(key)
    return min(ladder(key, scale), key=lambda near: abs(near - moved))
