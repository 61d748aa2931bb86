"""A plain language model of music, told nothing: what samples are set beside in the two-sample test."""

import torch
from torch import Tensor

from mvae.converters import Converter
from mvae.decoders import LstmDecoder
from mvae.inputs import EmbeddedView

from .batches import Batches
from .descent import descend
from .windows import Windows

SIZES = 384, 384
TOKEN_SIZE = 64
BATCH = 64
RATE = 2e-3
BALANCE = 0.5  # a source weighs as the root of its size, as in the two-sample test


def plain_language_music(
    windows: Windows, converter: Converter, n: int, updates: int, exclude: tuple[str, ...] = (), seed: int = 0
) -> Tensor:
    """Tokens (n, T, P) at T = 1 of two layers of LSTMs that learnt training windows for so many `updates`."""
    batches = Batches(windows, converter, BATCH, balance=BALANCE, exclude=exclude, seed=seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        language = LstmDecoder(1, converter.steps, EmbeddedView(converter.classes, TOKEN_SIZE), SIZES)

    def loss(_: float) -> Tensor:
        tunes = batches()
        return language.nats(language(torch.zeros(BATCH, 1), tunes), tunes).mean()

    descend(language, loss, updates, RATE, "plain language model")
    with torch.inference_mode():
        return converter.canonical(language.generate(torch.zeros(n, 1), 1.0, batches.generator))
