"""Where codes come from: a flow fitted to the posteriors of real music, in place of N(0, I).

The codes of real songs do not fill N(0, I), and what the decoder makes of the gaps is no music. The flow learns the
velocity that carries noise to codes along straight lines (flow matching, Lipman et al. 2023); it leaves the encoder,
the decoder and their latent space as they are.
"""

import math

import torch
from torch import Tensor, nn

INTEGRATION_STEPS = 24
INVERSION_ROUNDS = 4
FREQUENCIES = 16


class Block(nn.Module):
    """A residual perceptron whose hidden layer is moved by the time."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.enter = nn.Linear(width, width)
        self.time = nn.Linear(2 * FREQUENCIES, width)
        self.leave = nn.Linear(width, width)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        hidden = torch.nn.functional.silu(self.enter(self.norm(x)) + self.time(time))
        return x + self.leave(hidden)


class FlowPrior(nn.Module):
    """A distribution over codes: noise (N, Z), carried to codes by a learnt velocity."""

    mean: Tensor
    scale: Tensor

    def __init__(self, z_size: int, width: int, depth: int = 4) -> None:
        super().__init__()
        self.enter = nn.Linear(z_size, width)
        self.blocks = nn.ModuleList(Block(width) for _ in range(depth))
        self.leave = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, z_size))
        self.register_buffer("mean", torch.zeros(z_size))
        self.register_buffer("scale", torch.ones(z_size))

    def velocity(self, x: Tensor, time: Tensor) -> Tensor:
        """The velocity (N, Z) at places `x` (N, Z) and times `time` (N,) from 0, noise, to 1, codes."""
        angles = time[:, None] * torch.exp2(torch.arange(FREQUENCIES, device=x.device) / 2) * math.pi / 2
        features = torch.cat([angles.sin(), angles.cos()], -1)
        hidden = self.enter(x)
        for block in self.blocks:
            hidden = block(hidden, features)
        return self.leave(hidden)

    def forward(self, noise: Tensor, steps: int = INTEGRATION_STEPS) -> Tensor:
        """Noise (N, Z) to codes (N, Z), by the midpoint rule."""
        x = noise
        for step in range(steps):
            x = x + self._stride(x, step, steps)
        return self.mean + self.scale * x

    def inverse(self, codes: Tensor, steps: int = INTEGRATION_STEPS) -> Tensor:
        """Codes (N, Z) to the noise (N, Z) that `forward` makes them of, nearly: each stride is undone by iteration."""
        x = (codes - self.mean) / self.scale
        for step in reversed(range(steps)):
            arrived = x
            for _ in range(INVERSION_ROUNDS):
                x = arrived - self._stride(x, step, steps)
        return x

    def _stride(self, x: Tensor, step: int, steps: int) -> Tensor:
        """How far (N, Z) the flow carries `x` in one of `steps` strides."""
        time = torch.full((len(x),), step / steps, device=x.device)
        half = x + self.velocity(x, time) / (2 * steps)
        return self.velocity(half, time + 1 / (2 * steps)) / steps

    def loss(self, codes: Tensor, noise: Tensor, time: Tensor) -> Tensor:
        """The mean squared error of the velocity on the lines from `noise` to `codes`, all (N, Z), at `time` (N,)."""
        target = (codes - self.mean) / self.scale
        at = torch.lerp(noise, target, time[:, None])
        return (self.velocity(at, time) - (target - noise)).square().mean()
