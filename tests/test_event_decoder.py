"""The decoder of events: as an LSTM over them until they end, and certain of what follows the end."""

import pytest
import torch

from mvae import CheckpointError
from mvae.converters.multitrack import DRUMS, END, LENGTH, PROGRAM, SHIFT, VELOCITY
from mvae.decoders import LstmDecoder
from mvae.elbo import cross_entropies, elbo
from mvae.inputs import START, EmbeddedView
from tests.test_multitrack import band

PIANO = [PROGRAM, VELOCITY + 4, 60, SHIFT + 23, 64, SHIFT + 23, 67]  # C, E and G, a quarter each
KICK = [DRUMS, VELOCITY + 6, 36, SHIFT + 47, 36]
CLUSTER = [PROGRAM + 48, VELOCITY + 4, *range(40, 101)]  # 63 events, and the end
WITH_EVENTS = {"decoder": "events", "token_size": 5, "past_end": "unseen"}


@pytest.fixture
def model(tiny):
    return tiny("band", **WITH_EVENTS)


def rows(*instruments):
    """The tokens (N, 64, 1) of instruments."""
    return band(*instruments).unflatten(0, (8, LENGTH))[: len(instruments)]


def codes(model, n):
    return torch.randn(n, model.decoder.conductor.size, generator=torch.Generator().manual_seed(1))


def test_until_the_end_it_is_an_lstm(model):
    tokens, segment = rows(PIANO, [], CLUSTER, KICK), model.decoder.segment
    z = codes(model, len(tokens))
    (logits,) = segment(z, tokens)
    (expected,) = LstmDecoder.forward(segment, z, tokens)
    for found, wanted, length in zip(logits, expected, (8, 1, 64, 6), strict=True):
        torch.testing.assert_close(found[:length], wanted[:length])
        assert found[length:].argmax(-1).eq(END).all()


def test_what_follows_the_end_costs_nothing_and_teaches_nothing(model):
    tokens = torch.stack([band(PIANO, KICK), band(CLUSTER)])
    q = model.posterior(tokens)
    said = elbo(model.decoder(q.mean, tokens), model.converter.said(tokens), q).reconstruction
    everything = elbo(model.decoder(q.mean, tokens), tokens, q).reconstruction
    torch.testing.assert_close(said, everything)
    odd = tokens.clone()
    odd[0, 20] = 7  # after the end of the piano
    torch.testing.assert_close(model.posterior(odd).mean, q.mean)


def test_bars_cost_what_their_tokens_cost(model):
    tokens = torch.stack([band(PIANO, KICK), band(CLUSTER)])
    said = model.converter.said(tokens)
    logits = model.decoder(model.posterior(tokens).mean, tokens)
    torch.testing.assert_close(model.decoder.nats(logits, said), cross_entropies(logits, said))


def test_a_bar_that_is_decoded_can_be_read_again(model):
    tokens = model.decode_tokens(model.sample_codes(20), 1.0)
    assert tokens.eq(END).unflatten(1, (8, LENGTH))[:, :, -1].all()
    for one in tokens:
        assert model.converter.to_tokens(model.converter.to_midi(one))[0].equal(one)


def test_a_learnt_view_shows_nothing_as_zeros():
    view = EmbeddedView([490], 5)
    shown = view(torch.tensor([[START], [END]]))
    assert shown[0].eq(0).all()
    assert shown[1].equal(view.rows(0)[END + 1])
    assert shown[1].ne(0).all()


@pytest.mark.parametrize("changes", [{"decoder": "events"}, {"token_size": 5}])
def test_events_and_the_width_of_their_vectors_go_together(tiny, changes):
    with pytest.raises(CheckpointError, match="token_size goes with the decoder 'events', and both with"):
        tiny("band", **changes)
    with pytest.raises(CheckpointError, match="token_size goes with the decoder 'events', and both with"):
        tiny("plain", **WITH_EVENTS)
