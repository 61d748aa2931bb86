"""Drums hit by hit: at each step a NADE decides about one drum after the other, knowing those before.

A neural autoregressive distribution estimator (Larochelle and Murray 2011) on top of an LSTM whose outputs are its
biases (Boulanger-Lewandowski et al. 2012), as the original's `nade-drums` have it.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from .decoders import LstmDecoder, toss
from .inputs import BitView, shift

FAINTEST = 1e-6  # what the original adds to a probability before it takes the logarithm


class Nade(nn.Module):
    """Bits (..., D), each with a chance that depends on those before it; biases (..., hidden + D) come from outside."""

    def __init__(self, bits: int, hidden: int) -> None:
        super().__init__()
        self.enter = nn.Parameter(torch.randn(bits, hidden) / hidden**0.5)
        self.leave = nn.Parameter(torch.randn(bits, hidden) / hidden**0.5)

    def forward(
        self,
        biases: Tensor,
        bits: Tensor | None = None,
        temperature: float | None = None,
        generator: torch.Generator | None = None,
    ) -> tuple[Tensor, Tensor]:
        """The logits of all bits, and the bits (..., D): those given, or the likelier, or drawn at `temperature`."""
        hidden, offsets = biases.split([self.enter.shape[1], len(self.enter)], -1)
        logits, known = [], []
        for place, (enter, leave) in enumerate(zip(self.enter, self.leave, strict=True)):
            logits.append(offsets[..., place] + torch.sigmoid(hidden) @ leave)
            known.append(toss(logits[-1], temperature, generator) if bits is None else bits[..., place])
            hidden = hidden + known[-1].unsqueeze(-1) * enter
        return torch.stack(logits, -1), torch.stack(known, -1)


class NadeDecoder(LstmDecoder):
    """An LSTM over the drum masks of one part, each a number of `bits`, and a NADE that writes them.

    Its logits are those of each bit, one tensor (B, T, bits).
    """

    view: BitView

    def __init__(
        self,
        z_size: int,
        steps: int,
        view: BitView,
        sizes: tuple[int, ...],
        nade_size: int,
        control_size: int = 0,
    ) -> None:
        outputs = nade_size + view.size
        super().__init__(z_size, steps, view, sizes, control_size=control_size, outputs=outputs)
        self.nade = Nade(view.size, nade_size)

    def forward(
        self, z: Tensor, tokens: Tensor, first: Tensor | None = None, control: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        biases = self.outputs(z, self.view(shift(tokens, first)), control)
        return (self.nade(biases, self.view(tokens).to(biases))[0],)

    def nats(self, logits: tuple[Tensor, ...], tokens: Tensor) -> Tensor:
        chance = torch.sigmoid(logits[0].float())
        surprise = -torch.log(FAINTEST + torch.where(self.view(tokens) == 1, chance, 1 - chance)).sum(-1)
        return surprise.where(tokens[..., 0] >= 0, 0).sum(-1)

    def likeliest(self, logits: tuple[Tensor, ...]) -> Tensor:
        return self.view.masks(toss(logits[0], None, None))

    def _share(self) -> Callable[[Tensor], Tensor]:
        weight = self._by_input()[0]
        return lambda last: linear(self.view(last).to(weight), weight)

    def _choose(self, outputs: Tensor, temperature: float | None, generator: torch.Generator | None) -> Tensor:
        _, bits = self.nade(outputs, None, temperature, generator)
        return self.view.masks(bits)
