"""Learnt operators: how far a code moves where its music gets more or less of an attribute.

The paper adds one vector for all codes (Roberts et al. 2018, section 5.5). What changes a tune and keeps its notes is
another way for every tune: here it is a small network's, learnt from tunes and what a musician would make of them
(`training.operators`). In shapes: N codes, Z latent, K attributes.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from .attributes import ATTRIBUTES


def operator_names(kind: str) -> tuple[str, ...]:
    """The attributes that models of a `kind` of music have operators for."""
    return tuple(ATTRIBUTES.get(kind, (0, {}))[1])


class Operators(nn.Module):
    """A perceptron that moves codes by an amount of one of the attributes `names`; an amount of 0 leaves them alone."""

    def __init__(self, z_size: int, width: int, names: tuple[str, ...]) -> None:
        super().__init__()
        self.names = names
        self.layers = nn.Sequential(
            nn.Linear(z_size + 2 * len(names), width), nn.SiLU(), nn.Linear(width, width), nn.SiLU()
        )
        self.leave = nn.Linear(width, z_size)

    def forward(self, codes: Tensor, attribute: Tensor, amount: Tensor) -> Tensor:
        """Codes (N, Z) moved by an `amount` (N,) of the attribute of that number (N,), from 0 to K."""
        which = one_hot(attribute, len(self.names)).to(codes)
        amount = amount.to(codes).unsqueeze(-1)
        told = torch.cat([codes, which, amount * which], -1).to(self.leave.weight)
        return codes + amount * self.leave(self.layers(told)).to(codes)

    @torch.no_grad()
    def move(self, codes: Tensor, name: str, amount: float) -> Tensor:
        """Codes (N, Z) moved by an `amount` of the attribute of that name."""
        number = torch.full((len(codes),), self.names.index(name), device=codes.device)
        return self(codes, number, codes.new_full((len(codes),), amount))
