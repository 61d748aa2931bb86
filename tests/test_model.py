"""The verbs of the model: their shapes, their randomness, and the sentences they refuse with."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pretty_midi
import pytest
import torch
from torch import Tensor
from torch.distributions import Normal
from torch.nn.functional import one_hot

from mvae import ArgumentError, MelodyConverter, MidiError, MusicVAE, MvaeError, PartError, TokenError
from mvae.decoders import pick
from mvae.prior import FlowPrior
from tests.music import melody

MARCH = melody("C4 . E4 . G4 . . . C5 . G4 . E4 . C4 -")
LAMENT = melody("A4 . . . - . . . E4 . F4 . E4 . D4 .")
CALLS: dict[str, Callable[[MusicVAE, Tensor, Tensor], object]] = {
    "forward": lambda model, z, tokens: model(tokens),
    "posterior": lambda model, z, tokens: model.posterior(tokens),
    "encode_tokens": lambda model, z, tokens: model.encode_tokens(tokens),
    "decode_tokens": lambda model, z, tokens: model.decode_tokens(z, 1.0),
    "sample_codes": lambda model, z, tokens: model.sample_codes(3),
    "sample": lambda model, z, tokens: model.sample(2),
    "encode": lambda model, z, tokens: model.encode(model.converter.to_midi(tokens[0])),
    "decode": lambda model, z, tokens: model.decode(z, 1.0),
    "reconstruct": lambda model, z, tokens: model.reconstruct(model.converter.to_midi(tokens[0]), 1.0),
    "interpolate": lambda model, z, tokens: model.interpolate(z[:1], model.converter.to_midi(tokens[0])),
    "similar": lambda model, z, tokens: model.similar(z[:1]),
}


def bars(model: MusicVAE, *tunes: Tensor) -> Tensor:
    """Tokens (N, T, 1) of tunes that are a bar long each, repeated to the model's length."""
    return torch.stack([tune.repeat(model.config.bars, 1) for tune in tunes])


def tune(model: MusicVAE, bar: Tensor = MARCH) -> pretty_midi.PrettyMIDI:
    return model.converter.to_midi(bars(model, bar)[0])


def codes(model: MusicVAE, n: int, seed: int = 0) -> Tensor:
    return torch.randn(n, model.config.z_size, generator=torch.Generator().manual_seed(seed))


def notes(*pieces: pretty_midi.PrettyMIDI) -> list[list[tuple[int, float, float]]]:
    return [[(n.pitch, n.start, n.end) for n in piece.instruments[0].notes] for piece in pieces]


# Shapes


def test_a_code_is_a_normal_distribution(model: MusicVAE):
    q = model.encode_tokens(bars(model, MARCH, LAMENT))
    assert isinstance(q, Normal)
    assert q.mean.shape == q.stddev.shape == (2, model.config.z_size)
    assert (q.stddev > 0).all()
    assert not torch.allclose(q.mean[0], q.mean[1])


def test_forward_gives_the_logits_of_each_part_and_the_posterior(model: MusicVAE):
    tokens = bars(model, MARCH, LAMENT)
    logits, q = model(tokens)
    assert isinstance(logits, tuple)
    assert [part.shape for part in logits] == [(2, model.converter.steps, 90)]
    assert torch.allclose(q.mean, model.encode_tokens(tokens).mean, atol=1e-5)


def test_music_in_music_out(model: MusicVAE):
    assert model.encode(tune(model)).shape == (1, model.config.z_size)
    assert len(model.sample(3, seed=1)) == 3
    assert len(model.decode(codes(model, 5))) == 5
    assert len(model.decode(codes(model, 1)[0])) == 1
    assert len(model.interpolate(tune(model), tune(model, LAMENT), steps=4)) == 4
    assert len(model.similar(tune(model), n=2)) == 2
    assert all(isinstance(piece, pretty_midi.PrettyMIDI) for piece in model.sample(2))


def test_codes_in_codes_out(model: MusicVAE):
    z = codes(model, 2)
    assert model.decode_tokens(z).shape == (2, model.converter.steps, 1)
    assert model.sample_codes(7).shape == (7, model.config.z_size)
    walked, near = model.interpolate(z[0], z[1], steps=5), model.similar(z[0], n=3)
    assert isinstance(walked, Tensor)
    assert walked.shape == (5, model.config.z_size)
    assert isinstance(near, Tensor)
    assert near.shape == (3, model.config.z_size)


def test_a_code_can_be_changed_and_learnt_from(model: MusicVAE):
    z = model.encode(tune(model))
    z += 1
    torch.nn.Linear(model.config.z_size, 1)(z).sum().backward()


def test_the_tempo_is_the_callers(model: MusicVAE):
    (piece,) = model.sample(1, seed=3, qpm=90)
    assert piece.get_tempo_changes()[1].tolist() == pytest.approx([90], rel=1e-5)
    assert piece.get_end_time() <= model.config.bars * 4 * 60 / 90 + 1e-6


# Decoding


def test_the_sampler_walks_where_teacher_forcing_points(model: MusicVAE):
    z = codes(model, 20)
    tokens = model.decoder.generate(z, None, None)
    (logits,) = model.decoder(z, tokens)
    assert torch.equal(logits.argmax(-1), tokens[..., 0])
    assert len(tokens.unique()) > 10, "the tiny model is too dull to tell"


def test_no_step_sees_the_future(model: MusicVAE):
    tokens = bars(model, MARCH)
    (logits,) = model.decoder(codes(model, 1), tokens)
    for step in (0, 7, model.converter.steps - 2):
        other = tokens.clone()
        other[:, step] = 60
        (changed,) = model.decoder(codes(model, 1), other)
        assert torch.equal(changed[:, : step + 1], logits[:, : step + 1])
        assert not torch.allclose(changed[:, step + 1], logits[:, step + 1])


def test_a_hidden_token_is_seen_as_nothing(model: MusicVAE):
    tokens, nothing = bars(model, MARCH), torch.full((1, model.converter.steps, 1), -1)
    seeds = [torch.Generator().manual_seed(3) for _ in range(2)]
    (blind,), _ = model(tokens, seeds[0], nothing)
    (seeing,), _ = model(tokens, seeds[1])
    assert torch.equal(blind[:, 0], seeing[:, 0])
    assert not torch.allclose(blind[:, 1:], seeing[:, 1:])


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_tokens_are_drawn_at_the_temperature(tiny: Callable[..., MusicVAE], temperature: float):
    model = tiny()
    (logits,) = model.decoder(codes(model, 1), torch.zeros(1, model.converter.steps, 1, dtype=torch.long))
    drawn = pick(logits[0, :1].expand(50_000, -1), temperature, torch.Generator().manual_seed(1))
    expected = torch.softmax(logits[0, 0] / temperature, -1)
    assert torch.allclose(one_hot(drawn, 90).float().mean(0), expected, atol=0.01)


@pytest.mark.parametrize("cold", [0, 0.0, 1e-6, 1e-40, 1e-320])
def test_cold_is_greedy(model: MusicVAE, cold: float):
    z = codes(model, 5)
    assert torch.equal(model.decode_tokens(z, cold), model.decode_tokens(z))


def test_decoded_tokens_are_canonical_and_come_back_from_midi(model: MusicVAE):
    z = codes(model, 200)
    raw = model.decoder.generate(z, 3.0, torch.Generator().manual_seed(2))
    tokens = model.decode_tokens(z, 3.0, torch.Generator().manual_seed(2))
    assert torch.equal(tokens, model.converter.canonical(raw))
    assert not torch.equal(tokens, raw), "the tiny model never ends a note in silence"
    back = model.converter.to_tokens([model.converter.to_midi(one) for one in tokens])
    assert torch.equal(back, tokens)


def test_the_size_of_a_batch_changes_no_note(model: MusicVAE):
    z = codes(model, 300)
    pieces = [model.decode_tokens(piece) for piece in z.split([1, 7, 100, 192])]
    assert torch.equal(model.decode_tokens(z), torch.cat(pieces))
    tokens = model.decode_tokens(z)
    parts = [model.encode_tokens(piece).mean for piece in tokens.split([1, 7, 100, 192])]
    assert torch.allclose(model.encode_tokens(tokens).mean, torch.cat(parts), atol=1e-4)


# Randomness


@pytest.mark.parametrize("verb", ["sample", "decode", "reconstruct", "interpolate", "similar"])
def test_a_seed_names_the_notes(model: MusicVAE, verb: str):
    arguments: dict[str, tuple[Any, ...]] = {
        "sample": (4,),
        "decode": (codes(model, 4),),
        "reconstruct": ([tune(model)] * 4,),
        "interpolate": (tune(model), tune(model, LAMENT)),
        "similar": (tune(model),),
    }

    def play(seed: int | None) -> list[list[tuple[int, float, float]]]:
        return notes(*getattr(model, verb)(*arguments[verb], temperature=1.0, seed=seed))

    assert play(7) == play(7)
    assert play(7) != play(8)
    assert play(None) != play(None)


def test_a_generator_goes_on_where_it_was(model: MusicVAE):
    z, generator = codes(model, 3), torch.Generator().manual_seed(4)
    first, second = model.decode_tokens(z, 1.0, generator), model.decode_tokens(z, 1.0, generator)
    assert not torch.equal(first, second)
    assert torch.equal(model.decode_tokens(z, 1.0, torch.Generator().manual_seed(4)), first)
    assert not torch.equal(model.sample_codes(3), model.sample_codes(3))


@pytest.mark.parametrize("verb", CALLS)
@pytest.mark.usefixtures("untouched")
def test_no_call_touches_a_global_generator(model: MusicVAE, verb: str):
    CALLS[verb](model, codes(model, 2), bars(model, MARCH, LAMENT))


# Walks


def test_a_walk_ends_in_both_reconstructions(model: MusicVAE):
    a, b = tune(model), tune(model, LAMENT)
    walked = notes(*model.interpolate(a, b, steps=5))
    assert [walked[0], walked[-1]] == notes(*model.reconstruct([a, b]))
    assert walked[0] != walked[-1]


@pytest.mark.parametrize("spherical", [True, False])
def test_a_walk_between_codes_ends_exactly_there(model: MusicVAE, spherical: bool):
    a, b = codes(model, 2)
    walked = model.interpolate(a, b, steps=3, spherical=spherical)
    assert torch.equal(walked[0], a)
    assert torch.equal(walked[2], b)
    assert torch.allclose(walked[1], (a + b) / 2) == (not spherical)


def test_a_walk_from_a_tune_to_itself_stays(model: MusicVAE):
    stayed = notes(*model.interpolate(tune(model), tune(model), steps=4))
    assert stayed == notes(*model.reconstruct(tune(model))) * 4


def test_a_walk_may_begin_at_a_code_and_end_in_music(model: MusicVAE):
    walked = model.interpolate(codes(model, 1), tune(model), steps=3)
    assert notes(*walked)[-1] == notes(*model.reconstruct(tune(model)))[0]


def test_similarity_1_is_the_tune_and_0_anything(model: MusicVAE):
    assert notes(*model.similar(tune(model), n=3, similarity=1)) == notes(*model.reconstruct(tune(model))) * 3
    z = codes(model, 1)
    prior = model.sample_codes(3, torch.Generator().manual_seed(5))
    assert torch.allclose(model.similar(z, n=3, similarity=0, seed=5), prior, atol=1e-5)


def test_more_similar_is_nearer(model: MusicVAE):
    z = codes(model, 1)
    far, near = (model.similar(z, n=50, similarity=s, seed=6) - z for s in (0.5, 0.9))
    assert near.norm(dim=-1).mean() < 0.6 * far.norm(dim=-1).mean()


# Music in


def test_a_path_an_object_and_lists_of_them_are_music(model: MusicVAE, tmp_path: Path):
    a, b = tune(model), tune(model, LAMENT)
    paths = [tmp_path / "a.mid", tmp_path / "b.mid"]
    for piece, path in zip((a, b), paths, strict=True):
        piece.write(str(path))
    expected = model.encode_tokens(bars(model, MARCH, LAMENT)).mean
    for music in ([a, b], (a, b), paths, [str(path) for path in paths], [a, paths[1]]):
        assert torch.allclose(model.encode(music), expected, atol=1e-5)
    assert torch.allclose(model.encode(str(paths[1])), expected[1:], atol=1e-5)


def test_a_window_begins_at_any_bar(tiny: Callable[..., MusicVAE]):
    model, song = tiny(), FourBars()
    for bar in range(3):
        expected = model.encode_tokens(song.tokens(bar)).mean
        assert torch.allclose(model.encode(song.midi, start_bar=bar), expected, atol=1e-5)
    with pytest.raises(ArgumentError, match="windows begin at bars 0 to 2"):
        model.encode(song.midi, start_bar=3)


def test_a_part_is_chosen_by_number_or_name(tiny: Callable[..., MusicVAE]):
    model, song = tiny(), FourBars()
    second = pretty_midi.Instrument(32, name="Bass")
    second.notes = [pretty_midi.Note(80, n.pitch - 24, n.start, n.end) for n in song.midi.instruments[0].notes]
    song.midi.instruments.append(second)
    lower = song.tokens(0)
    expected = model.encode_tokens(torch.where(lower > 1, lower - 24, lower)).mean
    assert torch.allclose(model.encode(song.midi), model.encode_tokens(song.tokens(0)).mean, atol=1e-5)
    for part in (1, "Bass"):
        assert torch.allclose(model.encode(song.midi, part=part), expected, atol=1e-5)
    with pytest.raises(PartError, match="Bass"):
        model.encode(song.midi, part="Flute")


class FourBars:
    """Four bars, all different."""

    def __init__(self) -> None:
        self.bars = [MARCH, LAMENT, MARCH.flip(0), LAMENT.flip(0)]
        self.midi = MelodyConverter(4).to_midi(torch.cat(self.bars))

    def tokens(self, bar: int) -> Tensor:
        """The window (1, 32, 1) that begins at this bar."""
        return MelodyConverter(2).canonical(torch.cat(self.bars[bar : bar + 2]).unsqueeze(0))


# Precision and priors


def test_autocast_leaves_the_posterior_in_full_precision(model: MusicVAE):
    embedding = model.encoder(model.view(bars(model, MARCH)))
    model.encoder.forward = lambda rows, lengths: embedding  # LSTMs in bfloat16 are not for every CPU
    with torch.autocast("cpu", torch.bfloat16):
        q = model.posterior(bars(model, MARCH))
    assert q.mean.dtype == q.stddev.dtype == torch.float32


def test_gradients_reach_every_weight(model: MusicVAE):
    logits, q = model(bars(model, MARCH))
    (logits[0].sum() + q.mean.sum()).backward()
    still = {name for name, weight in model.named_parameters() if weight.grad is None or not weight.grad.any()}
    assert all(name.startswith("prior") for name in still)


def test_a_prior_can_be_adopted_and_dropped(tiny: Callable[..., MusicVAE]):
    model = tiny()
    prior = FlowPrior(8, width=10, profile_size=15)
    prior.mean.fill_(50.0)
    model.adopt_prior(prior)
    assert model.config.prior_size == 10
    assert (model.sample_codes(5) > 25).all()
    model.adopt_prior(None)
    assert model.config.prior_size == 0
    assert (model.sample_codes(5) < 25).all()


def test_a_prior_spreads_its_codes_as_far_as_the_config_says(tiny: Callable[..., MusicVAE]):
    prior = FlowPrior(8, width=10, profile_size=15).requires_grad_(False)
    prior.leave[1].weight.zero_()  # pyright: ignore[reportAttributeAccessIssue]  # no velocity: codes are the noise
    prior.leave[1].bias.zero_()  # pyright: ignore[reportAttributeAccessIssue]
    spreads = []
    for spread in (0.3, 0.6):
        model = tiny(prior_spread=spread)
        model.adopt_prior(prior)
        spreads.append(float(model.sample_codes(2000, torch.Generator().manual_seed(0)).std()))
    assert spreads == pytest.approx([0.3, 0.6], rel=0.02)


def test_a_prior_heeds_profiles_as_much_as_the_config_says(tiny: Callable[..., MusicVAE]):
    prior = FlowPrior(8, width=10, profile_size=15)
    prior.profiles.uniform_()
    codes = []
    for guidance in (1.0, 5.0):
        model = tiny(prior_guidance=guidance, prior_spread=1.0)
        model.adopt_prior(prior)
        codes.append(model.sample_codes(20, torch.Generator().manual_seed(0)))
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(20, 8, generator=generator)
    with torch.no_grad():
        expected = prior(noise, prior.draw_profiles(20, generator), 1.0)
    assert torch.allclose(codes[0], expected, atol=1e-5)
    assert not torch.allclose(codes[0], codes[1], atol=1e-2)


def test_a_prior_of_another_size_is_refused(tiny: Callable[..., MusicVAE]):
    with pytest.raises(ArgumentError, match="9 dimensions and profiles of 15; this model has \\(8, 15\\)"):
        tiny().adopt_prior(FlowPrior(9, width=10, profile_size=15))


def test_a_model_can_be_copied(model: MusicVAE):
    z = codes(model, 3)
    assert torch.equal(copy.deepcopy(model).decode_tokens(z), model.decode_tokens(z))


# Refusals

TOKENS, Z = torch.zeros(1, 32, 1, dtype=torch.long), torch.zeros(1, 8)
COUNTS = (0, -1, True, 2.5, "2", None, 10**9)
REFUSED: list[tuple[type[MvaeError], str, Callable[[MusicVAE], object]]] = [
    *((ArgumentError, "^n is", lambda m, n=n: m.sample(n)) for n in COUNTS),
    *((ArgumentError, "^n is", lambda m, n=n: m.sample_codes(n)) for n in COUNTS),
    *((ArgumentError, "^n is", lambda m, n=n: m.similar(Z, n=n)) for n in COUNTS),
    *((ArgumentError, "^steps is", lambda m, n=n: m.interpolate(Z, Z, steps=n)) for n in (1, *COUNTS)),
    *(
        (ArgumentError, "^temperature is", lambda m, t=t: m.decode(Z, temperature=t))
        for t in (float("nan"), -0.1, float("inf"), True, "hot", [1.0])
    ),
    *((ArgumentError, "^seed is", lambda m, s=s: m.sample(1, seed=s)) for s in (-1, 2**63, 1.0, True, "7")),
    *(
        (ArgumentError, "^generator is", lambda m, g=g: m.decode_tokens(Z, 1.0, g))
        for g in (7, np.random.default_rng())
    ),
    *(
        (ArgumentError, "^similarity is", lambda m, s=s: m.similar(Z, similarity=s))
        for s in (-0.1, 1.1, float("nan"), "1")
    ),
    *(
        (TokenError, "^Codes are", lambda m, z=z: m.decode(z))
        for z in (Z[:, :7], Z.long(), Z[None], Z.numpy(), None, [0.0])
    ),
    *((TokenError, "finite|beyond", lambda m, z=z: m.decode(Z + z)) for z in (float("nan"), float("inf"), -1e38)),
    (TokenError, "There are 0 codes", lambda m: m.decode(Z[:0])),
    (TokenError, "There are 2 codes; 1", lambda m: m.interpolate(Z, Z.repeat(2, 1))),
    (TokenError, "beyond", lambda m: m.decode(Z.double() + 1e300)),
    *(
        (TokenError, "^Tokens are", lambda m, t=t, verb=verb: getattr(m, verb)(t))
        for verb in ("forward", "encode_tokens")
        for t in (
            TOKENS.float(),
            TOKENS.bool(),
            TOKENS[:0],
            TOKENS[:, :31],
            TOKENS[0],
            TOKENS.expand(1, 32, 2),
            None,
            [0],
        )
    ),
    *((TokenError, "classes", lambda m, t=t: m.encode_tokens(TOKENS + t)) for t in (-1, 90, 2**40)),
    *((MidiError, "needed", lambda m, x=x: m.encode(x)) for x in (None, 5, b"a.mid", TOKENS, {"a": 1})),
    (MidiError, "no file", lambda m: m.encode("nowhere.mid")),
    (ArgumentError, "list of music is empty", lambda m: m.encode([])),
    (TokenError, "There are 2 codes", lambda m: m.similar([tune(m), tune(m)])),
    *((ArgumentError, "tempo", lambda m, q=q: m.sample(1, qpm=q)) for q in (0, -120, float("nan"), 10**6)),
]


@pytest.mark.parametrize(("error", "part", "call"), REFUSED)
def test_what_cannot_be_done_is_refused_in_a_sentence(
    tiny: Callable[..., MusicVAE], error: type[MvaeError], part: str, call: Callable[[MusicVAE], object]
):
    with pytest.raises(error, match=part) as refusal:
        call(tiny())
    assert type(refusal.value) is error
    assert len(str(refusal.value).splitlines()) == 1
    assert str(refusal.value).endswith(".")
    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize("config", ["mel-2bar", {"kind": "melody", "bars": 2}, None])
def test_a_model_is_made_of_a_config(config: Any):
    with pytest.raises(ArgumentError, match="from_pretrained loads a checkpoint"):
        MusicVAE(config)


def test_numbers_of_numpy_are_numbers(tiny: Callable[..., MusicVAE]):
    model = tiny()
    assert len(model.sample(np.int64(2), np.float32(0.5), np.uint8(3))) == 2
    assert len(model.interpolate(Z, Z + 1, steps=np.int32(3))) == 3
    assert len(model.similar(Z, np.int64(2), np.float64(0.5))) == 2
