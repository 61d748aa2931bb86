"""Single sounds that a browser plays patterns with: nine drums, and a piano, each rendered once for all visitors.

`Sounds` is on the page once; `sounds.js`, which it brings along, is the player that all tabs share.
"""

import base64
import threading
from functools import cache
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import pretty_midi
from gradio.components.base import server

from mvae import MvaeError
from mvae.audio import render, wav

from . import checks
from .widget import Widget

KIT = {36: 0.5, 38: 0.5, 42: 0.2, 46: 0.7, 45: 0.7, 48: 0.6, 50: 0.6, 49: 1.6, 51: 1.2}  # s that each drum sounds
PIANO = {pitch: 2.6 - (pitch - 30) / 48 for pitch in range(30, 103, 6)}  # the browser bends them by three semitones
FORTE, MEZZO = 112, 88  # velocities
RATES = {"drums": 44100, "piano": 22050}  # Hz: cymbals have highs, pianos hardly
ECHO = 1.0  # s of reverb that must not reach the next sound
FADE = 0.04  # s at the end of a sound

_rendering = threading.Lock()


class Slot(NamedTuple):
    """Where the sound of a `pitch` is, in seconds: `seconds` long, and `start` from the beginning of its sprite."""

    pitch: int
    start: float
    seconds: float


class Sprite(NamedTuple):
    """Sounds one after another: a WAV file, mono, and its slots."""

    wav: bytes
    slots: list[Slot]


class Sounds(Widget):
    """The player `window.sounds`, and where it gets its sounds from; nothing of it is to be seen."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("sounds.html", [], ["sounds.js"], **{"elem_classes": "sounds", **kwargs})

    @server
    def sprite(self, kit: object) -> dict[str, object]:
        """The sounds of "drums" or "piano", the WAV file in base 64; or the `problem` that there is."""
        try:
            wav, slots = sprite(checks.one_of("kit", kit, list(RATES)))
        except MvaeError as error:
            return {"problem": str(error)}
        return {"wav": base64.b64encode(wav).decode(), "slots": slots}


def sprite(kit: str) -> Sprite:
    """The sounds of "drums" or "piano", rendered the first time that they are asked for; `AudioError` if they can't."""
    with _rendering:
        return _rendered(kit)


@cache
def _rendered(kit: str) -> Sprite:
    lengths, rate = (KIT if kit == "drums" else PIANO), RATES[kit]
    apart = _slots(lengths, ECHO)
    sound = render(_score(apart, is_drum=kit == "drums"), sample_rate=rate).mean(1)
    cuts = [_cut(sound[round(slot.start * rate) :], slot.seconds, rate) for slot in apart]
    return Sprite(wav(np.concatenate(cuts), rate), _slots(lengths))


def _slots(lengths: dict[int, float], gap: float = 0) -> list[Slot]:
    """The sounds of pitches one after another, `gap` seconds between them."""
    ends = accumulate((seconds + gap for seconds in lengths.values()), initial=0.0)
    return [Slot(pitch, start, seconds) for (pitch, seconds), start in zip(lengths.items(), ends, strict=False)]


def _score(slots: list[Slot], is_drum: bool) -> pretty_midi.PrettyMIDI:
    """Music in which each pitch is heard in its slot."""
    midi, part = pretty_midi.PrettyMIDI(resolution=480), pretty_midi.Instrument(0, is_drum)
    for pitch, start, seconds in slots:
        part.notes.append(pretty_midi.Note(FORTE if is_drum else MEZZO, pitch, start, start + seconds))
    midi.instruments.append(part)
    return midi


def _cut(sound: np.ndarray, seconds: float, rate: int) -> np.ndarray:
    """The beginning of a sound, which ends without a click."""
    cut, fade = sound[: round(seconds * rate)].copy(), round(FADE * rate)
    cut[-fade:] *= np.linspace(1, 0, fade, dtype=cut.dtype)
    return cut
