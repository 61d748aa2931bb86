"""Walks and planes in latent space: slerp, lerp, palettes and the lines drawn on them; pure functions of codes.

A palette is spanned by four codes (4, Z) in reading order: top left, top right, bottom left, bottom right. A place on
it is (x, y): x from 0, left, to 1, right; y from 0, top, to 1, bottom.
"""

import torch
from torch import Tensor
from torch.nn.functional import normalize


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


def on_palette(corners: Tensor, places: Tensor) -> Tensor:
    """The codes (..., Z) at `places` (..., 2) of the palette of `corners` (4, Z): slerp along x, then along y."""
    (top_left, top_right, bottom_left, bottom_right), (x, y) = corners, places.to(corners).unbind(-1)
    return slerp(slerp(top_left, top_right, x), slerp(bottom_left, bottom_right, x), y)


def grid(rows: int, columns: int) -> Tensor:
    """The places (rows, columns, 2) of the cells of a palette; its corner cells lie in the corners."""
    ways = (torch.linspace(0, 1, count, dtype=torch.float32, device="cpu") for count in (rows, columns))
    y, x = torch.meshgrid(*ways, indexing="ij")
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
