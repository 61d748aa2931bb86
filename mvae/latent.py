"""Walks and planes in latent space: slerp, lerp, palettes and the lines drawn on them; pure functions of codes.

A palette is spanned by four codes (4, Z) in reading order: top left, top right, bottom left, bottom right. A place on
it is (x, y): x from 0, left, to 1, right; y from 0, top, to 1, bottom.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import normalize

from .prior import FlowPrior

STRIDES = 8  # of the flow; more of them make no better morphs


def slerp(a: Tensor, b: Tensor, t: Tensor | float) -> Tensor:
    """Codes (..., Z) at fraction `t` (broadcast against ...) of the great arc from `a` to `b` (White 2016).

    Lengths are blended as the original does it, by the same weights on the raw codes. Where `a` and `b` are parallel,
    opposite or zero, where the arc is undefined and the original returns NaN, the straight line is taken.
    """
    t = torch.as_tensor(t, dtype=a.dtype, device=a.device)
    t = t.unsqueeze(-1) if t.dim() else t
    omega = _angle(a, b).unsqueeze(-1)
    sine = torch.sin(omega)
    shorter = torch.minimum(a.norm(dim=-1), b.norm(dim=-1)).unsqueeze(-1)
    straight = (sine < 1e-4) | (shorter < 1e-6)
    sine = torch.where(straight, 1.0, sine)
    along = torch.sin((1 - t) * omega) / sine * a + torch.sin(t * omega) / sine * b
    return torch.where(straight, torch.lerp(a, b, t), along)


def _angle(a: Tensor, b: Tensor) -> Tensor:
    """The angle (...) between codes, exactly 0 for equal ones, where an arc cosine would err most (Kahan 2006)."""
    a, b = normalize(a, dim=-1), normalize(b, dim=-1)
    return 2 * torch.atan2((a - b).norm(dim=-1), (a + b).norm(dim=-1))


def lerp(a: Tensor, b: Tensor, t: Tensor | float) -> Tensor:
    """Codes (..., Z) at fraction `t` of the straight line from `a` to `b`."""
    t = torch.as_tensor(t, dtype=a.dtype, device=a.device)
    return torch.lerp(a, b, t.unsqueeze(-1) if t.dim() else t)


def walk(a: Tensor, b: Tensor, steps: int, spherical: bool = True) -> Tensor:
    """`steps` codes (steps, Z) from `a` (Z,) to `b` (Z,), both included exactly."""
    at = torch.linspace(0, 1, steps, dtype=a.dtype, device=a.device)
    return (slerp if spherical else lerp)(a.expand(steps, -1), b.expand(steps, -1), at)


@torch.no_grad()
def on_palette(corners: Tensor, places: Tensor, prior: FlowPrior | None = None) -> Tensor:
    """The codes (..., Z) at `places` (..., 2) of the palette of `corners` (4, Z): slerp along x, then along y.

    With a `prior` the palette is laid out in its noise. There codes are N(0, I), as slerp takes them to be, and all
    places between the corners are places of real music. What the inversion of the corners misses is added back, so that
    they lie in the corners exactly. Many palettes at once are corners (4, N, Z) and places (..., 1, 2).
    """
    if prior is None or bool((corners == corners[0]).all()):
        return _bilinear(slerp, corners, places)
    noise = prior.inverse(corners.flatten(0, -2), STRIDES)
    missed = corners - prior(noise, STRIDES).view_as(corners)
    blended = _bilinear(slerp, noise.view_as(corners), places)
    codes = prior(blended.flatten(0, -2), STRIDES).view_as(blended) + _bilinear(lerp, missed, places)
    for corner, place in zip(corners, grid(2, 2).flatten(0, 1).to(places), strict=True):
        codes = torch.where((places == place).all(-1, keepdim=True), corner, codes)
    return codes


def _bilinear(blend: Callable[[Tensor, Tensor, Tensor], Tensor], corners: Tensor, places: Tensor) -> Tensor:
    (top_left, top_right, bottom_left, bottom_right), (x, y) = corners, places.unbind(-1)
    return blend(blend(top_left, top_right, x), blend(bottom_left, bottom_right, x), y)


def grid(rows: int, columns: int) -> Tensor:
    """The places (rows, columns, 2) of the cells of a palette; its corner cells lie in the corners."""
    y, x = torch.meshgrid(torch.linspace(0, 1, rows), torch.linspace(0, 1, columns), indexing="ij")
    return torch.stack([x, y], -1)


def along(points: Tensor, steps: int) -> Tensor:
    """`steps` places (steps, 2), equally far apart on the line through `points` (N, 2), both ends included."""
    strides = points.diff(dim=0).norm(dim=-1)
    reached = torch.cat([strides.new_zeros(1), strides.cumsum(0)])
    at = torch.linspace(0, 1, steps, dtype=points.dtype, device=points.device) * reached[-1]
    after = torch.searchsorted(reached, at).clamp(1, max(1, len(points) - 1))
    before = after - 1
    after = after.clamp(max=len(points) - 1)
    share = (at - reached[before]) / (reached[after] - reached[before]).clamp(min=1e-9)
    return torch.lerp(points[before], points[after], share.clamp(0, 1).unsqueeze(-1))
