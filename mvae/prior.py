"""Where codes come from: a flow fitted to the posteriors of real music, in place of N(0, I).

The codes of real songs do not fill N(0, I), and what the decoder makes of the gaps is no music. The flow learns the
velocity that carries noise to codes along straight lines (flow matching, Lipman et al. 2023); it leaves the encoder,
the decoder and their latent space as they are. It is told a profile of the music to come (`mvae.profile`), drawn from
a bank of real ones: without it codes come out between two keys, and the tunes in neither.
"""

import math

import torch
from torch import Tensor, nn

INTEGRATION_STEPS = 8
FREQUENCIES = 16
BANK = 2048  # profiles kept with a prior


class Block(nn.Module):
    """A residual perceptron whose hidden layer is moved by what it is told of the time and the profile."""

    def __init__(self, width: int, told: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.enter = nn.Linear(width, width)
        self.tell = nn.Linear(told, width)
        self.leave = nn.Linear(width, width)

    def forward(self, x: Tensor, told: Tensor) -> Tensor:
        hidden = torch.nn.functional.silu(self.enter(self.norm(x)) + self.tell(told))
        return x + self.leave(hidden)


class FlowPrior(nn.Module):
    """A distribution over codes: noise (N, Z), carried to codes by a learnt velocity.

    Profiles (N, F) are optional: without them the codes are of music of any profile.
    """

    mean: Tensor
    scale: Tensor
    profiles: Tensor

    def __init__(self, z_size: int, width: int, profile_size: int, depth: int = 4) -> None:
        super().__init__()
        self.enter = nn.Linear(z_size, width)
        self.blocks = nn.ModuleList(Block(width, 2 * FREQUENCIES + profile_size + 1) for _ in range(depth))
        self.leave = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, z_size))
        self.register_buffer("mean", torch.zeros(z_size))
        self.register_buffer("scale", torch.ones(z_size))
        self.register_buffer("profiles", torch.zeros(BANK, profile_size))

    def velocity(self, x: Tensor, time: Tensor, profiles: Tensor | None = None) -> Tensor:
        """The velocity (N, Z) at places `x` (N, Z) and times `time` (N,) from 0, noise, to 1, codes.

        A profile of NaN is none. It is as precise as its weights are, and in the dtype of `x`.
        """
        frequencies = torch.arange(FREQUENCIES, dtype=x.dtype, device=x.device)
        angles = time[:, None] * torch.exp2(frequencies / 2) * math.pi / 2
        profiles = x.new_full((len(x), self.profiles.shape[1]), math.nan) if profiles is None else profiles
        told = torch.cat([angles.sin(), angles.cos(), profiles.nan_to_num(0), profiles[:, :1].isfinite().float()], -1)
        hidden, told = self.enter(x.to(self.mean)), told.to(self.mean)
        for block in self.blocks:
            hidden = block(hidden, told)
        return self.leave(hidden).to(x.dtype)

    def draw_profiles(self, n: int, generator: torch.Generator) -> Tensor:
        """Profiles (n, F) from the bank."""
        return self.profiles[torch.randint(BANK, (n,), generator=generator, device=self.profiles.device)]

    def draw(self, noise: Tensor, generator: torch.Generator, guidance: float = 1.0) -> Tensor:
        """Noise (N, Z) to codes (N, Z) of music whose profiles are drawn from the bank."""
        return self(noise, self.draw_profiles(len(noise), generator), guidance)

    def forward(self, noise: Tensor, profiles: Tensor | None = None, guidance: float = 1.0) -> Tensor:
        """Noise (N, Z) to codes (N, Z), by the midpoint rule.

        With a `guidance` above 1 it heeds the profiles more than it should.
        """
        x, width = noise, 1 / INTEGRATION_STEPS
        for step in range(INTEGRATION_STEPS):
            half = x + width / 2 * self._guided(x, step * width, profiles, guidance)
            x = x + width * self._guided(half, (step + 0.5) * width, profiles, guidance)
        return self.mean + self.scale * x

    def inverse(self, codes: Tensor) -> Tensor:
        """Codes (N, Z) to the noise (N, Z) that, told no profile, comes close to them."""
        x, width = (codes - self.mean) / self.scale, 1 / INTEGRATION_STEPS
        for step in range(INTEGRATION_STEPS, 0, -1):
            half = x - width / 2 * self._guided(x, step * width)
            x = x - width * self._guided(half, (step - 0.5) * width)
        return x

    def _guided(self, x: Tensor, time: float, profiles: Tensor | None = None, guidance: float = 1.0) -> Tensor:
        """The velocity away from that of any music, and towards that of music with these profiles."""
        if profiles is None:
            return self.velocity(x, x.new_full((len(x),), time))
        both = torch.cat([profiles, torch.full_like(profiles, math.nan)])
        told, untold = self.velocity(x.repeat(2, 1), x.new_full((2 * len(x),), time), both).chunk(2)
        return untold + guidance * (told - untold)

    def loss(self, codes: Tensor, noise: Tensor, time: Tensor, profiles: Tensor | None = None) -> Tensor:
        """The mean squared error of the velocity on the lines from `noise` to `codes`, all (N, Z), at `time` (N,)."""
        target = (codes - self.mean) / self.scale
        at = torch.lerp(noise, target, time[:, None])
        return (self.velocity(at, time, profiles) - (target - noise)).square().mean()
