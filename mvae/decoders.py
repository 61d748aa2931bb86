"""Decoders: codes (B, Z) to tokens (B, T, P), teacher-forced in training, fed their own tokens in sampling."""

import abc
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from .inputs import START, TokenView, shift

State = tuple[Tensor, Tensor]  # cell and hidden, each (B, H)
COLDEST = 1e-6  # below it the likeliest is drawn anyway, and logits overflow


class Decoder(nn.Module, abc.ABC):
    """What writes a sequence from a code.

    `first` (B, P) are the tokens that precede the sequence, where something does.
    """

    @abc.abstractmethod
    def forward(self, z: Tensor, tokens: Tensor, first: Tensor | None = None) -> tuple[Tensor, ...]:
        """Codes (B, Z) and tokens (B, T, P) to the logits of each part, P tensors (B, T, classes).

        Step t sees the tokens before t; a token of -1 is seen as nothing.
        """

    @abc.abstractmethod
    def generate(
        self, z: Tensor, temperature: float | None, generator: torch.Generator | None, first: Tensor | None = None
    ) -> Tensor:
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


class InitialState(nn.Linear):
    """Codes (B, Z) to the state in which each of the layers begins, tanh-projected."""

    def __init__(self, z_size: int, sizes: tuple[int, ...]) -> None:
        super().__init__(z_size, 2 * sum(sizes))
        self.sizes = sizes

    def forward(self, z: Tensor) -> list[State]:
        """(cell, hidden) of each layer; the original lays them out in this order."""
        pieces = torch.tanh(super().forward(z)).split([size for size in self.sizes for _ in range(2)], -1)
        return [(pieces[i].contiguous(), pieces[i + 1].contiguous()) for i in range(0, len(pieces), 2)]


def lstm_layers(width: int, sizes: tuple[int, ...]) -> Any:
    """Layers of LSTMs over rows of `width` numbers; a ModuleList, whose weights no type checker knows."""
    pairs = zip([width, *sizes[:-1]], sizes, strict=True)
    return nn.ModuleList(nn.LSTM(below, size, batch_first=True) for below, size in pairs)


def run(layers: Any, rows: Tensor, states: list[State]) -> Tensor:
    """Rows (B, T, W) through layers that begin in `states`: the outputs (B, T, H) of the last."""
    for layer, (cell, hidden) in zip(layers, states, strict=True):
        rows, _ = layer(rows, (hidden.unsqueeze(0), cell.unsqueeze(0)))
    return rows


class LstmDecoder(Decoder):
    """Layers of LSTMs over the tokens of one part, or of several that are written side by side.

    The code enters twice: as the tanh-projected initial state, and at every step beside the last token (Roberts et al.
    2018, section 3.2), there through a `Plan` where `plan_size` is not 0.
    """

    def __init__(
        self,
        z_size: int,
        steps: int,
        view: TokenView,
        sizes: tuple[int, ...],
        plan_size: int = 0,
        hidden_size: int = 0,
    ) -> None:
        super().__init__()
        self.steps, self.view = steps, view
        self.classes = [count for count, _ in view.parts]
        self.initial = InitialState(z_size, sizes)
        self.plan = Plan(z_size, steps, plan_size, hidden_size) if plan_size else None
        self.layers = lstm_layers(view.size + (plan_size or z_size), sizes)
        self.output = nn.Linear(sizes[-1], sum(self.classes))

    def forward(self, z: Tensor, tokens: Tensor, first: Tensor | None = None) -> tuple[Tensor, ...]:
        guide = self.plan(z) if self.plan is not None else z.unsqueeze(1).expand(-1, self.steps, -1)
        rows = torch.cat([self.view(shift(tokens, first)), guide], -1)
        return self.output(run(self.layers, rows, self.initial(z))).split(self.classes, -1)

    def generate(
        self, z: Tensor, temperature: float | None, generator: torch.Generator | None, first: Tensor | None = None
    ) -> Tensor:
        states = self.initial(z)
        guide, tables = self._input_shares(z)
        last = torch.full((len(z), len(tables)), START, device=z.device) if first is None else first
        tokens = torch.empty(len(z), self.steps, len(tables), dtype=torch.long, device=z.device)
        for step in range(self.steps):
            gates = guide[:, step]
            for part, table in enumerate(tables):
                gates = gates + table[last[:, part] + 1]
            states = self._advance(gates, states)
            logits = self.output(states[-1][1]).split(self.classes, -1)
            last = torch.stack([pick(one, temperature, generator) for one in logits], -1)
            tokens[:, step] = last
        return tokens

    def _input_shares(self, z: Tensor) -> tuple[Tensor, list[Tensor]]:
        """What the code (B, T, 4H) and each last token of each part (classes + 1, 4H) give to the first layer's gates.

        Computed once, so that a step costs one row look-up a part in place of a product with a one-hot vector.
        """
        first = self.layers[0]
        *by_part, by_code = first.weight_ih_l0.split([*self.view.sizes, first.input_size - self.view.size], -1)
        code = self.plan(z) if self.plan is not None else z.unsqueeze(1)
        guide = linear(code, by_code, first.bias_ih_l0 + first.bias_hh_l0).expand(-1, self.steps, -1)
        return guide, [linear(self.view.rows(part).to(z.device), weight) for part, weight in enumerate(by_part)]

    def _advance(self, gates: Tensor, states: list[State]) -> list[State]:
        """One step of every layer; `gates` is the input's share of the first layer's gates."""
        following: list[State] = []
        for layer, (cell, hidden) in zip(self.layers, states, strict=True):
            if following:
                gates = linear(following[-1][1], layer.weight_ih_l0, layer.bias_ih_l0 + layer.bias_hh_l0)
            i, f, g, o = (gates + linear(hidden, layer.weight_hh_l0)).chunk(4, -1)
            cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
            following.append((cell, torch.sigmoid(o) * torch.tanh(cell)))
        return following


class PartsDecoder(Decoder):
    """A decoder for each part, which all read the same code and do not see one another (Roberts et al. 2018, 3.3)."""

    def __init__(self, decoders: Sequence[Decoder]) -> None:
        super().__init__()
        self.parts: Any = nn.ModuleList(decoders)

    def forward(self, z: Tensor, tokens: Tensor, first: Tensor | None = None) -> tuple[Tensor, ...]:
        parts = [
            part(z, tokens[..., p : p + 1], first if first is None else first[:, p : p + 1])
            for p, part in enumerate(self.parts)
        ]
        return tuple(logits for (logits,) in parts)

    def generate(
        self, z: Tensor, temperature: float | None, generator: torch.Generator | None, first: Tensor | None = None
    ) -> Tensor:
        parts = [
            part.generate(z, temperature, generator, first if first is None else first[:, p : p + 1])
            for p, part in enumerate(self.parts)
        ]
        return torch.cat(parts, -1)


def pick(logits: Tensor, temperature: float | None, generator: torch.Generator | None) -> Tensor:
    """One token (B,) from logits (B, classes): the likeliest, or drawn at `temperature`."""
    if not temperature:
        return logits.argmax(-1)
    chances = torch.softmax(logits / max(float(temperature), COLDEST), -1)
    return torch.multinomial(chances, 1, generator=generator).squeeze(-1)
