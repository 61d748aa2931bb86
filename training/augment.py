"""What a batch is changed by before it is learnt from; pure functions of tokens and a generator."""

import torch
from torch import Tensor

from mvae.converters import Converter
from mvae.converters.drums import DRUMS
from mvae.converters.melody import CLASSES, FIRST_ON
from mvae.converters.multitrack import DRUMS as DRUM_KIT
from mvae.converters.multitrack import LENGTH, SHIFT
from mvae.inputs import START

HAND = sum(1 << DRUMS.index(name) for name in ("closed hi-hat", "open hi-hat", "crash", "ride"))
HAT, RIDE = 1 << DRUMS.index("closed hi-hat"), 1 << DRUMS.index("ride")


def vary(
    tokens: Tensor, converter: Converter, transposition: tuple[int, int], drum_mixing: float, generator: torch.Generator
) -> Tensor:
    """Windows (B, T, P) of a converter, their notes transposed within a range of semitones, their drums mixed."""
    if converter.kind == "multitrack":
        return transpose_bands(tokens, *transposition, generator)
    melodic = [part for part, bits in enumerate(converter.masks) if not bits]
    drums = [part for part, bits in enumerate(converter.masks) if bits]
    varied = tokens.clone()
    if melodic and transposition[0] < transposition[1]:
        varied[..., melodic] = transpose(tokens[..., melodic], *transposition, generator)
    if drums and drum_mixing:
        varied[..., drums] = mix_drums(tokens[..., drums], drum_mixing, generator)
    return varied


def transpose(tokens: Tensor, low: int, high: int, generator: torch.Generator) -> Tensor:
    """Move the melodies of each window (B, T, P) alike by `low` to `high` semitones, or not where they do not fit."""
    shift = torch.randint(low, high + 1, (len(tokens), 1, 1), generator=generator)
    sounding = tokens >= FIRST_ON
    lowest = tokens.where(sounding, torch.tensor(CLASSES)).amin((1, 2), keepdim=True)
    highest = tokens.where(sounding, torch.tensor(0)).amax((1, 2), keepdim=True)
    fits = (lowest + shift >= FIRST_ON) & (highest + shift < CLASSES)
    return torch.where(sounding, tokens + shift.where(fits, torch.tensor(0)), tokens)


def transpose_bands(tokens: Tensor, low: int, high: int, generator: torch.Generator) -> Tensor:
    """Move the pitched instruments of each bar (B, 512, 1) alike, or not where they would not fit."""
    shift = torch.randint(low, high + 1, (len(tokens), 1, 1), generator=generator)
    rows = tokens[..., 0].unflatten(1, (-1, LENGTH))
    notes = (rows < SHIFT) & (rows[..., :1] != DRUM_KIT)
    pitches = rows % 128
    lowest = pitches.where(notes, torch.tensor(127)).amin((1, 2), keepdim=True)
    highest = pitches.where(notes, torch.tensor(0)).amax((1, 2), keepdim=True)
    fits = (lowest + shift >= 0) & (highest + shift < 128)
    moved = torch.where(notes, rows + shift.where(fits, torch.tensor(0)), rows)
    return moved.flatten(1).unsqueeze(-1)


def mix_drums(tokens: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Drums (B, T, 1) of which a share have another's cymbals, and a share play the ride for the hi-hat or back."""

    def chosen() -> Tensor:
        return torch.rand(len(tokens), 1, 1, generator=generator) < share

    others = tokens[torch.randperm(len(tokens), generator=generator)]
    mixed = torch.where(chosen(), tokens & ~HAND | others & HAND, tokens)
    ride = torch.where(mixed & HAT > 0, RIDE, 0) | torch.where(mixed & RIDE > 0, HAT, 0)
    return torch.where(chosen(), mixed & ~(HAT | RIDE) | ride, mixed)


def hide(tokens: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Hide a share of the tokens from the decoder, so that it leans on the code (word dropout, Bowman et al. 2016)."""
    return tokens.where(torch.rand(tokens.shape, generator=generator) >= share, torch.tensor(START))
