"""Encoders: tokens (B, T, P) to one embedding (B, size) of the whole sequence."""

import abc

import torch
from torch import Tensor, nn

from .inputs import one_hot


class Encoder(nn.Module, abc.ABC):
    """What summarises a sequence; `size` is the width of its embedding."""

    size: int

    @abc.abstractmethod
    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens (B, T, P) to embeddings (B, size)."""


class BidirectionalLstmEncoder(Encoder):
    """Layers of bidirectional LSTMs over the one-hot tokens.

    Without a readout the embedding is the last state of either direction (Roberts et al. 2018, section 3.1). With
    `readout_size` each step's states are projected to that many numbers, and one dense layer of `hidden_size` reads all
    steps side by side: gradients reach every step directly, and training needs far fewer examples.
    """

    def __init__(
        self,
        steps: int,
        classes: tuple[int, ...],
        sizes: tuple[int, ...],
        readout_size: int = 0,
        hidden_size: int = 0,
    ) -> None:
        super().__init__()
        self.classes = classes
        widths = [sum(classes), *(2 * size for size in sizes)]
        self.layers = nn.ModuleList(
            nn.LSTM(width, size, batch_first=True, bidirectional=True)
            for width, size in zip(widths[:-1], sizes, strict=True)
        )
        self.size = hidden_size if readout_size else widths[-1]
        self.readout = Readout(steps, widths[-1], readout_size, hidden_size) if readout_size else None

    def forward(self, tokens: Tensor) -> Tensor:
        outputs = torch.cat([one_hot(tokens[..., p], n) for p, n in enumerate(self.classes)], -1)
        for layer in self.layers:
            outputs, (states, _) = layer(outputs)
        return torch.cat([states[0], states[1]], -1) if self.readout is None else self.readout(outputs)


class Readout(nn.Module):
    """States of all steps (B, T, width) to one embedding (B, hidden)."""

    def __init__(self, steps: int, width: int, size: int, hidden: int) -> None:
        super().__init__()
        self.each = nn.Linear(width, size)
        self.all = nn.Linear(steps * size, hidden)

    def forward(self, states: Tensor) -> Tensor:
        return nn.functional.silu(self.all(self.each(states).flatten(1)))
