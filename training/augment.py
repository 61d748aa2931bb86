"""What a batch is changed by before it is learnt from; pure functions of tokens and a generator."""

import torch
from torch import Tensor

from mvae.converters.melody import CLASSES, FIRST_ON
from mvae.inputs import START


def transpose(tokens: Tensor, low: int, high: int, generator: torch.Generator) -> Tensor:
    """Move each melody (B, T, 1) by `low` to `high` semitones, or leave it where that would leave the range."""
    shift = torch.randint(low, high + 1, (len(tokens), 1, 1), generator=generator)
    sounding = tokens >= FIRST_ON
    lowest = tokens.where(sounding, torch.tensor(CLASSES)).amin((1, 2), keepdim=True)
    highest = tokens.where(sounding, torch.tensor(0)).amax((1, 2), keepdim=True)
    fits = (lowest + shift >= FIRST_ON) & (highest + shift < CLASSES)
    return torch.where(sounding, tokens + shift.where(fits, torch.tensor(0)), tokens)


def hide(tokens: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Hide a share of the tokens from the decoder, so that it leans on the code (word dropout, Bowman et al. 2016)."""
    return tokens.where(torch.rand(tokens.shape, generator=generator) >= share, torch.tensor(START))
