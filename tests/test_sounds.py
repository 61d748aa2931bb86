"""The single sounds that browsers play patterns with."""

import base64
import io
import threading
import wave

import numpy as np
import pytest

pytest.importorskip("gradio", reason="gradio is not installed: pip install '.[app]'")
from mvae import AudioError  # noqa: E402
from mvae.audio import missing  # noqa: E402
from mvae.converters.drums import DrumMap  # noqa: E402
from space import sounds  # noqa: E402
from space.sounds import Sounds, sprite  # noqa: E402

needs_sound = pytest.mark.skipif(missing() is not None, reason=missing() or "")
KITS = "drums", "piano"


def samples(wav):
    """What a WAV file holds, and its sample rate."""
    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768, file.getframerate()


def frequency(sound, rate):
    """The fundamental of a tone in Hz: the period at which it is most like itself."""
    sound = sound[round(0.1 * rate) : round(0.5 * rate)]
    power = np.abs(np.fft.rfft(sound, 2 * len(sound))) ** 2
    likeness = np.fft.irfft(power)[: len(sound)]
    shortest = rate // 3000
    falls = np.argmax(likeness < 0)
    return rate / (max(shortest, falls) + np.argmax(likeness[max(shortest, falls) :]))


@needs_sound
class TestSprite:
    def test_has_the_nine_drums_of_the_models(self):
        assert {slot.pitch for slot in sprite("drums").slots} == set(DrumMap("2019").pitches)

    def test_reaches_every_pitch_of_a_melody_by_bending_a_little(self):
        pitches = [slot.pitch for slot in sprite("piano").slots]
        assert all(min(abs(pitch - one) for one in pitches) <= 3 for pitch in range(28, 106))

    @pytest.mark.parametrize("kit", KITS)
    def test_every_slot_begins_with_its_sound_and_ends_in_silence(self, kit):
        sound, rate = samples(sprite(kit).wav)
        for _, start, seconds in sprite(kit).slots:
            own = sound[round(start * rate) : round((start + seconds) * rate)]
            assert np.abs(own[: round(0.05 * rate)]).max() > 0.03
            assert np.abs(own[-rate // 1000 :]).max() < 0.01

    @pytest.mark.parametrize("kit", KITS)
    def test_slots_lie_one_after_another(self, kit):
        sound, rate = samples(sprite(kit).wav)
        slots = sprite(kit).slots
        ends = [slot.start + slot.seconds for slot in slots]
        assert [slot.start for slot in slots] == pytest.approx([0, *ends[:-1]], abs=1e-3)
        assert len(sound) / rate == pytest.approx(ends[-1], abs=1e-3)

    def test_the_piano_is_in_tune(self):
        sound, rate = samples(sprite("piano").wav)
        for pitch, start, _ in sprite("piano").slots[2:10]:  # neither rumble nor tinkle
            heard = frequency(sound[round(start * rate) :], rate)
            assert 12 * np.log2(heard / 440) + 69 == pytest.approx(pitch, abs=0.3)

    def test_is_small(self):
        assert sum(len(sprite(kit).wav) for kit in KITS) < 2e6

    def test_is_rendered_once_though_many_ask_at_once(self, monkeypatch):
        renders, render = [], sounds.render
        monkeypatch.setattr(sounds, "render", lambda *args, **kwargs: renders.append(1) or render(*args, **kwargs))
        sounds._rendered.cache_clear()
        threads = [threading.Thread(target=sprite, args=["drums"]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert renders == [1]


class TestSounds:
    @needs_sound
    def test_hands_sprites_out(self):
        answer = Sounds().sprite("drums")
        assert base64.b64decode(answer["wav"]) == sprite("drums").wav
        assert answer["slots"] == sprite("drums").slots

    @pytest.mark.parametrize("alien", ["guitar", "", None, 3, ["drums"], {"kit": "drums"}, "/etc/passwd"])
    def test_of_drums_and_piano_only(self, alien):
        assert Sounds().sprite(alien) == {"problem": f"kit is {alien!r}; one of drums, piano is accepted."}

    def test_says_why_there_are_none(self, monkeypatch):
        def fail(*args, **kwargs):
            raise AudioError("FluidSynth is tired.")

        monkeypatch.setattr(sounds, "render", fail)
        sounds._rendered.cache_clear()
        assert Sounds().sprite("drums") == {"problem": "FluidSynth is tired."}
