"""Encoders: rows (B, T, W), what a `TokenView` shows of tokens, to one embedding (B, size) of the whole sequence."""

import abc
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence

STRIDE = 8  # steps: sequences that end in the same stride are read together


class Encoder(nn.Module, abc.ABC):
    """What summarises a sequence; `size` is the width of its embedding."""

    size: int

    @abc.abstractmethod
    def forward(self, rows: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Rows (B, T, W) to embeddings (B, size); of each segment the first `lengths` (B, S), at least 1, are read."""


class BidirectionalLstmEncoder(Encoder):
    """Layers of bidirectional LSTMs over rows of `width` numbers.

    Without a readout the embedding is the last state of either direction (Roberts et al. 2018, section 3.1). With
    `readout_size` each step's states are projected to that many numbers, and one dense layer of `hidden_size` reads all
    steps side by side: gradients reach every step directly, and training needs far fewer examples.
    """

    def __init__(
        self, width: int, steps: int, sizes: tuple[int, ...], readout_size: int = 0, hidden_size: int = 0
    ) -> None:
        super().__init__()
        widths = [width, *(2 * size for size in sizes)]
        self.layers = nn.ModuleList(
            nn.LSTM(width, size, batch_first=True, bidirectional=True)
            for width, size in zip(widths[:-1], sizes, strict=True)
        )
        self.size = hidden_size if readout_size else widths[-1]
        self.readout = Readout(steps, widths[-1], readout_size, hidden_size) if readout_size else None

    def forward(self, rows: Tensor, lengths: Tensor | None = None) -> Tensor:
        if lengths is None:
            states, last = self._run(rows)
            return last if self.readout is None else self.readout(states)
        if self.readout is None:
            return self._read_to_the_end(rows, lengths.flatten())
        return self._read_in_strides(rows, lengths.flatten(), self.readout)

    def _run(self, rows: Any) -> tuple[Any, Tensor]:
        """Rows through all layers: the states (B, T, H) of the last, and its last in either direction (B, H)."""
        last = torch.empty(0, device="cpu")
        for layer in self.layers:
            rows, (last, _) = layer(rows)
        return rows, torch.cat([last[0], last[1]], -1)

    def _read_in_strides(self, rows: Tensor, lengths: Tensor, readout: "Readout") -> Tensor:
        """Sequences of `lengths` (B,), each read to the end of the stride in which it ends; the rest has no states."""
        reach = torch.where(lengths > 1, -(-lengths // STRIDE) * STRIDE, 1)  # for most there is only an end to read
        groups = [(reach == steps).nonzero().squeeze(-1) for steps in reach.unique()]
        embeddings = [readout(self._run(rows[group, : int(reach[group[0]])])[0]) for group in groups]
        return torch.cat(embeddings)[torch.cat(groups).argsort()]

    def _read_to_the_end(self, rows: Tensor, lengths: Tensor) -> Tensor:
        """As `forward` without a readout, for sequences of `lengths` (B,); what follows them is not there."""
        packed: Any = pack_padded_sequence(rows, lengths.cpu(), batch_first=True, enforce_sorted=False)
        return self._run(packed)[1]


class Readout(nn.Module):
    """States of all steps (B, T, width), or of the first of them, to one embedding (B, hidden)."""

    def __init__(self, steps: int, width: int, size: int, hidden: int) -> None:
        super().__init__()
        self.steps = steps
        self.each = nn.Linear(width, size)
        self.all = nn.Linear(steps * size, hidden)

    def forward(self, states: Tensor) -> Tensor:
        each = self.each(states)
        missing = self.steps - each.shape[1]
        return functional.silu(self.all(functional.pad(each, (0, 0, 0, missing)).flatten(1)))


class PartsEncoder(Encoder):
    """An encoder for each part, of which each hears only its own; their embeddings lie side by side."""

    def __init__(self, widths: Sequence[int], encoders: Sequence[Encoder]) -> None:
        super().__init__()
        self.widths = list(widths)
        self.parts: Any = nn.ModuleList(encoders)
        self.size = sum(encoder.size for encoder in encoders)

    def forward(self, rows: Tensor, lengths: Tensor | None = None) -> Tensor:
        heard = zip(self.parts, rows.split(self.widths, -1), strict=True)
        return torch.cat([part(own, lengths) for part, own in heard], -1)


class HierarchicalEncoder(Encoder):
    """Every segment encoded by itself, all at once by `segment`, then the sequence of their embeddings.

    With `embedding_size` a segment's embedding is projected to that many numbers: its code. With a `shortcut` these
    codes stand beside the embedding of the whole: what is linear in them need not be learnt by the layers above.
    """

    def __init__(
        self,
        segment: Encoder,
        segments: int,
        sizes: tuple[int, ...],
        embedding_size: int = 0,
        readout_size: int = 0,
        hidden_size: int = 0,
        shortcut: bool = False,
    ) -> None:
        super().__init__()
        self.segments, self.segment, self.shortcut = segments, segment, shortcut
        self.embed = nn.Linear(self.segment.size, embedding_size) if embedding_size else nn.Identity()
        width = embedding_size or self.segment.size
        self.whole = BidirectionalLstmEncoder(width, segments, sizes, readout_size, hidden_size)
        self.size = self.whole.size + (segments * width if shortcut else 0)

    def embeddings(self, rows: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Rows (B, T, W) to the embeddings of their segments (B, S, E), of `lengths` (B, S) if not of all steps."""
        segments = rows.unflatten(1, (self.segments, -1)).flatten(0, 1)
        return self.embed(self.segment(segments, lengths)).unflatten(0, (-1, self.segments))

    def summary(self, embeddings: Tensor) -> Tensor:
        """The embeddings of segments (B, S, E) to that of the whole (B, size)."""
        whole = self.whole(embeddings)
        return torch.cat([whole, embeddings.flatten(1)], -1) if self.shortcut else whole

    def forward(self, rows: Tensor, lengths: Tensor | None = None) -> Tensor:
        return self.summary(self.embeddings(rows, lengths))
