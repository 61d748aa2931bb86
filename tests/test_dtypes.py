"""Models in other dtypes, and among defaults of torch that aren't theirs: every verb, every kind of model."""

import copy
import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pretty_midi
import pytest
import torch
from safetensors.torch import load_file

from mvae import ArgumentError, CheckpointError, Config, MusicVAE
from mvae.attributes import measure
from mvae.dataspace import cross_fade, random_tokens
from mvae.hub import CONFIG, bundled, read_config
from mvae.magenta import MAGENTA
from mvae.plot import piano_roll
from mvae.prior import FlowPrior
from mvae.profile import profile, profile_size

DTYPES = torch.float16, torch.bfloat16, torch.float64
SIZES = ("enc_rnn_size", "dec_rnn_size", "conductor_rnn_size")
WIDTHS = ("embedding_size", "nade_size", "token_size", "readout_size", "plan_size", "hidden_size", "prior_size")
KINDS = (  # of Magenta's models, one for each way of reading, leading and writing that it has
    "cat-mel_2bar_med_chords",
    "cat-drums_2bar_small",
    "nade-drums_2bar_reduced",
    "hierdec-trio_16bar",
    "hier-mel_16bar",
    "hier-multiperf_vel_1bar_med_chords",
    "groovae_2bar_humanize",
    "groovae_2bar_tap_fixed_velocity",
    "groovae_2bar_add_closed_hh",
    "groovae_2bar_hits_control_tfds",
)
POINTS = [(0, 0), (0.4, 0.9), (1, 1)]


def small(config: Config) -> Config:
    """The same kind of model with a few weights."""
    layers = {name: (14, 12)[: len(getattr(config, name))] for name in SIZES}
    widths = {name: 6 for name in WIDTHS if getattr(config, name)}
    return dataclasses.replace(config, z_size=8, bars=min(config.bars, 2), **layers, **widths)


@pytest.fixture(scope="module", params=[*bundled(), *KINDS])
def model(request: pytest.FixtureRequest) -> MusicVAE:
    """Small models, with a prior, of the kinds that are bundled and of Magenta's; their weights are those of halves."""
    name = request.param
    config = small(read_config(bundled()[name] / CONFIG, name) if name in bundled() else MAGENTA[name])
    with torch.random.fork_rng():
        torch.manual_seed(4)
        made = MusicVAE(config)
        made.adopt_prior(FlowPrior(8, 10, profile_size(made.converter)))
    return made.half().float().eval()


@pytest.fixture
def _foreign() -> Iterator[None]:
    """Defaults of torch that somebody else has set: another dtype, and another device, on which nothing can be read."""
    torch.set_default_dtype(torch.float64)
    torch.set_default_device("meta")
    yield
    torch.set_default_dtype(torch.float32)
    torch.set_default_device(None)


def told(model: MusicVAE, tune: pretty_midi.PrettyMIDI) -> dict[str, Any]:
    """What the model is told beside codes."""
    return {"hits": {"hits": tune}, "chords": {"chords": ["C", "Am"]}, None: {}}[model.control.keyword]


def everything(model: MusicVAE) -> dict[str, Any]:
    """What every verb makes of music that is drawn at random: codes, and music as tokens."""
    convert = model.converter
    tunes = [convert.to_midi(one) for one in random_tokens(convert, 4, torch.Generator("cpu").manual_seed(6))]
    tokens, extra = convert.to_tokens(tunes[:2], start_bar=0), told(model, tunes[0])
    rows = model.control.said(extra)
    chords = {name: value for name, value in extra.items() if name == "chords"}
    model.attributes.clear()
    codes = {
        "encode": model.encode(tunes[0], **chords),
        "posterior": model.encode_tokens(tokens, rows).mean,
        "sample_codes": model.sample_codes(2, seed=3),
        "fit_attribute": model.fit_attribute("mine", tunes[:2], tunes[2:]),
    }
    a, b = codes["posterior"].split(1)
    codes["interpolate"] = model.interpolate(a, b, 3)
    codes["similar"] = model.similar(a, 2, seed=1)
    codes["palette"] = model.palette([a, b, b, a], 2, 2)
    codes["path"] = model.path([a, b, b, a], POINTS, 2)
    codes["shift"] = model.shift(a, {"mine": 0.5})
    logits, q = model(tokens, seed=3, control=rows)
    codes["forward"] = torch.cat([q.mean, q.stddev])
    options = {"temperature": 0.8, "seed": 3, **extra}
    music = {"sample": model.sample(1, **options)}
    if convert.kind in ("melody", "groove"):  # the others take long, and do with codes what these do
        music |= {
            "reconstruct": model.reconstruct(tunes[0], **options),
            "shift": model.shift(tunes[0], {"mine": 0.5}, **options),
            "decode": model.decode(a, **options),
            "interpolate": model.interpolate(tunes[0], tunes[1], 2, **options),
            "similar": model.similar(tunes[0], 1, **options),
            "palette": model.palette(tunes, 1, 1, **options)[0],
            "path": model.path(tunes, POINTS, 1, **options),
        }
    back = {name: convert.to_tokens(pieces, start_bar=0) for name, pieces in music.items()}
    back["decode_tokens"] = model.decode_tokens(a, control=rows)
    back["cross_fade"] = cross_fade(convert, tokens[0], tokens[1], 3, torch.Generator("cpu").manual_seed(1))
    figures = {**measure(tokens, convert.kind), "profile": profile(convert, tokens)}
    return {"codes": codes, "tokens": back, "logits": logits, "figures": figures}


@pytest.fixture(scope="module")
def plain(model: MusicVAE) -> dict[str, Any]:
    """What the model does as it is, in float32."""
    return everything(model)


@pytest.mark.usefixtures("_foreign")
def test_defaults_of_somebody_else_change_nothing(model: MusicVAE, plain: dict[str, Any]):
    found = everything(model)
    for name, codes in found["codes"].items():
        assert codes.dtype == torch.float32, name
        assert codes.device.type == "cpu", name
        assert torch.equal(codes, plain["codes"][name]), name
    for name, tokens in found["tokens"].items():
        assert torch.equal(tokens, plain["tokens"][name]), name
    assert all(map(torch.equal, found["logits"], plain["logits"]))
    for name, figure in found["figures"].items():
        assert torch.allclose(figure.float(), plain["figures"][name], equal_nan=True), name


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64], ids=str)
def test_every_verb_works_in_every_dtype(model: MusicVAE, plain: dict[str, Any], dtype: torch.dtype):
    found = everything(copy.deepcopy(model).to(dtype))
    size = torch.finfo(dtype).eps ** 0.5  # what a few hundred roundings may come to
    for name, codes in found["codes"].items():
        assert codes.dtype == torch.promote_types(dtype, torch.float32), name
        assert (codes - plain["codes"][name]).norm() <= max(size, 1e-3) * 10 * plain["codes"][name].norm(), name
    for name, tokens in found["tokens"].items():
        assert tokens.shape == plain["tokens"][name].shape, name
    assert all(logits.dtype == dtype and logits.isfinite().all() for logits in found["logits"])


@pytest.mark.parametrize("name", bundled())
def test_what_is_bundled_plays_in_half_precision(name: str):
    kept = MusicVAE.from_pretrained(name)
    model = MusicVAE.from_pretrained(name, dtype="float16")
    (tune,) = model.sample(1, seed=7)
    codes = model.encode(tune)
    assert (codes - kept.encode(tune)).norm() < 0.1 * codes.norm()
    assert any(part.notes for part in tune.instruments)


def test_halves_do_not_overflow_where_it_is_cold(tiny: Callable[..., MusicVAE]):
    z = torch.linspace(-1, 1, 16).reshape(2, 8)
    model = tiny().half()
    assert torch.equal(model.decode_tokens(z, 1e-6, seed=1), model.decode_tokens(z))


def test_a_picture_is_drawn_whatever_the_dtype(tiny: Callable[..., MusicVAE], tmp_path: Path):
    piano_roll(tiny().bfloat16().sample(2, seed=1), tmp_path / "tunes.png")
    assert (tmp_path / "tunes.png").read_bytes()[1:4] == b"PNG"


# Loading and saving


@pytest.mark.parametrize(
    ("given", "dtype"),
    [
        (None, torch.float32),
        ("auto", torch.float16),
        ("bfloat16", torch.bfloat16),
        ("torch.float64", torch.float64),
        ("half", torch.float16),
        (torch.float64, torch.float64),
    ],
)
def test_weights_come_as_they_are_asked_for(given: Any, dtype: torch.dtype):
    for words in ({"dtype": given}, {"torch_dtype": given}, {"dtype": given, "torch_dtype": given}):
        loaded = MusicVAE.from_pretrained("mel-2bar", **words)
        assert loaded.dtype == dtype
        assert {weight.dtype for weight in loaded.state_dict().values()} == {dtype}
    assert not loaded.training


@pytest.mark.usefixtures("_foreign")
def test_weights_come_in_float32_to_the_cpu_whatever_the_defaults():
    loaded = MusicVAE.from_pretrained("mel-2bar")
    assert (loaded.dtype, loaded.device.type) == (torch.float32, "cpu")
    assert {weight.device.type for weight in loaded.state_dict().values()} == {"cpu"}


@pytest.mark.parametrize("word", ["device", "map_location"])
def test_weights_come_where_they_are_asked_for(word: str):
    assert MusicVAE.from_pretrained("mel-2bar", **{word: "meta"}).device.type == "meta"
    with pytest.raises(ArgumentError, match="device is 'nowhere', which is no device here"):
        MusicVAE.from_pretrained("mel-2bar", **{word: "nowhere"})


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"dtype": "int8"}, "dtype is 'int8'; 'auto' and torch.float64, .* are accepted"),
        ({"dtype": torch.long}, "dtype is torch.int64"),
        ({"torch_dtype": "float33"}, "dtype is 'float33'"),
        ({"dtype": 16}, "dtype is 16"),
        ({"dtype": "float16", "torch_dtype": "float32"}, "dtype is 'float16' and torch_dtype is 'float32'"),
        ({"device": "cpu", "map_location": "meta"}, "device is 'cpu' and map_location is 'meta'"),
    ],
)
def test_what_is_no_dtype_is_refused(words: dict[str, Any], sentence: str):
    with pytest.raises(ArgumentError, match=sentence):
        MusicVAE.from_pretrained("mel-2bar", **words)


@pytest.mark.parametrize("dtype", [*DTYPES, torch.float32], ids=str)
def test_saving_and_loading_keep_every_bit(tiny: Callable[..., MusicVAE], tmp_path: Path, dtype: torch.dtype):
    model = tiny("prior").double()
    with torch.no_grad():
        model.mean.bias += 1e-12
    model = model.to(dtype)
    model.attributes["mine"] = torch.full((8,), 0.1, dtype=torch.float64)
    model.save_pretrained(tmp_path)
    saved = load_file(tmp_path / "model.safetensors")
    assert {weight.dtype for weight in saved.values()} == {dtype}
    for given in ("auto", dtype):
        loaded = MusicVAE.from_pretrained(tmp_path, dtype=given)
        assert all(map(torch.equal, loaded.state_dict().values(), model.state_dict().values()))
        assert torch.equal(loaded.attributes["mine"], model.attributes["mine"])
    assert MusicVAE.from_pretrained(tmp_path).dtype == torch.float32


def test_weights_that_a_dtype_cannot_hold_are_refused(tiny: Callable[..., MusicVAE], tmp_path: Path):
    model = tiny()
    with torch.no_grad():
        model.mean.bias.fill_(1e5)
    model.save_pretrained(tmp_path)
    with pytest.raises(CheckpointError, match=r"mean\.bias .* NaN or infinity in torch\.float16; .* another dtype"):
        MusicVAE.from_pretrained(tmp_path, dtype="float16")


@pytest.mark.parametrize("dtype", [torch.float16, torch.float64], ids=str)
def test_codes_in_any_dtype_are_codes(tiny: Callable[..., MusicVAE], dtype: torch.dtype):
    model = tiny()
    z = torch.linspace(-1, 1, 16).reshape(2, 8).half().float()
    assert torch.equal(model.decode_tokens(z.to(dtype)), model.decode_tokens(z))
    assert torch.equal(model.interpolate(z[:1].to(dtype), z[1:], 3), model.interpolate(z[:1], z[1:], 3))
