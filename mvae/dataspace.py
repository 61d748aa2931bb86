"""Music without a latent space, to hear what the latent space is for: the baselines of the MusicVAE blog post."""

import torch
from torch import Tensor

from .converters import Converter


def cross_fade(converter: Converter, a: Tensor, b: Tensor, steps: int, generator: torch.Generator) -> Tensor:
    """A naive morph (steps, T, P) from tokens `a` to `b`, both (T, P) and both included.

    Each step of time is that of `b` with probability alpha, which rises from 0 to 1, else that of `a` (Roberts et al.
    2018, section 5.4); its parts are taken together.
    """
    return cross_fades(converter, a.unsqueeze(0), b.unsqueeze(0), steps, generator)[:, 0]


def cross_fades(converter: Converter, a: Tensor, b: Tensor, steps: int, generator: torch.Generator) -> Tensor:
    """The `cross_fade`s (steps, N, T, P) of N pairs, `a` and `b` of (N, T, P)."""
    alpha = torch.linspace(0, 1, steps, dtype=torch.float32, device=a.device).view(steps, 1, 1, 1)
    chances = torch.rand(steps, *a.shape[:2], 1, generator=generator, dtype=torch.float32, device=a.device)
    return converter.canonical(torch.where(chances < alpha, b, a))


def random_tokens(converter: Converter, n: int, generator: torch.Generator) -> Tensor:
    """Uniformly random events (n, T, P): what decoding would be without having learnt anything."""
    columns = [
        torch.randint(classes, (n, converter.steps), generator=generator, device=generator.device)
        for classes in converter.classes
    ]
    return converter.canonical(torch.stack(columns, -1))
