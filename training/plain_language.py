"""A plain language model of music, told nothing: what samples are set beside in the two-sample test."""

import numpy as np
import torch
from torch import Tensor

from mvae.converters import Converter
from mvae.decoders import LstmDecoder
from mvae.inputs import EmbeddedView

from .augment import vary
from .descent import descend
from .windows import Draw, Windows

SIZES = 384, 384
TOKEN_SIZE = 64
BATCH = 64
RATE = 2e-3


def plain_language_music(
    windows: Windows,
    converter: Converter,
    n: int,
    updates: int,
    transposition: tuple[int, int] = (0, 0),
    balance: float = 0.5,
    exclude: tuple[str, ...] = (),
    seed: int = 0,
) -> Tensor:
    """Tokens (n, T, P) at T = 1 of two layers of LSTMs that learnt training windows for so many `updates`."""
    draw = Draw(windows, windows.fitting(converter).to_learn(BATCH, exclude), balance)
    rng, generator = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        language = LstmDecoder(1, converter.steps, EmbeddedView(converter.classes, TOKEN_SIZE), SIZES)

    def loss(_: float) -> Tensor:
        tunes = vary(windows.batch(draw(BATCH, rng)), converter, transposition, 0.0, generator)
        return language.nats(language(torch.zeros(BATCH, 1), tunes), tunes).mean()

    descend(language, loss, updates, RATE, "plain language model")
    with torch.inference_mode():
        return converter.canonical(language.generate(torch.zeros(n, 1), 1.0, generator))
