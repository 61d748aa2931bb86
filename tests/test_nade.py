"""Drums bit by bit: the NADE against one written in numpy, and the drums of General MIDI told apart."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from mvae import MusicVAE
from mvae.converters import DrumsConverter
from mvae.converters.drums import MAP_2017
from mvae.nade import Nade
from tests.music import beat, music, part

NADE = {"kind": "drums", "decoder": "nade", "nade_size": 5, "encoder_view": "roll"}
ROCK = beat("KH - H - SH - H - KH - KH - SH - O -", bars=2).unsqueeze(0)
Tiny = Callable[..., MusicVAE]


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def nade() -> Nade:
    with torch.random.fork_rng():
        torch.manual_seed(4)
        return Nade(6, 3).requires_grad_(False)


def numpy_logits(nade: Nade, biases: np.ndarray, bits: np.ndarray) -> np.ndarray:
    """Equations of Larochelle and Murray 2011 for one example: each bit is told those before it."""
    enter, leave = nade.enter.double().numpy(), nade.leave.double().numpy()
    hidden, offsets = biases[:3], biases[3:]
    return np.array([offsets[i] + leave[i] @ sigmoid(hidden + bits[:i] @ enter[:i]) for i in range(6)])


def test_logits_are_those_of_numpy():
    generator = torch.Generator().manual_seed(1)
    biases, bits = torch.randn(4, 9, generator=generator), torch.randint(2, (4, 6), generator=generator).float()
    logits, same = nade()(biases, bits)
    assert torch.equal(same, bits)
    for row in range(4):
        wanted = numpy_logits(nade(), biases[row].double().numpy(), bits[row].double().numpy())
        np.testing.assert_allclose(logits[row], wanted, atol=1e-5)


def test_bits_are_drawn_by_their_chances():
    generator = torch.Generator().manual_seed(1)
    biases = torch.randn(1, 9, generator=generator).expand(20_000, -1)
    _, bits = nade()(biases, None, 1.0, generator)
    masks, counts = torch.unique(bits, dim=0, return_counts=True)
    logits, _ = nade()(biases[: len(masks)], masks)
    chances = torch.where(masks == 1, logits, -logits).sigmoid().prod(-1)
    np.testing.assert_allclose(counts / 20_000, chances, atol=0.015)
    _, greedy = nade()(biases, None)
    logits, _ = nade()(biases[:1], greedy[:1])
    assert torch.equal(greedy[0] == 1, logits[0] >= 0)


def test_all_masks_together_are_certain(tiny: Tiny):
    """The chances of the 512 masks of a step add up to one."""
    decoder = tiny(**NADE, bars=1).decoder
    every = torch.arange(512).reshape(512, 1, 1).expand(-1, 16, -1)
    first = every.clone()
    first[:, 1:] = -1  # which costs nothing
    logits = decoder(torch.ones(512, 8), every)
    chances = torch.exp(-decoder.nats(logits, first))
    assert chances.sum().item() == pytest.approx(1, abs=0.002)  # the original adds a millionth to each chance


def test_what_was_hit_before_is_heard(tiny: Tiny):
    decoder = tiny(**NADE, bars=1).decoder
    silent, kick = torch.zeros(2, 1, 16, 1, dtype=torch.long).unbind()
    kick = kick.clone()
    kick[0, 3] = 1
    (one,), (other,) = decoder(torch.ones(1, 8), silent), decoder(torch.ones(1, 8), kick)
    assert torch.equal(one[:, :3], other[:, :3])
    assert torch.equal(one[:, 3, 0], other[:, 3, 0])  # the kick is the first drum of its step
    assert not torch.equal(one[:, 3, 1], other[:, 3, 1])
    assert not torch.equal(one[:, 4], other[:, 4])


def test_greedy_tokens_are_the_likeliest_bits(tiny: Tiny):
    model = tiny(**NADE)
    z = torch.randn(3, 8, generator=torch.Generator().manual_seed(2))
    tokens = model.decode_tokens(z)
    (logits,) = model.decoder(z, tokens)
    assert torch.equal(model.decoder.view(tokens) == 1, logits >= 0)
    assert torch.equal(model.decoder.likeliest((logits,)), tokens)
    assert len(tokens.unique()) > 4


def test_the_verbs_speak_drums(tiny: Tiny):
    model = tiny(**NADE)
    assert torch.equal(model.encode(model.converter.to_midi(ROCK[0])), model.encode_tokens(ROCK).mean)
    assert all(tune.instruments[0].is_drum for tune in model.sample(2, 1.0, seed=1))
    logits, _ = model(ROCK)
    assert [part.shape for part in logits] == [(1, 32, 9)]


def test_all_61_drums_are_told_apart(tiny: Tiny):
    converter = DrumsConverter(1, "full")
    pitches = [pitch for drum in MAP_2017 for pitch in drum]
    assert len(pitches) == converter.masks[0] == 61
    for number, pitch in enumerate(pitches):
        song = music(part("C4", is_drum=True))
        song.instruments[0].notes[0].pitch = pitch
        tokens = converter.to_tokens(song)
        assert tokens[0, 0, 0].item() == 1 << number
        assert converter.to_midi(tokens[0]).instruments[0].notes[0].pitch == pitch


def test_a_model_of_all_drums(tiny: Tiny):
    model = tiny(**NADE, drum_map="full")
    z = torch.randn(2, 8, generator=torch.Generator().manual_seed(2))
    tokens = model.decode_tokens(z, 1.0, torch.Generator().manual_seed(1))
    assert tokens.max() > 2**50
    assert torch.equal(model.converter.to_tokens(model.converter.to_midi(tokens[0]))[0], tokens[0])
    assert model.encode_tokens(tokens).mean.shape == (2, 8)
