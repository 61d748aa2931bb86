"""Attuning: a decoder learns to play more and fewer notes where codes ask for them."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from mvae import MusicVAE
from mvae.attributes import note_density
from mvae.elbo import elbo
from mvae.vectors import fit_vectors
from tests.music import beat, melody
from training.attune import attune
from training.descent import descend
from training.diminution import thin
from training.recipe import Recipe
from training.train import fresh
from training.windows import CorpusError, Windows

RUNS = [
    melody("C4 D4 E4 F4 G4 A4 B4 C5 D5 C5 B4 A4 G4 F4 E4 D4"),
    melody("G4 . A4 . B4 . C5 . D5 . C5 . B4 . A4 ."),
    melody("E4 . F4 G4 A4 . B4 C5 D5 . C5 B4 A4 . G4 F4"),
    melody("C5 B4 A4 G4 F4 . E4 . D4 . C4 . D4 E4 F4 G4"),
]


def test_an_attuned_decoder_plays_fewer_and_more_notes(tiny: Callable[..., MusicVAE], untouched: None):
    """Where it made nothing of the vector before; the encoder stays."""
    config = tiny("readout", bars=1, enc_rnn_size=(16,), dec_rnn_size=(32,), plan_size=8, hidden_size=32).config
    model = fresh(Recipe("toy", config, 1))
    tokens = torch.cat([thin(run.unsqueeze(0), torch.tensor([share])) for run in RUNS for share in (0.0, 0.5, 0.8)])
    noise = torch.Generator().manual_seed(0)

    def copy(_: float) -> torch.Tensor:
        logits, q = model(tokens, noise)
        return elbo(logits, tokens, q, beta=1e-4).loss

    descend(model, copy, 400, 1e-2, "copying")
    song = {"path": "a.mid", "group": "a", "source": "tests", "split": "train"}
    windows = Windows(tokens.numpy().astype(np.int16), np.zeros(len(tokens), dtype=np.int32), [song], "melody", 1)
    encoder = {name: weight.clone() for name, weight in model.encoder.state_dict().items()}
    codes = model.encode_tokens(tokens).mean
    vector = fit_vectors(codes, {"density": note_density(tokens[..., 0])})["density"]

    def densities() -> list[float]:
        amounts = (-0.5, 0, 0.5)
        return [float(note_density(model.decode_tokens(codes + a * vector)[..., 0]).mean()) for a in amounts]

    before = densities()
    attune(model, windows, 300, learning_rate=1e-2, batch_size=12)
    after = densities()
    assert after[2] - after[0] > 1.2 * (before[2] - before[0])
    assert after[0] < 0.8 * after[1] < 0.7 * after[2]
    assert all(torch.equal(weight, encoder[name]) for name, weight in model.encoder.state_dict().items())


def test_what_cannot_be_attuned_is_told(tiny: Callable[..., MusicVAE]):
    tokens = beat("K H S H").repeat(30, 1, 1).numpy().astype(np.int16)
    song = {"path": "a.mid", "group": "a", "source": "tests", "split": "train"}
    windows = Windows(tokens, np.zeros(30, dtype=np.int32), [song], "drums", 1)
    with pytest.raises(CorpusError, match="of kind drums has no note_density"):
        attune(tiny(kind="drums", bars=1), windows, 1)
    with pytest.raises(CorpusError, match="30 windows to train on, fewer than a batch of 31"):
        attune(tiny(kind="drums", bars=1), windows, 1, batch_size=31)
