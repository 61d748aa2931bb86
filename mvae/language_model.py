"""A language model of short pieces of music: it writes them token by token, told what they are to be like.

Codes drawn from a distribution that was fitted to those of real music decode to tunes that are almost right. A model
that hears each note before it chooses the next writes tunes that are hard to tell from songs; `sample` starts at their
codes. In shapes: N pieces, T steps, F descriptors.
"""

import torch
from torch import Tensor, nn

from .converters import Converter
from .decoders import LstmDecoder
from .descriptors import FIRST_HALF, descriptors, descriptors_size, transposed
from .inputs import EmbeddedView

BANK = 2048  # descriptors kept with a model
CANDIDATES = 64  # of them, among which is one that goes with another
LOWEST, HIGHEST = -5, 6  # semitones that they are transposed by
TOKEN_SIZE, PLAN_SIZE, HIDDEN_SIZE = 64, 64, 512


class LanguageModel(nn.Module):
    """An LSTM of `size` over the tokens of one part, which reads descriptors as a decoder reads a code.

    `bank` (BANK, F) holds the descriptors of real music, which those of new music are made of.
    """

    bank: Tensor

    def __init__(self, converter: Converter, size: int) -> None:
        super().__init__()
        self.converter, self.kind, self.size = converter, converter.kind, size
        told, view = descriptors_size(converter), EmbeddedView(converter.classes, TOKEN_SIZE)
        self.decoder = LstmDecoder(told, converter.steps, view, (size,), PLAN_SIZE, HIDDEN_SIZE)
        self.register_buffer("bank", torch.zeros(BANK, told))

    def remember(self, tokens: Tensor) -> None:
        """Keep the descriptors of `BANK` windows (BANK, T, 1)."""
        self.bank.copy_(descriptors(self.converter, tokens))

    def nats(self, tokens: Tensor) -> Tensor:
        """What tokens (N, T, 1) cost, told their descriptors, in nats: (N,)."""
        return self.decoder.nats(self.decoder(descriptors(self.converter, tokens), tokens), tokens)

    def draw(self, n: int, temperature: float, generator: torch.Generator) -> Tensor:
        """Tokens (n, T, 1) of new music."""
        return self.decoder.generate(self.draw_descriptors(n, generator), temperature, generator)

    def draw_descriptors(self, n: int, generator: torch.Generator) -> Tensor:
        """Descriptors (n, F) of music that there could be: half of those of one piece, the other half of another.

        A melody has the rhythm of the one and the pitches of the other, and its key is drawn at random. The other is
        that of `CANDIDATES` which is most like the first where it gives way to it.
        """
        device = self.bank.device
        columns = torch.tensor(FIRST_HALF[self.kind], device=device)
        first = torch.randint(BANK, (n,), generator=generator, device=device)
        others = torch.randint(BANK, (n, CANDIDATES), generator=generator, device=device)
        halves = self.bank[:, columns]
        half = halves[first]
        distance = (halves[others] - half.unsqueeze(1)).abs().sum(-1)
        nearest = distance.masked_fill(others == first.unsqueeze(1), torch.inf).argmin(1, keepdim=True)
        drawn = self.bank[others.gather(1, nearest).squeeze(1)]
        drawn[:, columns] = half
        if self.kind != "melody":
            return drawn
        return transposed(drawn, torch.randint(LOWEST, HIGHEST + 1, (n,), generator=generator, device=device))
