"""The conductor and its segments: what is told to whom, and that sampling and training agree."""

from collections.abc import Callable

import pytest
import torch

from mvae import MusicVAE
from mvae.conductor import ConductorDecoder
from tests.music import beat, melody

FOUR = melody("C4 . E4 . | G4 . . . E4 | D4 . . . . . . . B3 | C4 . . . - ", bars=4)
BASS = melody("C2 . . . G2 | C2 | F2 . . . G2 | C2", bars=4)
TRIO = torch.cat([FOUR, BASS, beat("K - H - SH - H - | K | K - K | S", bars=4)], -1)


def tune(model: MusicVAE) -> torch.Tensor:
    tokens = {"melody": FOUR, "trio": TRIO}[model.config.kind]
    return tokens[: model.converter.steps].unsqueeze(0)


@pytest.fixture(params=["conducted", "carried", "trio", "apart"])
def conducted(request: pytest.FixtureRequest, tiny: Callable[..., MusicVAE]) -> MusicVAE:
    return tiny(request.param)


def codes(n: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, 8, generator=torch.Generator().manual_seed(seed))


def test_what_is_generated_is_what_teacher_forcing_calls_likeliest(conducted: MusicVAE):
    z = codes(5)
    tokens = conducted.decoder.generate(z, None, None)
    assert len(tokens.unique()) > 3
    logits = conducted.decoder(z, tokens)
    assert torch.equal(torch.stack([part.argmax(-1) for part in logits], -1), tokens)


@pytest.mark.parametrize(("shape", "crosses"), [("conducted", False), ("carried", True)])
def test_only_a_carried_token_crosses_the_bar_line(tiny: Callable[..., MusicVAE], shape: str, crosses: bool):
    decoder = tiny(shape).decoder
    one, other = FOUR.clone(), FOUR.clone()
    other[15] = 70
    (before,), (after,) = decoder(codes(1), one.unsqueeze(0)), decoder(codes(1), other.unsqueeze(0))
    changed = ~torch.isclose(before, after, atol=1e-6).all(-1)[0]
    assert changed.any() == crosses
    assert not changed[:16].any()
    assert not changed[32:].any(), "the state begins anew in every bar"


def test_each_bar_has_an_embedding_of_its_own(conducted: MusicVAE):
    decoder = conducted.decoder
    assert isinstance(decoder, ConductorDecoder)
    (embeddings,) = decoder.conductor(codes(1))
    assert torch.pdist(embeddings).min() > 0.01


def test_a_shortcut_tells_the_embeddings_what_is_linear_in_the_code(tiny: Callable[..., MusicVAE]):
    conductor = tiny("apart").decoder.get_submodule("conductor")
    one, other = codes(1), codes(1, seed=1)
    for name, weight in conductor.named_parameters():
        if not name.startswith("direct"):
            weight.data.zero_()
    half = (conductor(one) + conductor(other)) / 2
    assert half.shape == (1, 4, 9)
    assert half.std() > 0.1
    torch.testing.assert_close(conductor((one + other) / 2), half)


def test_the_parts_of_a_trio_do_not_see_one_another(tiny: Callable[..., MusicVAE]):
    decoder = tiny("trio").decoder
    changed = TRIO.clone()
    changed[:, 0] = 40
    before, after = decoder(codes(1), TRIO.unsqueeze(0)), decoder(codes(1), changed.unsqueeze(0))
    assert [torch.allclose(a, b) for a, b in zip(before, after, strict=True)] == [False, True, True]


def test_a_flat_trio_sees_all_parts(tiny: Callable[..., MusicVAE]):
    model = tiny("trio", decoder="lstm", conductor_rnn_size=(), encoder="bilstm", embedding_size=0)
    changed = TRIO.clone()
    changed[:, 0] = 40
    before, after = model.decoder(codes(1), TRIO.unsqueeze(0)), model.decoder(codes(1), changed.unsqueeze(0))
    assert [logits.shape[-1] for logits in before] == [90, 90, 512]
    assert not any(torch.allclose(a, b) for a, b in zip(before, after, strict=True))
    tokens = model.decoder.generate(codes(3), None, None)
    forced = model.decoder(codes(3), tokens)
    assert torch.equal(torch.stack([part.argmax(-1) for part in forced], -1), tokens)


def test_every_bar_changes_the_code(conducted: MusicVAE):
    whole = tune(conducted)
    others = whole.repeat(4, 1, 1)
    for bar in range(4):
        others[bar, 16 * bar] = 70
    distance = (conducted.encode_tokens(others).mean - conducted.encode_tokens(whole).mean).norm(dim=-1)
    assert distance.min() > 1e-4


def test_the_order_of_bars_matters(conducted: MusicVAE):
    whole = tune(conducted)
    swapped = whole.unflatten(1, (4, 16)).flip(1).flatten(1, 2)
    assert not torch.allclose(conducted.encode_tokens(whole).mean, conducted.encode_tokens(swapped).mean, atol=1e-3)


def test_all_verbs_work(conducted: MusicVAE):
    pieces = conducted.sample(3, seed=4)
    z = conducted.encode(pieces)
    assert z.shape == (3, 8)
    assert len(conducted.interpolate(pieces[0], pieces[1], steps=5)) == 5
    tokens = conducted.converter.to_tokens(pieces)
    assert tokens.shape == (3, conducted.converter.steps, conducted.converter.parts)


def test_a_band_is_conducted_over_its_instruments(tiny: Callable[..., MusicVAE]):
    model = tiny("band")
    band = model.sample(2, temperature=1.0, seed=0)
    tokens = model.converter.to_tokens(band)
    assert tokens.shape == (2, 512, 1)
    quiet = tokens.clone()
    (end,) = (tokens[0, :64] == 489).nonzero()[0, :1].tolist()
    quiet[0, end + 1 : 64] = 60
    assert torch.equal(model.posterior(tokens).mean, model.posterior(quiet).mean), "nothing is heard after an end"
