"""The encoder against an LSTM written in numpy, and the readout that hears every step."""

from collections.abc import Callable

import numpy as np
import torch

from mvae import MusicVAE
from mvae.encoders import HierarchicalEncoder, Readout
from tests.music import beat, melody
from tests.test_decoders import numpy_lstm

TUNE = melody("C4 . E4 - . . G4 . | F4 . . . E4 . D4 -")


def both_ways(inputs: np.ndarray, lstm: torch.nn.LSTM) -> np.ndarray:
    """Outputs (T, 2H): what has been heard until each step, and what is heard from its end back to it."""
    weights = list(lstm.parameters())
    zeros = np.zeros(lstm.hidden_size)
    forward = numpy_lstm(inputs, zeros, zeros, torch.nn.ParameterList(weights[:4]))
    backward = numpy_lstm(inputs[::-1], zeros, zeros, torch.nn.ParameterList(weights[4:]))
    return np.concatenate([forward, backward[::-1]], -1)


def test_the_embedding_is_the_last_state_of_either_direction(tiny: Callable[..., MusicVAE]):
    for shape in ("plain", "deep"):
        model = tiny(shape)
        encoder = model.encoder
        outputs = np.eye(90)[TUNE[:, 0]]
        for layer in encoder.layers:
            assert isinstance(layer, torch.nn.LSTM)
            outputs = both_ways(outputs, layer)
        half = outputs.shape[1] // 2
        expected = np.concatenate([outputs[-1, :half], outputs[0, half:]])
        np.testing.assert_allclose(encoder(model.view(TUNE.unsqueeze(0)))[0].detach(), expected, atol=1e-4)


def test_gradients_of_a_readout_reach_every_step_directly():
    """As strong at the first step as at the last, however long the sequence."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        readout = Readout(steps=64, width=6, size=4, hidden=40)
        states = torch.randn(20, 64, 6, requires_grad=True)
    readout(states).square().sum().backward()
    assert states.grad is not None
    strength = states.grad.norm(dim=-1).mean(0)
    assert strength.min() > 0.25 * strength.max()


def test_every_note_changes_the_code(model: MusicVAE):
    bars = model.config.bars
    tune = TUNE[: 16 * bars].unsqueeze(0)
    others = tune.repeat(16 * bars, 1, 1)
    for step in range(16 * bars):
        others[step, step] = 70
    distance = (model.encode_tokens(others).mean - model.encode_tokens(tune).mean).norm(dim=-1)
    assert distance.min() > 1e-4


def test_the_order_of_notes_matters(model: MusicVAE):
    bars = model.config.bars
    up, down = melody("C4 . D4 . E4 . F4 ."), melody("F4 . E4 . D4 . C4 .")
    q = model.encode_tokens(torch.stack([up.repeat(bars, 1), down.repeat(bars, 1)]))
    assert not torch.allclose(q.mean[0], q.mean[1], atol=1e-2)


def test_parts_read_apart_are_heard_by_themselves(tiny: Callable[..., MusicVAE]):
    """A bar's embedding has a piece for each part, which no other part changes."""
    model = tiny("apart")
    segment = model.encoder.get_submodule("segment")
    trio = torch.cat([TUNE[:16], melody("C2 . G2 ."), beat("K - S -")], -1)
    changed = trio.repeat(3, 1, 1)
    for part, token in enumerate((50, 30, 3)):
        changed[part, 4, part] = token
    before, after = segment(model.view(trio.unsqueeze(0))), segment(model.view(changed))
    moved = ~torch.isclose(before, after).unflatten(1, (3, -1)).all(-1)
    assert torch.equal(moved, torch.eye(3, dtype=torch.bool))


def test_a_shortcut_lays_the_codes_of_bars_beside_the_whole(tiny: Callable[..., MusicVAE]):
    encoder = tiny("apart").encoder
    assert isinstance(encoder, HierarchicalEncoder)
    embeddings = torch.randn(2, 4, 9, generator=torch.Generator().manual_seed(0))
    summary = encoder.summary(embeddings)
    assert summary.shape == (2, encoder.size)
    assert torch.equal(summary[:, -36:], embeddings.flatten(1))


def test_a_sequence_is_read_to_its_own_end(tiny: Callable[..., MusicVAE]):
    """Of two sequences, each is as if it was alone and nothing followed it."""
    model = tiny("deep", bars=2)
    rows = model.view(torch.stack([TUNE, TUNE.flip(0)]))
    together = model.encoder(rows, torch.tensor([20, 7]))
    alone = torch.cat([model.encoder(rows[:1, :20]), model.encoder(rows[1:, :7])])
    torch.testing.assert_close(together, alone)


def test_what_follows_an_instrument_s_end_may_be_unseen(tiny: Callable[..., MusicVAE]):
    """The encoder stops where an instrument ends; where it does not, it reads on to the last step."""
    model = tiny("band", past_end="unseen")
    tokens = torch.full((1, 512, 1), 489)
    tokens[0, :4, 0] = torch.tensor([360, 60, 279, 188])
    segment = model.encoder.get_submodule("segment")
    kept = model.view(tokens)[:, :5]
    said = model.converter.said(tokens)
    lengths = (said[..., 0] >= 0).unflatten(1, (8, 64)).sum(-1)
    assert lengths.tolist() == [[5, 1, 1, 1, 1, 1, 1, 1]]
    embeddings = model.encoder.embeddings(model.view(said), lengths)
    torch.testing.assert_close(embeddings[0, :1], segment(kept))
    whole = model.mean(model.encoder.get_submodule("whole")(embeddings))
    torch.testing.assert_close(model.encode_tokens(tokens).mean, whole)
    assert not torch.allclose(tiny("band").encode_tokens(tokens).mean, whole, atol=1e-3)


def test_with_a_readout_too_what_follows_an_instrument_s_end_is_unseen(tiny: Callable[..., MusicVAE]):
    """An instrument's embedding is the same whatever else is read with it, and another where its last event is."""
    model = tiny("band", past_end="unseen", readout_size=3, plan_size=6, hidden_size=9, embedding_size=7)
    tokens = torch.full((3, 512, 1), 489)
    tokens[0, :4, 0] = torch.tensor([360, 60, 279, 188])
    tokens[1, :4, 0] = torch.tensor([360, 60, 279, 190])
    tokens[2, :40, 0] = torch.tensor([360, *[60, 258, 188] * 13])
    together = model.encode_tokens(tokens).mean
    alone = torch.cat([model.encode_tokens(one).mean for one in tokens.split(1)])
    torch.testing.assert_close(together, alone)
    assert not torch.allclose(together[0], together[1], atol=1e-2)
    tokens[0, 5:64, 0] = 60
    torch.testing.assert_close(model.encode_tokens(tokens).mean, together)
