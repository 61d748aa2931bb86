"""What a batch is changed by before it is learnt from; pure functions of tokens and a generator."""

import torch
from torch import Tensor

from mvae.converters import Converter
from mvae.converters.drums import DRUMS
from mvae.converters.melody import CLASSES, FIRST_ON
from mvae.converters.multitrack import DRUMS as DRUM_KIT
from mvae.converters.multitrack import LENGTH, PROGRAM, SHIFT
from mvae.inputs import START

from .recipe import Recipe
from .rewriting import rewrite

FAMILY = 8  # programs of General MIDI that are instruments of one kind
HAND = sum(1 << DRUMS.index(name) for name in ("closed hi-hat", "open hi-hat", "crash", "ride"))
HAT, RIDE = 1 << DRUMS.index("closed hi-hat"), 1 << DRUMS.index("ride")


def augment(tokens: Tensor, converter: Converter, recipe: Recipe, generator: torch.Generator) -> Tensor:
    """Windows (B, T, P) as `recipe` varies and recombines them."""
    varied = vary(tokens, converter, recipe.transpose, recipe.drum_mixing, generator)
    if recipe.rewriting:
        varied = rewrite(varied, recipe.rewriting, generator)
    return recombine(varied, converter, recipe.recombination, generator) if recipe.recombination else varied


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


def recombine(tokens: Tensor, converter: Converter, share: float, generator: torch.Generator) -> Tensor:
    """Windows (B, T, P) in which a share of the parts, of a band's instruments or of drums' bars are another window's.

    A model that is to copy any music should not count on who plays with whom; what does go together is the prior's. As
    many instruments are played by another of their family.
    """
    if converter.kind == "drums":
        bars = tokens.reshape(len(tokens), converter.bars, -1)
        return shuffle(bars, share, generator).reshape(tokens.shape)
    if converter.kind != "multitrack":
        return shuffle(tokens.transpose(1, 2), share, generator).transpose(1, 2)
    lines = shuffle(tokens[..., 0].unflatten(1, (-1, LENGTH)), share, generator)
    names = lines[..., 0]
    others = PROGRAM + (names - PROGRAM) // FAMILY * FAMILY + torch.randint(FAMILY, names.shape, generator=generator)
    recast = (names >= PROGRAM) & (names < DRUM_KIT) & (torch.rand(names.shape, generator=generator) < share)
    lines = torch.cat([torch.where(recast, others, names).unsqueeze(-1), lines[..., 1:]], -1)
    order = lines[..., 0].argsort(dim=1, stable=True)  # programs, then drums, then those that only end
    return lines.gather(1, order.unsqueeze(-1).expand_as(lines)).flatten(1).unsqueeze(-1)


def shuffle(lines: Tensor, share: float, generator: torch.Generator | None = None) -> Tensor:
    """Lines (B, L, T), of which a share are those of another of the batch at the same place."""
    others = torch.stack([line[torch.randperm(len(lines), generator=generator)] for line in lines.unbind(1)], 1)
    return torch.where(torch.rand(lines.shape[:2], generator=generator).unsqueeze(-1) < share, others, lines)


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
