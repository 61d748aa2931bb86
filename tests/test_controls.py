"""What models are told beside codes and tokens."""

from collections.abc import Callable

import pytest
import torch

from mvae import ArgumentError, MusicVAE, TokenError
from tests.music import melody

TUNE = melody("C4 . E4 . G4 . - . C5 . G4 . E4 . C4 .", bars=2).unsqueeze(0)
BAND = {"kind": "multitrack", "bars": 1, "encoder": "hierarchical", "conductor_rnn_size": (14,)}
Tiny = Callable[..., MusicVAE]


@pytest.mark.parametrize("encoding", ["triads", "major_minor", "pitches"])
def test_encoder_and_decoder_hear_the_chords(tiny: Tiny, encoding: str):
    model = tiny(control=encoding)
    tune = model.converter.to_midi(TUNE[0])
    z = model.encode(tune, chords=["C"])
    assert not torch.equal(z, model.encode(tune, chords=["C", "Am"]))
    assert torch.equal(z, model.encode(tune, chords=["C", "C"]))
    (major,), (minor,) = (model.decoder(z, TUNE, None, model.control.rows([name])) for name in ("C", "Am"))
    assert (major - minor).abs().amax(-1).min() > 0.01


def test_a_chord_is_heard_from_where_it_begins(tiny: Tiny):
    model = tiny(control="triads")
    z = torch.zeros(1, 8)
    one, other = (model.control.complete(model.control.said({"chords": chords}), 1, z.device) for chords in (
        ["C", "C"], ["C", "F#m"]
    ))  # fmt: skip
    (before,), (after,) = (model.decoder(z, TUNE, None, control) for control in (one, other))
    differs = (before - after).abs().amax(-1)[0] > 1e-6
    assert not differs[:16].any()
    assert differs[16:].all()


def test_no_chords_are_no_chord(tiny: Tiny):
    model = tiny(control="triads")
    tune = model.converter.to_midi(TUNE[0])
    assert torch.equal(model.encode(tune), model.encode(tune, chords=["N.C."]))
    assert torch.equal(model.encode_tokens(TUNE).mean, model.encode(tune))


def test_every_verb_takes_them(tiny: Tiny):
    model = tiny(control="triads")
    tune = model.converter.to_midi(TUNE[0])
    model.attributes["mine"] = torch.ones(8)
    for verb in (
        lambda chords: model.sample(2, 1.0, seed=1, chords=chords),
        lambda chords: model.interpolate(tune, torch.ones(1, 8), 3, chords=chords),
        lambda chords: model.similar(tune, 2, seed=1, chords=chords),
        lambda chords: model.reconstruct(tune, chords=chords),
        lambda chords: model.palette([tune] * 3 + [torch.ones(8)], 1, 2, chords=chords)[0],
        lambda chords: model.path([tune] * 3 + [torch.ones(8)], [(0, 0), (1, 1)], 2, chords=chords),
        lambda chords: model.shift(tune, chords=chords, mine=1.0),
    ):
        plain, told = ([model.converter.to_tokens(one) for one in verb(chords)] for chords in (None, ["E", "Bdim"]))
        assert not all(map(torch.equal, plain, told))


def test_instruments_of_a_band_have_the_same_chords(tiny: Tiny):
    model = tiny(**BAND, control="triads")
    (rows,) = model.control.rows(["C", "Am"])
    segments = rows.unflatten(0, (8, 64))
    assert torch.equal(segments, segments[:1].expand(8, -1, -1))
    assert segments[0].argmax(-1).tolist() == [0] + 32 * [1] + 31 * [22]  # beside the program there is none


def test_what_a_model_does_not_take_is_refused(tiny: Tiny):
    with pytest.raises(ArgumentError, match="chords was given; this model is told nothing but codes and tokens"):
        tiny().sample(1, chords=["C"])
    with pytest.raises(ArgumentError, match="hits was given; this model takes chords"):
        tiny(control="triads").sample(1, hits="beat.mid")
    with pytest.raises(ArgumentError, match="'Csus' is no chord that is known"):
        tiny(control="triads").sample(1, chords=["Csus"])
    groove = tiny(kind="groove", decoder="groove", encoder_view="groove", control="hits")
    with pytest.raises(ArgumentError, match="plays the hits that it is given: hits="):
        groove.sample(1)


def test_rows_are_checked(tiny: Tiny):
    model = tiny(control="triads")
    for rows in (torch.zeros(32, 49), torch.zeros(1, 32, 49)):
        assert model.decode_tokens(torch.zeros(3, 8), control=rows).shape == (3, 32, 1)
    for rows in (torch.zeros(32, 48), torch.zeros(31, 49), torch.zeros(2, 32, 49), torch.zeros(49), "C"):
        with pytest.raises(TokenError, match=r"The control is .*; a tensor \(3, 32, 49\) is needed"):
            model.decode_tokens(torch.zeros(3, 8), control=rows)
    with pytest.raises(TokenError, match=r"The control is a tensor \(32, 49\); None is needed"):
        tiny().decode_tokens(torch.zeros(3, 8), control=torch.zeros(32, 49))


def test_many_codes_have_each_their_own(tiny: Tiny, monkeypatch: pytest.MonkeyPatch):
    model = tiny(control="triads")
    rows = torch.cat([model.control.rows([name]) for name in ("C", "Am", "F#")])
    z = torch.ones(3, 8)
    alone = torch.cat([model.decode_tokens(z[:1], control=row) for row in rows])
    monkeypatch.setattr("mvae.model.BATCH", 2)
    assert torch.equal(model.decode_tokens(z, control=rows), alone)
    assert len(alone.unique(dim=0)) == 3


@torch.no_grad()
@pytest.mark.parametrize(
    "shape",
    [
        {},
        {"bars": 4, "conductor_rnn_size": (14,), "bar_crossing": "carried"},
        {"bars": 4, "conductor_rnn_size": (14,), "bar_crossing": "independent"},
        {"kind": "trio", "decoder": "parts", "bars": 2, "conductor_rnn_size": (14,), "bar_crossing": "carried"},
        {**BAND, "bar_crossing": "carried"},
    ],
)
def test_what_is_written_step_by_step_is_what_is_likeliest_at_once(tiny: Tiny, shape: dict[str, object]):
    model = tiny(**shape, control="triads")
    z = torch.randn(2, 8, generator=torch.Generator().manual_seed(3))
    chords = model.control.complete(model.control.rows(["C", "F", "G7", "Am"]), 2, z.device)
    tokens = model.decoder.generate(z, None, None, None, chords)
    logits = model.decoder(z, tokens, None, chords)
    assert torch.equal(model.decoder.likeliest(logits), tokens)
    assert not torch.equal(model.decoder.generate(z, None, None, None, chords.flip(-1)), tokens)
