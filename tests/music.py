"""The tests' small language for music: a note name begins a note, `.` goes on, `-` ends it; one word is one 16th.

melody("C4 . E4 . G4 - . .")        tokens (16, 1), filled up to the bar
melody("C4 | - | C5 . D5 .")        three bars, each filled up
music(part("C4 . E4 .", "G3 . . .", name="Piano"), part("C2 . . .", program=33))
"""

import pretty_midi
import torch
from torch import Tensor

from mvae.converters.multitrack import Instrument, band_of

STEP = 1 / 8  # seconds a 16th at 120 quarters a minute
HOLD, REST = ".", "-"


def words(text: str) -> list[str]:
    """The words of a line; where there are bar lines, every bar is filled up to 16."""
    if "|" not in text:
        return text.split()
    bars = [bar.split() for bar in text.split("|")]
    if any(len(bar) > 16 for bar in bars):
        raise ValueError(f"a bar of more than 16 steps in {text!r}")
    return [word for bar in bars for word in bar + [HOLD] * (16 - len(bar))]


def melody(text: str, bars: int | None = None) -> Tensor:
    """A line as tokens (T, 1): 0 for `.`, 1 for `-`, 2 and up for the notes from A0; T is a whole number of bars."""
    line = words(text)
    line += [HOLD] * (16 * bars - len(line) if bars else -len(line) % 16)
    return torch.tensor([[_token(word)] for word in line])


def _token(word: str) -> int:
    return (HOLD, REST).index(word) if word in (HOLD, REST) else pretty_midi.note_name_to_number(word) - 19


def spell(tokens: Tensor) -> str:
    """Tokens (T, 1) as a line, without the steps at the end at which nothing happens."""
    return " ".join(map(_word, tokens.flatten().tolist())).rstrip(" " + HOLD)


def _word(token: int) -> str:
    return (HOLD, REST)[token] if token < 2 else pretty_midi.note_number_to_name(token + 19)


def players(band: Tensor) -> list[Instrument]:
    """The instruments that the tokens (512, 1) of a band name."""
    return band_of(band[:, 0].numpy())


def part(*voices: str, name: str = "", program: int = 0, is_drum: bool = False) -> pretty_midi.Instrument:
    """An instrument that plays all voices at 120 quarters a minute."""
    instrument = pretty_midi.Instrument(program, is_drum, name)
    for line in map(words, voices):
        for start, word in enumerate(line):
            if word not in (HOLD, REST):
                end = next((n for n in range(start + 1, len(line)) if line[n] != HOLD), len(line))
                pitch = pretty_midi.note_name_to_number(word)
                instrument.notes.append(pretty_midi.Note(80, pitch, start * STEP, end * STEP))
    return instrument


def music(*parts: pretty_midi.Instrument, meters: tuple[tuple[int, int, int], ...] = ()) -> pretty_midi.PrettyMIDI:
    """Parts together; `meters` are (numerator, denominator, the 16th it begins at)."""
    midi = pretty_midi.PrettyMIDI(resolution=480)
    midi.instruments += parts
    midi.time_signature_changes += [pretty_midi.TimeSignature(n, d, at * STEP) for n, d, at in meters]
    return midi


KIT = dict(zip("KSHOLMTCR", (1 << bit for bit in range(9)), strict=True))


def beat(text: str, bars: int | None = None) -> Tensor:
    """Drums as tokens (T, 1), one word a 16th, one letter a drum: Kick, Snare, Hat, Open hat, Low and Mid and high Tom,
    Crash, Ride; `-` is silence."""
    line = [REST if word == HOLD else word for word in words(text)]
    line += [REST] * (16 * bars - len(line) if bars else -len(line) % 16)
    return torch.tensor([[0 if word == REST else sum(KIT[letter] for letter in word)] for word in line])


def spell_beat(tokens: Tensor) -> str:
    """Drum tokens (T, 1) as a line, without the silence at its end."""
    masks = tokens.flatten().tolist()
    line = ["".join(letter for letter, bit in KIT.items() if mask & bit) or REST for mask in masks]
    return " ".join(line).rstrip(f" {REST}")
