"""What a long piece is like, part by part, in numbers that a language model is told before it writes it.

As `mvae.descriptors` for two bars, and for each bar how full it is and where it lies.
"""

import torch
from torch import Tensor

from .converters import Converter
from .converters.melody import FIRST_ON
from .descriptors import DRUMS_WHOLE, MELODY_WHOLE, contour, drums_whole, melody_whole


def song_descriptors_size(converter: Converter) -> int:
    """F, how many numbers `song_descriptors` gives."""
    return sum(DRUMS_WHOLE + converter.bars if bits else MELODY_WHOLE + 2 * converter.bars for bits in converter.masks)


def song_descriptors(converter: Converter, tokens: Tensor) -> Tensor:
    """Tokens (N, T, P) to descriptors (N, F), each number from about -1 to 1."""
    of_part = [_drums if bits else _melody for bits in converter.masks]
    return torch.cat([of(tokens[..., part], converter.bars) for part, of in enumerate(of_part)], -1)


def _melody(line: Tensor, bars: int) -> Tensor:
    return torch.cat([melody_whole(line), contour(line, bars), _fullness(line >= FIRST_ON, bars)], -1)


def _drums(masks: Tensor, bars: int) -> Tensor:
    return torch.cat([drums_whole(masks), _fullness(masks > 0, bars)], -1)


def _fullness(onsets: Tensor, bars: int) -> Tensor:
    """The share of the steps of each bar that have an onset: (N, B)."""
    return onsets.unflatten(1, (bars, -1)).float().mean(-1)
