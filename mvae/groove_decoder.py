"""Grooves written step by step: which drums are hit, how hard, and how far off the grid (Gillick et al. 2019)."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import linear

from .decoders import LstmDecoder, toss
from .inputs import GrooveView, shift

FAINTEST = 1e-7  # what the original adds to the probability of a hit before it takes the logarithm


class GrooveDecoder(LstmDecoder):
    """An LSTM over the rows of a groove: hits are drawn, velocities and offsets are what they are.

    Its logits are one tensor (B, T, 27): of hits, of velocities from 0 to 1, and the inverse hyperbolic tangents of
    offsets from -1, half a step late, to 1, half a step early.
    """

    view: GrooveView

    def __init__(
        self, z_size: int, steps: int, view: GrooveView, sizes: tuple[int, ...], control_size: int = 0
    ) -> None:
        super().__init__(z_size, steps, view, sizes, control_size=control_size, outputs=view.size)

    def forward(
        self, z: Tensor, tokens: Tensor, first: Tensor | None = None, control: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        return (self.outputs(z, self.view(shift(tokens, first)), control),)

    def nats(self, logits: tuple[Tensor, ...], tokens: Tensor) -> Tensor:
        return self.cost(logits[0].float(), self.view.rows_of(tokens)).where(tokens[..., 0] >= 0, 0).sum(-1)

    def likeliest(self, logits: tuple[Tensor, ...]) -> Tensor:
        return self._tokens(self._choose(logits[0], None, None))

    def cost(self, logits: Tensor, rows: Tensor) -> Tensor:
        """What each step (B, T) of rows (B, T, 27) costs: nats of the hits, and squared errors of the others."""
        hit, hard, early = logits.chunk(3, -1)
        was_hit, was_hard, was_early = rows.chunk(3, -1)
        chance = torch.sigmoid(hit)
        hits = was_hit * torch.log(chance + FAINTEST) + (1 - was_hit) * torch.log(1 - chance + FAINTEST)
        errors = (torch.sigmoid(hard) - was_hard) ** 2 + (torch.tanh(early) - was_early) ** 2
        return (errors - hits).sum(-1)

    def _start(self, first: Tensor) -> Tensor:
        return self.view.rows_of(first)

    def _share(self) -> Callable[[Tensor], Tensor]:
        weight = self._by_input()[0]
        return lambda last: linear(last.to(weight), weight)

    def _choose(self, outputs: Tensor, temperature: float | None, generator: torch.Generator | None) -> Tensor:
        """The next row (B, 27), which the step after it sees as it is, not rounded to tokens."""
        hit, hard, early = outputs.chunk(3, -1)
        return torch.cat([toss(hit, temperature, generator), torch.sigmoid(hard), torch.tanh(early)], -1)

    def _tokens(self, written: Tensor) -> Tensor:
        return self.view.tokens_of(written)
