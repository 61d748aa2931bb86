"""The conductor: one embedding for each segment from a code, and a decoder that writes all segments from these."""

import torch
from torch import Tensor, nn

from .decoders import Decoder, InitialState, Plan, lstm_layers, run


class Conductor(nn.Module):
    """Layers of LSTMs that unroll a code (B, Z) into one embedding for each segment (B, S, size).

    Nothing is fed back to it (Roberts et al. 2018, section 3.2). At each step it is given its own vector of a `Plan`,
    or a zero where `plan_size` is 0, as the original does it. With `embedding_size` its states are projected. With a
    `shortcut` they are added to embeddings that are linear in the code.
    """

    def __init__(
        self,
        z_size: int,
        segments: int,
        sizes: tuple[int, ...],
        embedding_size: int = 0,
        plan_size: int = 0,
        hidden_size: int = 0,
        shortcut: bool = False,
    ) -> None:
        super().__init__()
        self.segments = segments
        self.size = embedding_size or sizes[-1]
        self.initial = InitialState(z_size, sizes)
        self.plan = Plan(z_size, segments, plan_size, hidden_size) if plan_size else None
        self.layers = lstm_layers(plan_size or 1, sizes)
        self.output = nn.Linear(sizes[-1], embedding_size) if embedding_size else nn.Identity()
        self.direct = nn.Linear(z_size, segments * self.size) if shortcut else None

    def forward(self, z: Tensor) -> Tensor:
        rows = self.plan(z) if self.plan is not None else z.new_zeros(len(z), self.segments, 1)
        embeddings = self.output(run(self.layers, rows, self.initial(z)))
        return embeddings if self.direct is None else embeddings + self.direct(z).view_as(embeddings)


class ConductorDecoder(Decoder):
    """A conductor, and a decoder of one segment that takes the segment's embedding for its code.

    Segments that are written independently of one another are one batch. Those that are `carried` across are told the
    last token of the segment before, and so are written one after the other, as the original does it.
    """

    def __init__(self, conductor: Conductor, segment: Decoder, carried: bool = False) -> None:
        super().__init__()
        self.conductor, self.segment, self.carried = conductor, segment, carried

    def forward(
        self, z: Tensor, tokens: Tensor, first: Tensor | None = None, control: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        embeddings = self.conductor(z)
        segments = self._segments(tokens)
        before = self._carry(segments[:, :, -1], first).flatten(0, 1) if self.carried else None
        told = None if control is None else self._segments(control).flatten(0, 1)
        logits = self.segment(embeddings.flatten(0, 1), segments.flatten(0, 1), before, told)
        return tuple(part.unflatten(0, embeddings.shape[:2]).flatten(1, 2) for part in logits)

    def nats(self, logits: tuple[Tensor, ...], tokens: Tensor) -> Tensor:
        return self.segment.nats(logits, tokens)

    def likeliest(self, logits: tuple[Tensor, ...]) -> Tensor:
        return self.segment.likeliest(logits)

    def _segments(self, steps: Tensor) -> Tensor:
        """Steps (B, T, ...) as those of each segment (B, S, T / S, ...)."""
        return steps.unflatten(1, (self.conductor.segments, -1))

    def _carry(self, last: Tensor, first: Tensor | None) -> Tensor:
        """The tokens (B, S, P) before each segment, given the last of each."""
        start = torch.full_like(last[:, :1], -1) if first is None else first.unsqueeze(1)
        return torch.cat([start, last[:, :-1]], 1)

    def generate(
        self,
        z: Tensor,
        temperature: float | None,
        generator: torch.Generator | None,
        first: Tensor | None = None,
        control: Tensor | None = None,
    ) -> Tensor:
        embeddings = self.conductor(z)
        told = None if control is None else self._segments(control)
        if not self.carried:
            together = None if told is None else told.flatten(0, 1)
            tokens = self.segment.generate(embeddings.flatten(0, 1), temperature, generator, None, together)
            return tokens.unflatten(0, embeddings.shape[:2]).flatten(1, 2)
        pieces: list[Tensor] = []
        for number, embedding in enumerate(embeddings.unbind(1)):
            alone = None if told is None else told[:, number]
            pieces.append(self.segment.generate(embedding, temperature, generator, first, alone))
            first = pieces[-1][:, -1]
        return torch.cat(pieces, 1)
