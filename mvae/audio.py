"""MIDI to sound: FluidSynth through midi2audio, an even loudness, and silence only where the music is silent.

FluidSynth answers most mistakes with exit code 0 and another font than the one asked for, or no file at all, and
midi2audio looks at none of it. Here every one of them is an `AudioError`.
"""

import importlib.util
import io
import os
import shutil
import subprocess
import tempfile
import wave
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pretty_midi

from .errors import ArgumentError, AudioError
from .paths import expanded

if TYPE_CHECKING:
    from midi2audio import FluidSynth

SOUND_FONT_VARIABLE = "MVAE_SOUND_FONT"
SAMPLE_RATE = 44100
PEAK = 10 ** (-3 / 20)  # -3 dBFS
TAIL, FADE = 1.0, 0.5  # seconds of ringing after the music, and how much of them fades out
MAX_SECONDS = 1200
TIMEOUT = 360  # seconds; fifteen parts of dense chords play at seven times real time, most music at a hundred
INAUDIBLE = 1e-6  # the reverb hums at 3e-8 without any note; one note of velocity 1 peaks at 1e-5
REFUSED = ("Failed to load the SoundFont", "not a SoundFont")  # said with exit code 0, before another font is used


def missing() -> str | None:
    """What to install before anything can be rendered, in one line; None where nothing is missing."""
    if importlib.util.find_spec("midi2audio") is None:
        return "Sound needs midi2audio, which is not installed: pip install midi2audio."
    if shutil.which("fluidsynth") is None:
        return (
            "Sound needs the program fluidsynth, which is not on the PATH: "
            "apt install fluidsynth (Debian, Ubuntu) or brew install fluid-synth (macOS)."
        )
    return None


def render(
    midi: pretty_midi.PrettyMIDI,
    sound_font: str | os.PathLike[str] | None = None,
    sample_rate: int = SAMPLE_RATE,
    level: bool = True,
) -> np.ndarray:
    """Play a `PrettyMIDI` into a float32 array (samples, 2), in stereo, with its peak at -3 dBFS.

    Where `level` is False the loudness is FluidSynth's own, much lower: parts that are rendered one by one stay in
    balance, and add up to the whole.

    The sound lasts one second longer than the music (its last event), and fades in the second half of that second;
    music without notes is silence. The sound font is `sound_font`, or the one that the environment variable
    `MVAE_SOUND_FONT` names, or TimGM6mb, which pretty_midi brings along. `sample_rate` is from 8000 to 96000 Hz.
    Raises `AudioError` for whatever keeps it from sounding, `ArgumentError` for a wrong argument.
    """
    if not 8000 <= sample_rate <= 96000:
        raise ArgumentError(f"A sample rate of {sample_rate} Hz; 8000 to 96000 are accepted.")
    seconds = _seconds(midi)
    if problem := missing():
        raise AudioError(problem)
    samples = _synthesize(midi, _find_sound_font(sound_font), sample_rate)
    if len(samples) < seconds * sample_rate:
        raise AudioError(f"FluidSynth stopped after {len(samples) / sample_rate:.1f} s of {seconds:.1f} s of music.")
    ended = _end(samples, seconds, sample_rate)
    return _level(ended) if level else ended


def write_wav(
    midi: pretty_midi.PrettyMIDI,
    path: str | os.PathLike[str],
    sound_font: str | os.PathLike[str] | None = None,
) -> Path:
    """Play a `PrettyMIDI` into a WAV file of 16-bit stereo at 44.1 kHz, and give its path back; see `render`."""
    path = expanded(path)
    if path.suffix.lower() != ".wav":
        raise AudioError(f"{path} is not named as WAV; sound is written to names that end in .wav.")
    data = wav(render(midi, sound_font), SAMPLE_RATE)
    try:
        path.write_bytes(data)
    except OSError as error:
        raise AudioError(f"{path} cannot be written: {error.strerror}.") from error
    return path


def _seconds(midi: pretty_midi.PrettyMIDI) -> float:
    """How long the music lasts; the all-notes-off with which a converter ends a loop counts as its last event."""
    if not isinstance(midi, pretty_midi.PrettyMIDI):
        raise ArgumentError(f"A {type(midi).__name__} cannot be played; give one PrettyMIDI object.")
    seconds = midi.get_end_time()
    if not 0 <= seconds <= MAX_SECONDS:
        raise AudioError(f"The music lasts {seconds:.0f} s; at most {MAX_SECONDS} s are rendered.")
    return seconds


def _find_sound_font(sound_font: str | os.PathLike[str] | None) -> Path:
    """The absolute path of a file that begins as a sound font does; FluidSynth would play a MIDI file named here."""
    named = sound_font or os.environ.get(SOUND_FONT_VARIABLE)
    path = expanded(named or Path(pretty_midi.__file__).with_name("TimGM6mb.sf2")).absolute()
    source = f"The sound font {path}" + ("" if sound_font or not named else f" (from {SOUND_FONT_VARIABLE})")
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except FileNotFoundError:
        raise AudioError(f"{source} does not exist; give the path of an .sf2 or .sf3 file.") from None
    except OSError as error:
        raise AudioError(f"{source} cannot be read: {error.strerror}.") from error
    if head[:4] != b"RIFF" or head[8:] != b"sfbk":
        raise AudioError(f"{source} is not one: it begins with {head!r}; .sf2 and .sf3 files are read.")
    return path


def _synthesize(midi: pretty_midi.PrettyMIDI, font: Path, sample_rate: int) -> np.ndarray:
    """What FluidSynth makes of the music, as it comes: float32 (samples, 2), peaks above 1 included."""
    try:
        with tempfile.TemporaryDirectory(prefix="mvae-") as folder:
            score, sound = Path(folder, "music.mid"), Path(folder, "music.raw")
            _write_score(midi, score)
            _strict_fluid_synth(font, sample_rate).midi_to_audio(str(score), str(sound))
            return np.fromfile(sound, dtype=("<f4", 2))
    except OSError as error:
        raise AudioError(f"FluidSynth could not be run, or its temporary files not be kept: {error}.") from error


def _write_score(midi: pretty_midi.PrettyMIDI, path: Path) -> None:
    try:
        midi.write(str(path))
    except (ValueError, OverflowError, IndexError, TypeError) as error:
        raise AudioError(f"The PrettyMIDI object cannot be written as MIDI: {error}.") from error


def _strict_fluid_synth(font: Path, sample_rate: int) -> "FluidSynth":
    """midi2audio's synthesizer, made quiet, unable to clip, and unable to fail unnoticed."""
    from midi2audio import FluidSynth  # only the extra `audio` installs it

    class StrictFluidSynth(FluidSynth):
        def midi_to_audio(self, midi_file: str, audio_file: str) -> None:
            # floats keep what 16 bits would clip or lose; an empty configuration makes all machines sound alike;
            # no -q, which would hide the errors, too, on Windows
            form = ["-T", "raw", "-O", "float", "-E", "little", "-r", str(self.sample_rate), "-g", "1"]
            files = ["-F", audio_file, self.sound_font, midi_file]
            _run(["fluidsynth", "-n", "-i", "-f", os.devnull, *form, *files])
            if not os.path.exists(audio_file) or not os.path.getsize(audio_file):
                raise AudioError("FluidSynth wrote no sound, and did not say why.")

    return StrictFluidSynth(str(font), sample_rate)


def _run(command: list[str]) -> None:
    """Run FluidSynth, and read what it says, since its exit code says little."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        raise AudioError(f"FluidSynth was stopped: it had not finished after {TIMEOUT} s.") from None
    said = " ".join(done.stderr.decode(errors="replace").split())
    if done.returncode or any(sign in said for sign in REFUSED):
        raise AudioError(f"FluidSynth failed with exit code {done.returncode}, saying «{said[-300:]}».")


def _end(samples: np.ndarray, seconds: float, sample_rate: int) -> np.ndarray:
    """Cut or pad the sound to `TAIL` seconds after the music, and fade its last `FADE` seconds to nothing."""
    length, fade = round((seconds + TAIL) * sample_rate), round(FADE * sample_rate)
    samples = np.pad(samples[:length], ((0, max(0, length - len(samples))), (0, 0)))
    samples[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)[:, None]
    return samples


def _level(samples: np.ndarray) -> np.ndarray:
    """Scale the sound to the peak that is wanted; what is inaudible becomes silence."""
    peak = np.abs(samples).max()
    return samples * np.float32(PEAK / peak) if peak > INAUDIBLE else np.zeros_like(samples)


def wav(samples: np.ndarray, sample_rate: int) -> bytes:
    """Samples from -1 to 1, (N,) or (N, channels), as a WAV file of 16 bits at `sample_rate` samples a second."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(np.round(samples * 32767).astype("<i2").tobytes())
    return buffer.getvalue()
