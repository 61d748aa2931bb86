"""Sound: what is heard, how loud, how long; and a sentence for each way in which FluidSynth stays silent."""

import importlib
import sys
import wave
from pathlib import Path

import numpy as np
import pretty_midi
import pytest

from mvae import audio
from mvae.audio import missing, render, write_wav
from mvae.errors import ArgumentError, AudioError

RATE = 44100
FONT = Path(pretty_midi.__file__).with_name("TimGM6mb.sf2")
needs_sound = pytest.mark.skipif(missing() is not None, reason=missing() or "")


def music(notes, end=0.0, program=0, controls=(), parts=1):
    """A `PrettyMIDI` of (pitch, velocity, start, stop) that ends, as the converters end it, with all notes off."""
    midi = pretty_midi.PrettyMIDI(resolution=480)
    for _ in range(parts):
        instrument = pretty_midi.Instrument(program)
        instrument.notes = [pretty_midi.Note(v, p, start, stop) for p, v, start, stop in notes]
        instrument.control_changes = [pretty_midi.ControlChange(n, value, 0.0) for n, value in controls]
        instrument.control_changes.append(pretty_midi.ControlChange(123, 0, end))
        midi.instruments.append(instrument)
    return midi


def tune(velocity=80):
    return music([(60, velocity, 0.0, 0.5), (64, velocity, 0.5, 1.0), (67, velocity, 1.0, 1.5)], 2.0)


def decibels(samples):
    return 20 * np.log10(np.abs(samples).max())


def frequency(samples, rate):
    """The strongest frequency of the sound, in Hz."""
    mono = samples.mean(1) * np.hanning(len(samples))
    return np.abs(np.fft.rfft(mono)).argmax() * rate / len(mono)


@pytest.fixture
def fluidsynth(tmp_path, monkeypatch):
    """Puts a shell script in the place of fluidsynth."""
    pytest.importorskip("midi2audio", reason="midi2audio is not installed")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/bin:/usr/bin")

    def install(script):
        program = tmp_path / "bin" / "fluidsynth"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    return install


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The folder that temporary files go to."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@needs_sound
class TestSound:
    def test_is_stereo_float_and_as_loud_as_promised(self):
        samples = render(tune())
        assert samples.dtype == np.float32
        assert samples.ndim == 2
        assert samples.shape[1] == 2
        assert decibels(samples) == pytest.approx(-3, abs=0.01)

    def test_a_whisper_is_as_loud_and_as_fine(self):
        samples = render(tune(velocity=10))
        assert -6 <= decibels(samples) <= -1
        assert len(np.unique(samples)) > 50_000  # 16 bits at this velocity would hold some hundred values

    def test_a_din_is_not_clipped(self):
        chord = [(pitch, 127, 0.0, 1.0) for pitch in range(36, 84, 3)]
        samples = render(music(chord, 1.0, program=19, parts=15))
        assert -6 <= decibels(samples) <= -1
        assert (np.abs(samples) > 0.999 * np.abs(samples).max()).sum() < 10  # a clipped wave is flat on top

    @pytest.mark.parametrize("rate", [44100, 16000])
    def test_a4_is_440_hz(self, rate):
        samples = render(music([(69, 80, 0.0, 2.0)], 2.0), sample_rate=rate)
        assert frequency(samples, rate) == pytest.approx(440, rel=0.02)

    def test_left_is_left(self):
        left, right = np.abs(render(music([(60, 80, 0.0, 1.0)], 1.0, controls=[(10, 0)]))).max(0)
        assert left > 3 * right

    def test_notes_sound_when_they_are_written(self):
        loudness = np.abs(render(music([(72, 100, 1.0, 1.5)], 2.0))).max(1)
        assert loudness[: round(0.99 * RATE)].max() < 1e-4
        assert loudness[round(1.0 * RATE) : round(1.2 * RATE)].max() > 0.5

    def test_the_same_music_is_the_same_sound(self):
        assert np.array_equal(render(tune()), render(tune()))

    def test_the_settings_of_the_user_do_not_change_it(self, tmp_path, monkeypatch):
        expected = render(tune())
        monkeypatch.setenv("HOME", str(tmp_path))
        (tmp_path / ".fluidsynth").write_text("reverb off\n")
        assert np.array_equal(render(tune()), expected)

    def test_says_nothing(self, capfd):
        render(tune())
        assert capfd.readouterr() == ("", "")

    def test_leaves_no_file(self, temporary):
        render(tune())
        assert list(temporary.iterdir()) == []


@needs_sound
class TestLength:
    @pytest.mark.parametrize("end", [0.5, 2.0, 5.0])
    def test_one_second_more_than_the_loop(self, end):
        assert len(render(music([(60, 80, 0.0, 0.4)], end))) == round((end + 1) * RATE)

    def test_a_note_that_ends_last_counts_too(self):
        assert len(render(music([(60, 80, 0.0, 3.0)]))) == 4 * RATE

    def test_the_last_note_rings(self):
        loudness = np.abs(render(music([(48, 100, 0.0, 2.0)], 2.0))).max(1)
        assert loudness[2 * RATE : round(2.2 * RATE)].max() > 0.01
        assert 0 < loudness[round(2.7 * RATE) :].max() < 0.01

    @pytest.mark.parametrize("end", [0.0, 4.0])
    def test_silence_is_silence_of_its_length(self, end):
        samples = render(music([], end))
        assert samples.shape == (round((end + 1) * RATE), 2)
        assert not samples.any()

    def test_no_instrument_at_all(self):
        assert not render(pretty_midi.PrettyMIDI()).any()


@needs_sound
class TestWav:
    def test_holds_what_was_rendered(self, tmp_path):
        path = write_wav(tune(), str(tmp_path / "tune.wav"))
        assert path == tmp_path / "tune.wav"
        with wave.open(str(path)) as file:
            assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, RATE)
            data = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
        assert np.abs(data / 32767 - render(tune())).max() < 1e-4
        assert 32767 * 10 ** (-6 / 20) < np.abs(data.astype(int)).max() < 32767 * 10 ** (-1 / 20)

    def test_replaces_what_was_there(self, tmp_path):
        path = tmp_path / "OLD.WAV"
        path.write_bytes(bytes(10_000_000))
        write_wav(tune(), path)
        assert path.stat().st_size == 44 + 3 * RATE * 4

    def test_a_folder_that_is_not_there(self, tmp_path):
        with pytest.raises(AudioError, match=r"nowhere/a\.wav cannot be written: No such file or directory\.$"):
            write_wav(tune(), tmp_path / "nowhere" / "a.wav")

    def test_a_folder_of_that_name(self, tmp_path):
        (tmp_path / "a.wav").mkdir()
        with pytest.raises(AudioError, match=r"a\.wav cannot be written: Is a directory\.$"):
            write_wav(tune(), tmp_path / "a.wav")


def test_another_format_is_not_written_as_wav(tmp_path):
    with pytest.raises(AudioError, match=r"song\.mp3 is not named as WAV; sound is written to names that .*\.wav\.$"):
        write_wav(tune(), tmp_path / "song.mp3")


class TestSoundFont:
    @needs_sound
    def test_argument_before_variable_before_default(self, tmp_path, monkeypatch):
        default = render(tune())
        copy = tmp_path / "-copy.sf2"  # a name that fluidsynth would take for an option
        copy.write_bytes(FONT.read_bytes())
        monkeypatch.setenv("MVAE_SOUND_FONT", str(tmp_path / "none.sf2"))
        monkeypatch.chdir(tmp_path)
        assert np.array_equal(render(tune(), "-copy.sf2"), default)
        with pytest.raises(AudioError, match=r"none\.sf2 \(from MVAE_SOUND_FONT\) does not exist"):
            render(tune())
        monkeypatch.setenv("MVAE_SOUND_FONT", str(copy))
        assert np.array_equal(render(tune()), default)
        monkeypatch.setenv("MVAE_SOUND_FONT", "")
        assert np.array_equal(render(tune()), default)

    @needs_sound
    def test_a_damaged_font_is_not_replaced_by_another(self, tmp_path):
        font = tmp_path / "cut.sf2"
        font.write_bytes(FONT.read_bytes()[:100_000])
        with pytest.raises(AudioError, match=r"FluidSynth failed with exit code 0, saying «.*SoundFont.*cut\.sf2»\.$"):
            render(tune(), font)

    @pytest.mark.parametrize("head", [b"garbage", b"", b"MThd\0\0\0\6\0\1\0\1\1\xe0", b"RIFF\0\0\0\0WAVEfmt "])
    def test_a_file_that_is_none(self, tmp_path, fluidsynth, head):
        fluidsynth("exit 0")
        (tmp_path / "bad.sf2").write_bytes(head)
        with pytest.raises(AudioError, match=r"^The sound font /.*/bad\.sf2 is not one: it begins with b'.*sf3 files"):
            render(tune(), tmp_path / "bad.sf2")

    def test_a_file_that_is_not_there(self, tmp_path, fluidsynth):
        fluidsynth("exit 0")
        with pytest.raises(AudioError, match=r"^The sound font /.*/no\.sf2 does not exist; give the path of an \.sf2"):
            render(tune(), tmp_path / "no.sf2")

    def test_a_folder(self, tmp_path, fluidsynth):
        fluidsynth("exit 0")
        with pytest.raises(AudioError, match=r"cannot be read: Is a directory\.$"):
            render(tune(), tmp_path)


def test_the_end_fades(fluidsynth, tmp_path):
    np.full((10 * RATE, 2), 0.1, "<f4").tofile(tmp_path / "hum")
    fluidsynth(f'while [ $# -gt 3 ]; do shift; done; cp {tmp_path}/hum "$1"')
    samples = render(music([(60, 80, 0.0, 2.0)], 2.0)) / 10 ** (-3 / 20)
    half = round(2.5 * RATE)
    assert np.allclose(samples[:half], 1)
    assert np.allclose(samples[half:, 0], np.linspace(1, 0, RATE // 2), atol=1e-3)
    assert not samples[-1].any()


class TestFluidSynthFails:
    """A script stands in for fluidsynth; its last three arguments are the output, the sound font and the music."""

    WRITE = 'while [ $# -gt 3 ]; do shift; done; head -c {} /dev/zero > "$1"'

    def test_with_an_exit_code(self, fluidsynth):
        fluidsynth("echo 'no memory' >&2; exit 3")
        with pytest.raises(AudioError, match=r"^FluidSynth failed with exit code 3, saying «no memory»\.$"):
            render(tune())

    @pytest.mark.parametrize("script", ["exit 0", WRITE.format(0)])
    def test_without_a_word(self, fluidsynth, script):
        fluidsynth(script)
        with pytest.raises(AudioError, match=r"^FluidSynth wrote no sound, and did not say why\.$"):
            render(tune())

    def test_half_way(self, fluidsynth):
        fluidsynth(self.WRITE.format(8 * RATE + 4))
        with pytest.raises(AudioError, match=r"^FluidSynth stopped after 1\.0 s of 2\.0 s of music\.$"):
            render(tune())

    def test_to_finish(self, fluidsynth, monkeypatch):
        fluidsynth("exec sleep 20")
        monkeypatch.setattr(audio, "TIMEOUT", 0.2)
        with pytest.raises(AudioError, match=r"^FluidSynth was stopped: it had not finished after 0\.2 s\.$"):
            render(tune())

    def test_to_start(self, fluidsynth, tmp_path, monkeypatch):
        fluidsynth("")
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        (tmp_path / "bin" / "fluidsynth").write_bytes(b"\x7fELF")
        with pytest.raises(AudioError, match=r"^FluidSynth could not be run, .*: .*Exec format error"):
            render(tune())

    def test_and_leaves_no_file(self, fluidsynth, temporary):
        fluidsynth("exit 1")
        with pytest.raises(AudioError):
            render(tune())
        assert list(temporary.iterdir()) == []

    def test_no_place_for_temporary_files(self, fluidsynth, tmp_path, monkeypatch):
        fluidsynth("exit 0")
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
        with pytest.raises(AudioError, match="temporary files not be kept: .*No such file or directory"):
            render(tune())


class TestMissing:
    def test_the_program(self, tmp_path, monkeypatch):
        pytest.importorskip("midi2audio", reason="midi2audio is not installed")
        monkeypatch.setenv("PATH", str(tmp_path))
        said = missing()
        assert said is not None
        assert "apt install fluidsynth" in said
        assert "brew install fluid-synth" in said
        assert "\n" not in said
        with pytest.raises(AudioError, match="^Sound needs the program fluidsynth"):
            render(tune())

    def test_midi2audio(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "midi2audio", None)
        assert missing() == "Sound needs midi2audio, which is not installed: pip install midi2audio."
        with pytest.raises(AudioError, match="pip install midi2audio"):
            render(tune())

    def test_midi2audio_is_not_needed_to_import(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "midi2audio", None)
        importlib.reload(audio)

    def test_nothing(self, fluidsynth):
        fluidsynth("exit 0")
        assert missing() is None


class TestRefused:
    @pytest.mark.parametrize("rate", [0, 7999, 96001])
    def test_sample_rate(self, rate):
        with pytest.raises(ArgumentError, match=rf"^A sample rate of {rate} Hz; 8000 to 96000 are accepted\.$"):
            render(tune(), sample_rate=rate)

    @pytest.mark.parametrize(("given", "name"), [([tune()], "list"), ("a.mid", "str"), (None, "NoneType")])
    def test_what_is_no_music(self, given, name):
        with pytest.raises(ArgumentError, match=f"^A {name} cannot be played; give one PrettyMIDI object"):
            render(given)

    @pytest.mark.parametrize(("end", "found"), [(1e6, "1000000"), (float("nan"), "nan"), (float("inf"), "inf")])
    def test_music_without_end(self, end, found):
        with pytest.raises(AudioError, match=rf"^The music lasts {found} s; at most 1200 s are rendered\.$"):
            render(music([(60, 80, 0.0, end)]))

    def test_notes_that_midi_cannot_hold(self, fluidsynth):
        fluidsynth("exit 0")
        with pytest.raises(AudioError, match=r"^The PrettyMIDI object cannot be written as MIDI: .*0\.\.127\.$"):
            render(music([(200, 80, 0.0, 1.0)]))
