"""The stages of a conducted model: its segments learn by themselves, then the conductor keeps their codes."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from mvae import MusicVAE
from tests.music import beat, melody
from training import stages
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
    return Recipe("toy", model.config, 1, batch_size=2, learning_rate=2e-2, segment_steps=60, conductor_steps=80)


@pytest.mark.parametrize("shape", ["conducted", "trio"])
def test_models_without_codes_of_segments_have_no_stages(tiny: Callable[..., MusicVAE], shape: str, windows: Windows):
    flat = tiny(shape, embedding_size=0)
    with pytest.raises(CorpusError, match="need an embedding_size"):
        stages.pretrain(flat, recipe(flat), windows)
    with pytest.raises(CorpusError, match="hierarchical encoder and a conductor"):
        stages.Segments(tiny())


def test_a_model_that_reads_parts_apart_learns_them_part_by_part(
    tiny: Callable[..., MusicVAE], untouched: None, few_at_once: None, monkeypatch: pytest.MonkeyPatch
):
    """The segments of each part do in the whole what they learnt to by themselves, whatever the others' codes say."""
    bass = melody("C2 . . . G2 . . . | C3 . . . G2 . . . | A2 . . . E2 . . . | D2 . . . G2 . . .")
    drums = beat("K - H - S - H - | K K H - S - H - | K - H - S - H H | C", bars=4)
    trio = torch.cat([TUNES[0], bass, drums], -1)
    song = {"path": "a.mid", "group": "a", "source": "tests", "split": "train"}
    tokens = trio.repeat(8, 1, 1).numpy().astype(np.int16)
    windows = Windows(tokens, np.zeros(8, dtype=np.int32), [song], "trio", 4)
    alone: dict[str, stages.Segments] = {}

    def train(single: stages.Segments, *rest: Any) -> None:
        train_segments(single, *rest)
        alone[single.model.converter.kind] = single

    train_segments = stages._train_segments
    monkeypatch.setattr(stages, "_train_segments", train)
    model = fresh(recipe(tiny("apart", enc_rnn_size=(24,), dec_rnn_size=(32,), hidden_size=32, embedding_size=24)))
    segment, bars = model.decoder.get_submodule("segment"), trio.unflatten(0, (4, -1))

    def codes() -> Tensor:
        return model.encoder.embeddings(model.view(trio.unsqueeze(0)))[0]

    def nats() -> float:
        return segment.nats(segment(codes(), bars), bars).mean().item()

    before = nats()
    stages.pretrain(model, dataclasses.replace(recipe(model), conductor_steps=1), windows)
    assert nats() < 0.5 * before
    for part, (kind, own) in enumerate(zip(("melody", "melody", "drums"), codes().split(8, -1), strict=True)):
        line, single = bars[..., part : part + 1], alone[kind]
        torch.testing.assert_close(own, single.posterior(line).mean)
        torch.testing.assert_close(segment(codes(), bars)[part], single.decoder.segment(own, line)[0])
    others = codes()
    others[:, :8] += 3
    first, *rest = zip(segment(codes(), bars), segment(others, bars), strict=True)
    assert not torch.equal(*first)
    assert all(torch.equal(*pair) for pair in rest)


def test_the_segments_learn_first_and_then_the_conductor_their_codes(
    tiny: Callable[..., MusicVAE], windows: Windows, untouched: None, few_at_once: None, monkeypatch: pytest.MonkeyPatch
):
    """What each stage is to make small becomes far smaller, and the second leaves the segments as they are."""
    model = fresh(recipe(tiny("conducted", enc_rnn_size=(24,), hidden_size=32)))
    fallen: dict[str, float] = {}
    learnt: dict[str, Tensor] = {}

    def descend(module: nn.Module, loss: Callable[[float], Tensor], *rest: Any) -> None:
        learnt.update({name: weight.clone() for name, weight in model.state_dict().items()})
        before = loss(1.0).item()
        by_descent(module, loss, *rest)
        fallen[rest[2]] = loss(1.0).item() / before

    by_descent = stages.descend
    monkeypatch.setattr(stages, "descend", descend)
    stages.pretrain(model, recipe(model), windows)
    assert list(fallen) == ["segments", "codes"]
    assert fallen["segments"] < 0.6
    assert fallen["codes"] < 0.1
    stay = {name for name, weight in model.state_dict().items() if torch.equal(weight, learnt[name])}
    segments = {name for name in learnt if name.startswith(("encoder.segment.", "encoder.embed.", "decoder.segment."))}
    assert segments <= stay
    assert any(name.startswith("decoder.conductor.") for name in learnt.keys() - stay)
