"""Decoders: codes (B, Z) to tokens (B, T, P), teacher-forced in training, fed their own tokens in sampling."""

import abc
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from .inputs import START, one_hot, shift

COLDEST = 1e-6  # below it the likeliest is drawn anyway, and logits overflow


class Decoder(nn.Module, abc.ABC):
    """What writes a sequence from a code."""

    @abc.abstractmethod
    def forward(self, z: Tensor, tokens: Tensor) -> tuple[Tensor, ...]:
        """Codes (B, Z) and tokens (B, T, P) to the logits of each part, P tensors (B, T, classes).

        Step t sees the tokens before t; a token of -1 is seen as nothing.
        """

    @abc.abstractmethod
    def generate(self, z: Tensor, temperature: float | None, generator: torch.Generator | None) -> Tensor:
        """Codes (B, Z) to tokens (B, T, P): the likeliest where `temperature` is None, else drawn at it."""


class Plan(nn.Module):
    """A small perceptron that unrolls a code (B, Z) into one vector for each step (B, T, size).

    It stands where the original feeds the same code at every step: the decoder need not count steps to know what the
    code says of this one. It is a conductor without recurrence, whose segments are single steps.
    """

    def __init__(self, z_size: int, steps: int, size: int, hidden: int) -> None:
        super().__init__()
        self.shape = steps, size
        self.layers = nn.Sequential(nn.Linear(z_size, hidden), nn.SiLU(), nn.Linear(hidden, steps * size))

    def forward(self, z: Tensor) -> Tensor:
        return self.layers(z).unflatten(-1, self.shape)


class LstmDecoder(Decoder):
    """Layers of LSTMs over the tokens of one part.

    The code enters twice: as the tanh-projected initial state, and at every step beside the last token (Roberts et al.
    2018, section 3.2), there through a `Plan` where `plan_size` is not 0.
    """

    layers: Any  # a ModuleList of LSTMs, whose weights no type checker knows

    def __init__(
        self,
        z_size: int,
        steps: int,
        classes: int,
        sizes: tuple[int, ...],
        plan_size: int = 0,
        hidden_size: int = 0,
    ) -> None:
        super().__init__()
        self.steps, self.classes, self.sizes = steps, classes, sizes
        self.initial = nn.Linear(z_size, 2 * sum(sizes))
        self.plan = Plan(z_size, steps, plan_size, hidden_size) if plan_size else None
        widths = [classes + (plan_size or z_size), *sizes]
        self.layers = nn.ModuleList(
            nn.LSTM(width, size, batch_first=True) for width, size in zip(widths[:-1], sizes, strict=True)
        )
        self.output = nn.Linear(sizes[-1], classes)

    def forward(self, z: Tensor, tokens: Tensor) -> tuple[Tensor, ...]:
        guide = self.plan(z) if self.plan is not None else z.unsqueeze(1).expand(-1, self.steps, -1)
        outputs = torch.cat([one_hot(shift(tokens[..., 0]), self.classes), guide], -1)
        for layer, (cell, hidden) in zip(self.layers, self._initial_state(z), strict=True):
            outputs, _ = layer(outputs, (hidden.unsqueeze(0), cell.unsqueeze(0)))
        return (self.output(outputs),)

    def generate(self, z: Tensor, temperature: float | None, generator: torch.Generator | None) -> Tensor:
        states = self._initial_state(z)
        guide, rows = self._input_shares(z)
        token = torch.full((len(z),), START, device=z.device)
        tokens = torch.empty(len(z), self.steps, dtype=torch.long, device=z.device)
        for step in range(self.steps):
            gates = guide[:, step] + rows[token + 1]
            states = self._advance(gates, states)
            token = pick(self.output(states[-1][1]), temperature, generator)
            tokens[:, step] = token
        return tokens.unsqueeze(-1)

    def _initial_state(self, z: Tensor) -> list[tuple[Tensor, Tensor]]:
        """(cell, hidden) of each layer; the original lays them out in this order."""
        pieces = torch.tanh(self.initial(z)).split([size for size in self.sizes for _ in range(2)], -1)
        return [(pieces[i].contiguous(), pieces[i + 1].contiguous()) for i in range(0, len(pieces), 2)]

    def _input_shares(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """What the code (B, T, 4H) and each last token (classes + 1, 4H) give to the first layer's gates.

        Computed once, so that a step costs one row look-up in place of a product with a one-hot vector.
        """
        first = self.layers[0]
        by_token, by_code = first.weight_ih_l0[:, : self.classes], first.weight_ih_l0[:, self.classes :]
        code = self.plan(z) if self.plan is not None else z.unsqueeze(1)
        guide = linear(code, by_code, first.bias_ih_l0 + first.bias_hh_l0).expand(-1, self.steps, -1)
        rows = torch.cat([torch.zeros_like(by_token[:, :1]), by_token], 1).T.contiguous()
        return guide, rows

    def _advance(self, gates: Tensor, states: list[tuple[Tensor, Tensor]]) -> list[tuple[Tensor, Tensor]]:
        """One step of every layer; `gates` is the input's share of the first layer's gates."""
        following: list[tuple[Tensor, Tensor]] = []
        for layer, (cell, hidden) in zip(self.layers, states, strict=True):
            if following:
                gates = linear(following[-1][1], layer.weight_ih_l0, layer.bias_ih_l0 + layer.bias_hh_l0)
            i, f, g, o = (gates + linear(hidden, layer.weight_hh_l0)).chunk(4, -1)
            cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
            following.append((cell, torch.sigmoid(o) * torch.tanh(cell)))
        return following


def pick(logits: Tensor, temperature: float | None, generator: torch.Generator | None) -> Tensor:
    """One token (B,) from logits (B, classes): the likeliest, or drawn at `temperature`."""
    if not temperature:
        return logits.argmax(-1)
    chances = torch.softmax(logits / max(float(temperature), COLDEST), -1)
    return torch.multinomial(chances, 1, generator=generator).squeeze(-1)
