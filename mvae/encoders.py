"""Encoders: rows (B, T, W), what a `TokenView` shows of tokens, to one embedding (B, size) of the whole sequence."""

import abc
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence


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
        if lengths is not None:
            return self._read_to_the_end(rows, lengths.flatten())
        states = rows.new_empty(0)
        for layer in self.layers:
            rows, (states, _) = layer(rows)
        return torch.cat([states[0], states[1]], -1) if self.readout is None else self.readout(rows)

    def _read_to_the_end(self, rows: Tensor, lengths: Tensor) -> Tensor:
        """As `forward` without a readout, for sequences of `lengths` (B,); what follows them is not there."""
        packed: Any = pack_padded_sequence(rows, lengths.cpu(), batch_first=True, enforce_sorted=False)
        states = rows.new_empty(0)
        for layer in self.layers:
            packed, (states, _) = layer(packed)
        return torch.cat([states[0], states[1]], -1)


class Readout(nn.Module):
    """States of all steps (B, T, width) to one embedding (B, hidden)."""

    def __init__(self, steps: int, width: int, size: int, hidden: int) -> None:
        super().__init__()
        self.each = nn.Linear(width, size)
        self.all = nn.Linear(steps * size, hidden)

    def forward(self, states: Tensor) -> Tensor:
        return nn.functional.silu(self.all(self.each(states).flatten(1)))


class HierarchicalEncoder(Encoder):
    """Every segment encoded by itself, all at once, then the sequence of their embeddings.

    With `embedding_size` a segment's embedding is projected to that many numbers: its code.
    """

    def __init__(
        self,
        width: int,
        segments: int,
        segment_steps: int,
        sizes: tuple[int, ...],
        embedding_size: int = 0,
        readout_size: int = 0,
        hidden_size: int = 0,
    ) -> None:
        super().__init__()
        self.segments = segments
        self.segment = BidirectionalLstmEncoder(width, segment_steps, sizes, readout_size, hidden_size)
        self.embed = nn.Linear(self.segment.size, embedding_size) if embedding_size else nn.Identity()
        width = embedding_size or self.segment.size
        self.whole = BidirectionalLstmEncoder(width, segments, sizes, readout_size, hidden_size)
        self.size = self.whole.size

    def embeddings(self, rows: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Rows (B, T, W) to the embeddings of their segments (B, S, E), of `lengths` (B, S) if not of all steps."""
        segments = rows.unflatten(1, (self.segments, -1)).flatten(0, 1)
        return self.embed(self.segment(segments, lengths)).unflatten(0, (-1, self.segments))

    def forward(self, rows: Tensor, lengths: Tensor | None = None) -> Tensor:
        return self.whole(self.embeddings(rows, lengths))
