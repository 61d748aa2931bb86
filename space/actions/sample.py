"""New music out of nowhere."""

from pathlib import Path

from .. import checks, models, pieces
from ..pieces import Piece


def sample(
    model: object, n: object, temperature: object, seed: object, qpm: object, sound: object, folder: Path
) -> list[Piece]:
    """`n` new pieces of a `model`, their MIDI files within `folder`; WAV files too if `sound`, where possible.

    Raises `CheckpointError` for a model that isn't there, `ArgumentError` for what is out of range, `AudioError` while
    rendering.
    """
    wants_sound = checks.flag("sound", sound)
    n, seed = checks.whole("n", n, *checks.COUNT), checks.whole("seed", seed, *checks.SEED)
    temperature = checks.number("temperature", temperature, *checks.TEMPERATURE)
    qpm = checks.number("qpm", qpm, *checks.QPM)
    music = models.play(model, "sample", n, temperature, seed, qpm)
    title, name = models.load(model).config.kind.capitalize(), f"{models.short(model)}-seed-{seed}"
    written = pieces.write(music, title, name, folder)
    return pieces.with_sound(written) if wants_sound else written
