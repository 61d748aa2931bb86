"""Walks in latent space: slerp and lerp; pure functions of codes."""

import torch
from torch import Tensor


def slerp(a: Tensor, b: Tensor, t: Tensor | float) -> Tensor:
    """Codes (..., Z) at fraction `t` (broadcast against ...) of the great arc from `a` to `b` (White 2016).

    Lengths are blended as the original does it, by the same weights on the raw codes. Where `a` and `b` are parallel,
    opposite or zero, where the arc is undefined and the original returns NaN, the straight line is taken.
    """
    t = torch.as_tensor(t, dtype=a.dtype, device=a.device)
    t = t.unsqueeze(-1) if t.dim() else t
    cosine = torch.nn.functional.cosine_similarity(a, b, dim=-1).unsqueeze(-1)
    omega = torch.acos(cosine.clamp(-1, 1))
    sine = torch.sin(omega)
    shorter = torch.minimum(a.norm(dim=-1), b.norm(dim=-1)).unsqueeze(-1)
    straight = (sine < 1e-4) | (shorter < 1e-6)
    sine = torch.where(straight, 1.0, sine)
    weight_a = torch.where(straight, 1 - t, torch.sin((1 - t) * omega) / sine)
    weight_b = torch.where(straight, t, torch.sin(t * omega) / sine)
    return weight_a * a + weight_b * b


def lerp(a: Tensor, b: Tensor, t: Tensor | float) -> Tensor:
    """Codes (..., Z) at fraction `t` of the straight line from `a` to `b`."""
    t = torch.as_tensor(t, dtype=a.dtype, device=a.device)
    return torch.lerp(a, b, t.unsqueeze(-1) if t.dim() else t)


def walk(a: Tensor, b: Tensor, steps: int, spherical: bool = True) -> Tensor:
    """`steps` codes (steps, Z) from `a` (Z,) to `b` (Z,), both included exactly."""
    at = torch.linspace(0, 1, steps, dtype=a.dtype, device=a.device)
    return (slerp if spherical else lerp)(a.expand(steps, -1), b.expand(steps, -1), at)
