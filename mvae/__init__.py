"""MusicVAE for PyTorch: sample, morph and vary music in a latent space that was learnt from real tunes."""

from .config import Config
from .converters import MelodyConverter
from .errors import ArgumentError, AudioError, CheckpointError, MeterError, MidiError, MvaeError, PartError, TokenError
from .model import MusicVAE

__version__ = "0.1.0"

__all__ = [
    "ArgumentError",
    "AudioError",
    "CheckpointError",
    "Config",
    "MelodyConverter",
    "MeterError",
    "MidiError",
    "MusicVAE",
    "MvaeError",
    "PartError",
    "TokenError",
]
