"""The checkpoints that the demo plays with; each is read once, whoever asks for it first."""

import reprlib
import threading

from mvae import CheckpointError, MusicVAE
from mvae.hub import bundled

_lock = threading.Lock()
_loaded: dict[str, MusicVAE] = {}


def choices() -> list[tuple[str, str]]:
    """What to call each bundled checkpoint, and its name."""
    configs = {name: load(name).config for name in bundled()}
    return [(f"{name} – {c.kind}, {c.bars} {'bar' if c.bars == 1 else 'bars'}", name) for name, c in configs.items()]


def load(name: object) -> MusicVAE:
    """The bundled checkpoint `name`, from memory after the first time; any other name is a `CheckpointError`."""
    folders = bundled()
    if not isinstance(name, str) or name not in folders:
        raise CheckpointError(f"There is no model {reprlib.repr(name)}; there is {', '.join(folders)}.")
    with _lock:
        if name not in _loaded:
            _loaded[name] = MusicVAE.from_pretrained(folders[name])
        return _loaded[name]
