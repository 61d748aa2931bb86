"""Tunes and beats to begin with, written as music: a note name begins a note, `.` goes on, `-` ends it, all for a 16th.

In a beat a word is drums that are hit together, a letter for each, and `-` is none.
"""

import pretty_midi
import torch
from torch import Tensor

from mvae import ArgumentError
from mvae.converters import Converter

BAR = 16  # words
HOLD, REST = ".", "-"
LETTERS = "KSHOLMTCR"  # kick, snare, hat, open hat, low, mid and high tom, crash, ride: as the bits of a drum token

MELODIES = {
    "Bassline": """
        C2 . C2 -  . . G2 .  C3 . Bb2 -  G2 . Eb2 F2
        C2 . C2 -  . . G2 .  F2 . G2 -  F2 . B1 .""",
    "Melody": """
        E5 . . D5  C5 . D5 .  E5 . G5 .  . . E5 .
        D5 . . C5  A4 . C5 .  D5 . . .  G4 . . .""",
    "Ode to Joy": """
        E4 . . .  E4 . . .  F4 . . .  G4 . . .
        G4 . . .  F4 . . .  E4 . . .  D4 . . .""",
    "Twinkle, twinkle": """
        C5 . . .  C5 . . .  G5 . . .  G5 . . .
        A5 . . .  A5 . . .  G5 . . .  . . . -""",
    "Arpeggio": """
        A3 C4 E4 A4  C5 A4 E4 C4  F3 A3 C4 F4  A4 F4 C4 A3
        C4 E4 G4 C5  E5 C5 G4 E4  G3 B3 D4 G4  B4 G4 D4 B3""",
    "Off-beats": """
        - - G4 -  - - G4 -  Bb4 - - C5  - - Bb4 -
        - - G4 -  - - F4 -  G4 - - D4  - F4 . -""",
}
BEATS = {
    "Rock": """
        KH - H -  SH - H -  KH - KH -  SH - H -
        KH - H -  SH - H K  KH - KH -  SH - O -""",
    "Four on the floor": """
        K - O -  KS - O -  K - O -  KS - O -
        K - O -  KS - O -  K - O -  KS H O H""",
    "Funk": """
        KH H KH H  SH H H S  H SH KH H  SH H KO -
        KH H KH H  SH H H S  H SH KH H  SH KH H S""",
    "Half time": """
        KH - H H  H - H -  SH - H -  H H KH -
        H - KH H  H - KH -  SH - H -  H - T L""",
    "Ride": """
        KR - R -  R - SR R  R - KR -  SR - R -
        KR - R S  R - R -  KR - R S  R - SR M""",
    "Tom-toms": """
        KC - L -  S - L L  KM - L -  S - T M
        K - L -  S - L L  KM - T -  ST T M L""",
}
OF_KIND = {"melody": MELODIES, "drums": BEATS}


def names(kind: str) -> list[str]:
    """What examples there are of a kind of music; none of many kinds."""
    return list(OF_KIND.get(kind, {}))


def example(name: object, converter: Converter, qpm: float = 120.0) -> pretty_midi.PrettyMIDI:
    """The example `name` of a converter's kind, as many bars long as that reads: begun anew, or broken off."""
    known = OF_KIND.get(converter.kind, {})
    if not isinstance(name, str) or name not in known:
        raise ArgumentError(f"There is no example {name!r:.40}; there is {', '.join(known) or 'none of this kind'}.")
    line = (_melody if converter.kind == "melody" else _beat)(known[name].split())
    rounds = -(-converter.steps // len(line))
    return converter.to_midi(converter.canonical(line.repeat(rounds, 1)[: converter.steps]), qpm)


def _melody(words: list[str]) -> Tensor:
    """Tokens (T, 1) of a melody."""
    return torch.tensor([[_token(word)] for word in words])


def _token(word: str) -> int:
    return (HOLD, REST).index(word) if word in (HOLD, REST) else pretty_midi.note_name_to_number(word) - 19


def _beat(words: list[str]) -> Tensor:
    """Tokens (T, 1) of drums."""
    return torch.tensor([[sum(1 << LETTERS.index(letter) for letter in word if word != REST)] for word in words])
