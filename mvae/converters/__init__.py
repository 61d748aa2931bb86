"""Converters: music to tokens and back, one module for each kind of music."""

from ..config import Config
from .base import Converter, Reading, Window
from .drums import DrumsConverter
from .groove import GrooveConverter
from .melody import MelodyConverter
from .multitrack import MultitrackConverter
from .trio import TrioConverter

KINDS = MelodyConverter, DrumsConverter, TrioConverter, MultitrackConverter, GrooveConverter
MAPPED = DrumsConverter.kind, TrioConverter.kind, GrooveConverter.kind
CONVERTERS: dict[str, type[Converter]] = {converter.kind: converter for converter in KINDS}


def converter_of(config: Config) -> Converter:
    """The converter that a config names."""
    options = {"drum_map": config.drum_map} if config.kind in MAPPED else {}
    return CONVERTERS[config.kind](config.bars, **options)


__all__ = [
    "CONVERTERS",
    "Converter",
    "DrumsConverter",
    "GrooveConverter",
    "MelodyConverter",
    "MultitrackConverter",
    "Reading",
    "TrioConverter",
    "Window",
    "converter_of",
]
