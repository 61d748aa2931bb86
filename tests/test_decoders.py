"""The LSTM decoder against one written in numpy, and what its code and its plan are for."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from mvae import MusicVAE
from mvae.decoders import LstmDecoder
from mvae.inputs import START, one_hot, shift
from tests.music import melody

Rows = np.ndarray


def sigmoid(x: Rows) -> Rows:
    return 1 / (1 + np.exp(-x))


def numpy_lstm(inputs: Rows, hidden: Rows, cell: Rows, lstm: torch.nn.Module) -> Rows:
    """Inputs (T, D) to outputs (T, H), by PyTorch's layout of the gates: in, forget, cell, out."""
    by_input, by_hidden, *biases = (weight.detach().double().numpy() for weight in lstm.parameters())
    outputs = []
    for row in inputs:
        i, f, g, o = np.split(by_input @ row + by_hidden @ hidden + sum(biases), 4)
        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
        hidden = sigmoid(o) * np.tanh(cell)
        outputs.append(hidden)
    return np.stack(outputs)


def numpy_logits(decoder: LstmDecoder, z: Tensor, tokens: Tensor) -> Rows:
    """Logits (T, classes) of one code (Z,) and the tokens (T,) that the decoder is told."""
    (classes,) = decoder.classes
    rows = np.eye(classes)[tokens.numpy()]
    last = np.concatenate([np.zeros((1, classes)), rows[:-1]])  # it begins with nothing, which is no token 0
    guide = np.tile(z.double().numpy(), (len(last), 1))
    if decoder.plan is not None:
        enter, _, leave = decoder.plan.layers
        hidden = numpy_linear(enter, guide[0])
        guide = numpy_linear(leave, hidden * sigmoid(hidden)).reshape(len(last), -1)
    states = np.tanh(numpy_linear(decoder.initial, z.double().numpy()))
    outputs = np.concatenate([last, guide], -1)
    for layer, size in zip(decoder.layers, decoder.initial.sizes, strict=True):
        (cell, hidden), states = np.split(states[: 2 * size], 2), states[2 * size :]
        outputs = numpy_lstm(outputs, hidden, cell, layer)
    return numpy_linear(decoder.output, outputs)


def numpy_linear(layer: torch.nn.Module, x: Rows) -> Rows:
    weight, bias = (parameter.detach().double().numpy() for parameter in layer.parameters())
    return x @ weight.T + bias


@pytest.fixture
def decoder(model: MusicVAE) -> LstmDecoder:
    return model.decoder


def test_logits_are_those_of_numpy(decoder: LstmDecoder):
    tokens = melody("C4 . E4 - | . . C4 . D4 . . - G4")[: decoder.steps]
    for seed in range(3):
        z = torch.randn(1, 8, generator=torch.Generator().manual_seed(seed))
        (logits,) = decoder(z, tokens.unsqueeze(0))
        np.testing.assert_allclose(logits[0].detach(), numpy_logits(decoder, z[0], tokens[:, 0]), atol=2e-4, rtol=1e-4)


def test_a_sequence_begins_with_nothing_not_with_token_0():
    assert shift(torch.tensor([[[5], [0], [2]]])).flatten().tolist() == [START, 5, 0]
    assert one_hot(torch.tensor([START, 0, 2]), 3).tolist() == [[0, 0, 0], [1, 0, 0], [0, 0, 1]]


def test_the_code_reaches_every_step_beside_the_tokens(tiny: Callable[..., MusicVAE]):
    """Without its initial state, a decoder whose memory is cut still hears the code at the last step."""
    decoder = tiny().decoder
    with torch.no_grad():
        for name in ("initial.weight", "initial.bias", "layers.0.weight_hh_l0"):
            decoder.get_parameter(name).zero_()
    tokens = torch.zeros(2, decoder.steps, 1, dtype=torch.long)
    (logits,) = decoder(torch.eye(8)[:2] * 3, tokens)
    assert (logits[0] - logits[1]).abs().amax(-1).min() > 0.1


def test_a_plan_says_something_else_at_each_step(tiny: Callable[..., MusicVAE]):
    plan = tiny("readout").decoder.plan
    assert plan is not None
    z = torch.randn(2, 8, generator=torch.Generator().manual_seed(0))
    guide = plan(z)
    assert guide.shape == (2, 32, 6)
    assert torch.pdist(guide[0]).min() > 0.1
    (gradient,) = torch.autograd.grad(guide[:, 31].sum(), plan.layers[2].get_parameter("weight"))
    assert not gradient[: 31 * 6].any(), "each step has rows of its own"


def test_codes_of_a_batch_do_not_mix(decoder: LstmDecoder):
    z = torch.randn(3, 8, generator=torch.Generator().manual_seed(1), requires_grad=True)
    (logits,) = decoder(z, torch.zeros(3, decoder.steps, 1, dtype=torch.long))
    (gradient,) = torch.autograd.grad(logits[1].sum(), z)
    assert gradient[1].any()
    assert not gradient[[0, 2]].any()
