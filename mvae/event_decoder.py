"""A decoder of events that end before their steps do."""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from .decoders import LstmDecoder
from .inputs import View

GROUPS = 8  # of sequences of about the same length that are computed together
NEVER = -1e4  # a logit


class EventDecoder(LstmDecoder):
    """An LSTM over events of which `end` is the last, and fills up the steps that are left.

    After the end nothing is computed: that it is followed by itself is certain. An instrument of a band says little in
    most bars, and training sees several times as many bars.
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
        *,
        end: int,
    ) -> None:
        super().__init__(z_size, steps, view, sizes, plan_size, hidden_size, control_size)
        self.end = end

    def forward(
        self, z: Tensor, tokens: Tensor, first: Tensor | None = None, control: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        lengths = self._lengths(tokens[..., 0])
        order = lengths.argsort()
        pieces = [
            self._until(
                int(lengths[rows].max()),
                lengths[rows],
                z[rows],
                tokens[rows],
                None if first is None else first[rows],
                None if control is None else control[rows],
            )
            for rows in order.chunk(GROUPS)
        ]
        return (torch.cat(pieces)[order.argsort()],)

    def nats(self, logits: tuple[Tensor, ...], tokens: Tensor) -> Tensor:
        """As of any decoder; computed only where tokens say something, which is at a few of the steps."""
        told = tokens[..., 0] >= 0
        costs = cross_entropy(logits[0][told].float(), tokens[told][:, 0], reduction="none")
        return costs.new_zeros(told.shape).masked_scatter(told, costs).sum(-1)

    def _lengths(self, line: Tensor) -> Tensor:
        """How many of the tokens (B, T) there are until the first end, with it: (B,)."""
        ended = (line == self.end).int().cumsum(-1).clamp(max=1)
        return self.steps - (ended.sum(-1) - 1).clamp(min=0)

    def _until(
        self, steps: int, lengths: Tensor, z: Tensor, tokens: Tensor, first: Tensor | None, control: Tensor | None
    ) -> Tensor:
        """The logits (B, T, classes) of sequences of which the longest has `steps`."""
        told = None if control is None else control[:, :steps]
        (logits,) = super().forward(z, tokens[:, :steps], first, told)
        past = torch.arange(steps, device=z.device) >= lengths.unsqueeze(-1)
        ended = logits.new_full((self.classes[0],), NEVER)
        ended[self.end] = 0
        rest = ended.expand(len(z), self.steps - steps, -1)
        return torch.cat([logits.where(~past.unsqueeze(-1), ended), rest], 1)
