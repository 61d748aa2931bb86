"""The stages of a conducted model: its segments learn by themselves, then the conductor keeps their codes."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
import torch

from mvae import MusicVAE
from tests.music import beat, melody
from training import stages
from training.metrics import reconstruction
from training.recipe import Recipe
from training.train import fresh
from training.windows import CorpusError, Windows

TUNES = [
    melody("C4 . . . E4 . . . | G4 . . . . . . . | E4 . . . C4 . . . | D4 . . . . . . -"),
    melody("A4 . G4 . | F4 . E4 . | A4 . G4 . | C4 . . . . . . ."),
]


@pytest.fixture
def windows() -> Windows:
    tokens = torch.stack(TUNES).repeat(8, 1, 1).numpy().astype(np.int16)
    song = {"path": "a.mid", "group": "a", "source": "tests", "split": "train"}
    return Windows(tokens, np.zeros(16, dtype=np.int32), [song], "melody", 4)


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "BATCH", 16)
    monkeypatch.setattr(stages, "SEGMENTS", 8)


def recipe(model: MusicVAE) -> Recipe:
    return Recipe("toy", model.config, 1, batch_size=2, learning_rate=2e-2, segment_steps=400, conductor_steps=300)


@pytest.mark.parametrize("shape", ["conducted", "trio"])
def test_models_without_codes_of_segments_have_no_stages(tiny: Callable[..., MusicVAE], shape: str, windows: Windows):
    flat = tiny(shape, embedding_size=0)
    with pytest.raises(CorpusError, match="need an embedding_size"):
        stages.pretrain(flat, recipe(flat), windows)
    with pytest.raises(CorpusError, match="hierarchical encoder and a conductor"):
        stages.Segments(tiny())


def test_a_model_that_reads_parts_apart_learns_them_part_by_part(
    tiny: Callable[..., MusicVAE], untouched: None, few_at_once: None
):
    """What each part's code says is copied, and the codes of the others do not disturb it."""
    bass = melody("C2 . . . G2 . . . | C3 . . . G2 . . . | A2 . . . E2 . . . | D2 . . . G2 . . .")
    drums = beat("K - H - S - H - | K K H - S - H - | K - H - S - H H | C", bars=4)
    trio = torch.cat([TUNES[0], bass, drums], -1)
    song = {"path": "a.mid", "group": "a", "source": "tests", "split": "train"}
    tokens = trio.repeat(8, 1, 1).numpy().astype(np.int16)
    windows = Windows(tokens, np.zeros(8, dtype=np.int32), [song], "trio", 4)
    model = fresh(recipe(tiny("apart", enc_rnn_size=(24,), dec_rnn_size=(32,), hidden_size=32, embedding_size=24)))
    stages.pretrain(model, dataclasses.replace(recipe(model), conductor_steps=1), windows)
    bars = trio.unflatten(0, (4, -1))
    codes = model.encoder.embeddings(model.view(trio.unsqueeze(0)))[0]
    copied = model.decoder.get_submodule("segment").generate(codes, None, None)
    assert (copied == bars).float().mean((0, 1)).min() > 0.9
    codes[:, :8] += 3
    disturbed = model.decoder.get_submodule("segment").generate(codes, None, None)
    assert not torch.equal(disturbed[..., 0], copied[..., 0])
    assert torch.equal(disturbed[..., 1:], copied[..., 1:])


def test_after_the_stages_the_conductor_tells_the_decoder_what_the_encoder_heard(
    tiny: Callable[..., MusicVAE], windows: Windows, untouched: None, few_at_once: None
):
    model = fresh(recipe(tiny("conducted", enc_rnn_size=(24,), hidden_size=32)))
    before = reconstruction(model.eval(), torch.stack(TUNES))
    stages.pretrain(model, recipe(model), windows)
    after = reconstruction(model.eval(), torch.stack(TUNES))
    assert after["reconstruction_nats"] < 0.2 * before["reconstruction_nats"]
    heard = model.encoder.embeddings(model.view(torch.stack(TUNES)))
    told = model.decoder.conductor(model.encode_tokens(torch.stack(TUNES)).mean)
    assert (told - heard).square().mean() < 0.3 * heard.var((0, 1)).mean()
