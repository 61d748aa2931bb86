"""Converters: music to tokens and back, one module for each kind of music."""

from ..config import Config
from .base import Converter, Reading, Window
from .drums import DrumsConverter
from .melody import MelodyConverter
from .multitrack import MultitrackConverter
from .trio import TrioConverter

KINDS = MelodyConverter, DrumsConverter, TrioConverter, MultitrackConverter
CONVERTERS: dict[str, type[Converter]] = {converter.kind: converter for converter in KINDS}


def converter_of(config: Config) -> Converter:
    """The converter that a config names."""
    options = {"drum_map": config.drum_map} if any(CONVERTERS[config.kind].masks) else {}
    return CONVERTERS[config.kind](config.bars, **options)


__all__ = [
    "CONVERTERS",
    "Converter",
    "DrumsConverter",
    "MelodyConverter",
    "MultitrackConverter",
    "Reading",
    "TrioConverter",
    "Window",
    "converter_of",
]
