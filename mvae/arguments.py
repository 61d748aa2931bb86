"""Checks of what callers hand in, each with the sentence they get."""

from collections.abc import Callable, Collection, Mapping, Sequence
from difflib import get_close_matches
from inspect import signature
from numbers import Integral, Real
from typing import Any

import torch
from torch import Tensor

from .controls import Controls
from .converters import Converter
from .errors import ArgumentError, KeywordError, TokenError

MOST = 100_000
FARTHEST = 1e6  # of a coordinate of a code; float32 overflows in the network long after it


class Options(Controls, total=False):
    """What verbs take by keyword alone: a `generator` in place of a seed, and what some models are told."""

    generator: torch.Generator | None


OPTIONS = tuple(Options.__annotations__)


def either(name: str, value: Any, other: str, same: Any) -> Any:
    """The value of an argument that has two names."""
    if value is not None and same is not None and value != same:
        raise ArgumentError(f"{name} is {value!r} and {other} is {same!r}, which mean the same; give one of them.")
    return same if value is None else value


def check_count(name: str, value: int, least: int = 1) -> None:
    """A whole number from `least` to 100 000."""
    if isinstance(value, bool) or not isinstance(value, Integral) or not least <= value <= MOST:
        raise ArgumentError(f"{name} is {value!r}; a whole number from {least} to {MOST} is accepted.")


def check_fraction(name: str, value: float) -> None:
    """A number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= value <= 1:
        raise ArgumentError(f"{name} is {value!r}; a number from 0 to 1 is accepted.")


def check_temperature(value: float | None) -> None:
    """None or 0 for the likeliest, or a number up to 100."""
    if value is None or (not isinstance(value, bool) and isinstance(value, Real) and 0 <= value <= 100):
        return
    raise ArgumentError(f"temperature is {value!r}; a number from 0 (the likeliest) to 100, or None, is accepted.")


def check_places(points: Sequence[tuple[float, float]]) -> Tensor:
    """Places (N, 2) on a palette from one or more (x, y), each from 0 to 1."""
    try:
        places = torch.as_tensor(points, dtype=torch.float32, device="cpu")
    except (TypeError, ValueError, RuntimeError):
        places = torch.empty(0, device="cpu")
    if places.dim() != 2 or places.shape[-1] != 2 or not len(places) or not ((places >= 0) & (places <= 1)).all():
        raise ArgumentError(f"points are {points!r}; a list of (x, y) is accepted, each number from 0 to 1.")
    return places


def check_codes(z: Tensor, z_size: int, device: torch.device, dtype: torch.dtype, most: int | None = None) -> Tensor:
    """Codes (N, Z), precise enough for weights of `dtype`, on `device`, from (N, Z) or (Z,); at most `most` of them."""
    if not isinstance(z, Tensor) or not z.is_floating_point() or z.dim() not in (1, 2) or z.shape[-1] != z_size:
        found = f"a tensor {tuple(z.shape)} of {z.dtype}" if isinstance(z, Tensor) else type(z).__name__
        raise TokenError(f"Codes are {found}; a float tensor (N, {z_size}) is needed.")
    z = z.detach().reshape(-1, z_size).to(device, precise(dtype))
    if not len(z) or (most is not None and len(z) > most):
        raise TokenError(f"There are {len(z)} codes; {'at least one' if most is None else most} is needed.")
    if not (z.abs() <= FARTHEST).all():
        raise TokenError(f"The codes hold NaN, infinity or numbers beyond {FARTHEST:.0e}; those of music are near 1.")
    return z


def precise(dtype: torch.dtype) -> torch.dtype:
    """What a model whose weights are of `dtype` computes codes in: halves are too coarse to walk in."""
    return torch.promote_types(dtype, torch.float32)


def check_tokens(tokens: Tensor, converter: Converter, device: torch.device) -> Tensor:
    """Tokens (N, T, P) as int64 on `device`, each within the classes of its part."""
    shape = f"(N, {converter.steps}, {converter.parts})"
    if not isinstance(tokens, Tensor) or tokens.dim() != 3 or tokens.shape[1:] != (converter.steps, converter.parts):
        found = f"a tensor {tuple(tokens.shape)}" if isinstance(tokens, Tensor) else type(tokens).__name__
        raise TokenError(f"Tokens are {found}; an integer tensor {shape} is needed.")
    if tokens.is_floating_point() or tokens.is_complex() or tokens.dtype == torch.bool or not len(tokens):
        raise TokenError(f"Tokens are {len(tokens)} rows of {tokens.dtype}; integers {shape} are needed, N at least 1.")
    tokens = tokens.to(device, torch.int64)
    if (tokens < 0).any() or (tokens >= torch.tensor(converter.classes, device=device)).any():
        lowest, highest = tokens.amin((0, 1)).tolist(), tokens.amax((0, 1)).tolist()
        raise TokenError(f"Tokens are from {lowest} to {highest}; the parts have {converter.classes} classes from 0.")
    return tokens


def check_generator(
    generator: torch.Generator | None, device: torch.device, seed: int | None = None
) -> torch.Generator:
    """The caller's own generator, or a fresh one: seeded, or from the system's entropy where `seed` is None, too."""
    if generator is None:
        return _new_generator(seed, device)
    if seed is not None:
        raise ArgumentError(f"seed is {seed!r} and a generator was given, too; give one or the other.")
    if not isinstance(generator, torch.Generator) or generator.device.type != device.type:
        found = f"one on {generator.device}" if isinstance(generator, torch.Generator) else type(generator).__name__
        raise ArgumentError(
            f"generator is {found}; a torch.Generator on {device}, where the model is, or None, is accepted."
        )
    return generator


def _new_generator(seed: int | None, device: torch.device) -> torch.Generator:
    generator = torch.Generator(device)
    if seed is None:
        generator.seed()
        return generator
    if isinstance(seed, bool) or not isinstance(seed, Integral) or not 0 <= seed < 2**63:
        raise ArgumentError(f"seed is {seed!r}; a whole number from 0 to 2^63 - 1, or None, is accepted.")
    return generator.manual_seed(int(seed))


def check_keywords(
    verb: Callable[..., Any],
    given: Mapping[str, Any],
    others: Collection[str] = OPTIONS,
    why: Callable[[str], str] | None = None,
) -> None:
    """Refuse a keyword that neither the signature of `verb` nor `others` has, in the words that Python has for it.

    `why` says more of a name that is refused than which keywords there are.
    """
    for name in given.keys() - set(others):
        named = [one.name for one in signature(verb).parameters.values() if one.kind is not one.VAR_KEYWORD]
        near = get_close_matches(name, [*named, *others], 1)
        said = [why(name)] if why else []
        if near:
            said.append(f"Did you mean {near[0]!r}?")
        advice = " ".join(said) or f"It takes {', '.join([*named, *others])}."
        raise KeywordError(f"MusicVAE.{verb.__name__}() got an unexpected keyword argument {name!r}. {advice}")
