"""Converters: music to tokens and back, one module for each kind of music."""

from .base import Converter, Window
from .melody import MelodyConverter

CONVERTERS: dict[str, type[Converter]] = {MelodyConverter.kind: MelodyConverter}

__all__ = ["CONVERTERS", "Converter", "MelodyConverter", "Window"]
