"""Decoders: codes (B, Z) to tokens (B, T, P), teacher-forced in training, fed their own tokens in sampling."""

import abc
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from .elbo import cross_entropies
from .inputs import START, View, shift

State = tuple[Tensor, Tensor]  # cell and hidden, each (B, H)
COLDEST = 1e-6  # below it the likeliest is drawn anyway, and logits overflow


class Decoder(nn.Module, abc.ABC):
    """What writes a sequence from a code.

    `first` (B, P) are the tokens that precede the sequence, where something does, and `control` (B, T, C) is what it is
    told beside the code, if it is.
    """

    @abc.abstractmethod
    def forward(
        self, z: Tensor, tokens: Tensor, first: Tensor | None = None, control: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        """Codes (B, Z) and tokens (B, T, P) to the logits of each part, P tensors (B, T, classes).

        Step t sees the tokens before t; a token of -1 is seen as nothing.
        """

    @abc.abstractmethod
    def generate(
        self,
        z: Tensor,
        temperature: float | None,
        generator: torch.Generator | None,
        first: Tensor | None = None,
        control: Tensor | None = None,
    ) -> Tensor:
        """Codes (B, Z) to tokens (B, T, P): the likeliest where `temperature` is None, else drawn at it."""

    def nats(self, logits: tuple[Tensor, ...], tokens: Tensor) -> Tensor:
        """What `tokens` (B, T, P) cost, given the logits of `forward`: (B,); tokens of -1 cost nothing."""
        return cross_entropies(logits, tokens)

    def likeliest(self, logits: tuple[Tensor, ...]) -> Tensor:
        """The tokens (B, T, P) that the logits of `forward` hold likeliest."""
        return torch.stack([part.argmax(-1) for part in logits], -1)


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
    2018, section 3.2), there through a `Plan` where `plan_size` is not 0. A control of `control_size` follows it.
    It puts out a logit for each class of each part, or `outputs` numbers where a subclass makes something else of them.
    """

    def __init__(
        self,
        z_size: int,
        steps: int,
        view: View,
        sizes: tuple[int, ...],
        plan_size: int = 0,
        hidden_size: int = 0,
        control_size: int = 0,
        outputs: int | None = None,
    ) -> None:
        super().__init__()
        self.steps, self.view, self.control_size = steps, view, control_size
        self.classes = [count for count, _ in view.parts]
        self.initial = InitialState(z_size, sizes)
        self.plan = Plan(z_size, steps, plan_size, hidden_size) if plan_size else None
        self.layers = lstm_layers(view.size + (plan_size or z_size) + control_size, sizes)
        self.output = nn.Linear(sizes[-1], sum(self.classes) if outputs is None else outputs)

    def forward(
        self, z: Tensor, tokens: Tensor, first: Tensor | None = None, control: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        return self.outputs(z, self.view(shift(tokens, first)), control).split(self.classes, -1)

    def outputs(self, z: Tensor, seen: Tensor, control: Tensor | None = None) -> Tensor:
        """What it puts out at each step (B, T, O), where it sees the rows (B, T, W) of a view; T may be less."""
        steps = seen.shape[1]
        guide = self.plan(z)[:, :steps] if self.plan is not None else z.unsqueeze(1).expand(-1, steps, -1)
        rows = [seen.to(z), guide, *([] if control is None else [control.to(z)])]
        return self.output(run(self.layers, torch.cat(rows, -1), self.initial(z)))

    def generate(
        self,
        z: Tensor,
        temperature: float | None,
        generator: torch.Generator | None,
        first: Tensor | None = None,
        control: Tensor | None = None,
    ) -> Tensor:
        following = self.following(z, control)
        if first is None:
            first = torch.full((len(z), len(self.view.parts)), START, device=z.device)
        last = self._start(first)
        written: list[Tensor] = []
        for _ in range(self.steps):
            last = self._choose(following(last), temperature, generator)
            written.append(last)
        return self._tokens(torch.stack(written, 1))

    def following(self, z: Tensor, control: Tensor | None = None) -> Callable[[Tensor], Tensor]:
        """What turns the last tokens (B, P) of each step in turn into what the next puts out (B, O)."""
        states, share = self.initial(z), self._share()
        guides = iter(self._guide(z, control).unbind(1))

        def advance(last: Tensor) -> Tensor:
            nonlocal states
            states = self._advance(next(guides) + share(last), states)
            return self.output(states[-1][1])

        return advance

    def _start(self, first: Tensor) -> Tensor:
        """The tokens (B, P) before the first step, as `_choose` would give them."""
        return first

    def _choose(self, outputs: Tensor, temperature: float | None, generator: torch.Generator | None) -> Tensor:
        """What a step's outputs (B, O) come to: the tokens (B, P), or what tells the next step more than these."""
        return torch.stack([pick(one, temperature, generator) for one in outputs.split(self.classes, -1)], -1)

    def _tokens(self, written: Tensor) -> Tensor:
        """What all steps came to, as tokens (B, T, P)."""
        return written

    def _guide(self, z: Tensor, control: Tensor | None) -> Tensor:
        """The share (B, T, 4H) that code and control have in the first layer's gates, computed once."""
        by_code, by_control = self._by_input()[-2:]
        code = self.plan(z) if self.plan is not None else z.unsqueeze(1)
        guide = linear(code, by_code, self.layers[0].bias_ih_l0 + self.layers[0].bias_hh_l0).expand(-1, self.steps, -1)
        return guide if control is None else guide + linear(control.to(z), by_control)

    def _share(self) -> Callable[[Tensor], Tensor]:
        """What turns the last tokens (B, P) into their share (B, 4H) of the first layer's gates.

        A step costs one row look-up a part in place of a product with a one-hot vector.
        """
        by_part = self._by_input()[:-2]
        tables = [linear(self.view.rows(part).to(weight), weight) for part, weight in enumerate(by_part)]
        return lambda last: reduce(torch.add, (table[last[:, part] + 1] for part, table in enumerate(tables)))

    def _by_input(self) -> tuple[Tensor, ...]:
        """What the first layer multiplies with each part's row, with the code, and with the control."""
        weight = self.layers[0].weight_ih_l0
        sizes = [*self.view.sizes, weight.shape[1] - self.view.size - self.control_size, self.control_size]
        return weight.split(sizes, -1)

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

    def forward(
        self, z: Tensor, tokens: Tensor, first: Tensor | None = None, control: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        parts = [
            part(z, tokens[..., p : p + 1], first if first is None else first[:, p : p + 1], control)
            for p, part in enumerate(self.parts)
        ]
        return tuple(logits for (logits,) in parts)

    def generate(
        self,
        z: Tensor,
        temperature: float | None,
        generator: torch.Generator | None,
        first: Tensor | None = None,
        control: Tensor | None = None,
    ) -> Tensor:
        parts = [
            part.generate(z, temperature, generator, first if first is None else first[:, p : p + 1], control)
            for p, part in enumerate(self.parts)
        ]
        return torch.cat(parts, -1)


def pick(logits: Tensor, temperature: float | None, generator: torch.Generator | None) -> Tensor:
    """One token (B,) from logits (B, classes): the likeliest, or drawn at `temperature`."""
    if not temperature:
        return logits.argmax(-1)
    chances = torch.softmax(logits.float() / max(float(temperature), COLDEST), -1)  # halves overflow
    return torch.multinomial(chances, 1, generator=generator).squeeze(-1)


def toss(logits: Tensor, temperature: float | None, generator: torch.Generator | None) -> Tensor:
    """Zeros and ones like `logits`: the likelier, or drawn at `temperature`."""
    if not temperature:
        return (logits >= 0).to(logits.dtype)
    chances = torch.sigmoid(logits.float() / max(float(temperature), COLDEST))
    return torch.bernoulli(chances, generator=generator).to(logits.dtype)
