"""Porting: every layout and architecture of Magenta, on tiny checkpoints that are written here."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pretty_midi
import pytest
import torch
import typer
from click.testing import Result
from typer.testing import CliRunner

from mvae import ArgumentError, CheckpointError, Config, MusicVAE, hub
from mvae.converters.drums import MAPS
from mvae.magenta import MAGENTA
from tests import magenta_files as files
from training.magenta import porting
from training.port_magenta import main

COUNTS = {  # of parameters, in the original: reference/musicvae.md, 1
    "cat-mel_2bar_small": 4_423_770,
    "cat-mel_2bar_big": 134_571_098,
    "cat-mel_2bar_med_chords": 17_478_234,
    "cat-drums_2bar_small": 4_636_672,
    "cat-drums_2bar_big": 137_582_080,
    "nade-drums_2bar_reduced": 13_819_273,
    "nade-drums_2bar_full": 14_391_741,
    "flat-trio_16bar": 251_279_028,
    "hierdec-trio_16bar": 230_975_156,
    "hier-trio_16bar": 122_529_460,
    "flat-mel_16bar": 235_250_778,
    "hierdec-mel_16bar": 176_061_530,
    "hier-mel_16bar": 72_547_418,
    "hier-multiperf_vel_1bar_med": 55_638_506,
    "hier-multiperf_vel_1bar_big": 204_598_762,
    "hier-multiperf_vel_1bar_med_chords": 56_140_266,
    "hier-multiperf_vel_1bar_big_chords": 205_602_282,
    "groovae_4bar": 4_085_019,
    "groovae_2bar_humanize": 4_085_019,
    "groovae_2bar_tap_fixed_velocity": 4_085_019,
    "groovae_2bar_tap_fixed_velocity_note_dropout": 4_085_019,
    "groovae_2bar_add_closed_hh": 4_085_019,
    "groovae_2bar_hits_control_tfds": 4_131_099,
}
MELODY = "cat-mel_2bar_small"
JS_MELODY = {"type": "MelodyConverter", "args": {"minPitch": 21, "maxPitch": 108, "numSteps": 32}}


def js(converter: dict[str, object], **more: object) -> dict[str, object]:
    return {"type": "MusicVAE", "dataConverter": converter, **more}


def port(path: Path, name: str | None = None, drum_map: str | None = None) -> MusicVAE:
    return porting.port(path, name, drum_map).model


def tensorflow(folder: Path, name: str, **changes: object) -> Path:
    """A folder called as its config is, with a checkpoint; changes are variables, or None for those left out."""
    variables = {**files.weights(name), **{key.replace(".", "/"): value for key, value in changes.items()}}
    known = {key: value for key, value in variables.items() if isinstance(value, np.ndarray)}
    return files.write_tensorflow(folder / name / "model.ckpt-9", known).parent


@pytest.mark.parametrize("name", MAGENTA)
def test_magenta_s_names_build_magenta_s_models(name: str):
    with torch.device("meta"):
        model = MusicVAE.from_config(name)
    assert model.parameter_count == COUNTS[name]
    assert Config.from_dict(json.loads(model.config.to_json())) == model.config


def test_other_configs_build_models_too():
    config = dataclasses.replace(MAGENTA[MELODY], z_size=4, enc_rnn_size=(3,), dec_rnn_size=(5,))
    assert MusicVAE.from_config(config).config == config
    with pytest.raises(ArgumentError, match="Magenta has no config 'mel'; it has cat-mel_2bar_small, "):
        MusicVAE.from_config("mel")


# Numbers


def magenta_logits(variables: dict[str, np.ndarray], z: np.ndarray, tokens: list[int]) -> np.ndarray:
    """What Magenta computes from a code and the tokens it is told, after `lstm_models.py` and TensorFlow's LSTM."""

    def sigmoid(x: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-x))

    def layer(scope: str, x: np.ndarray) -> np.ndarray:
        return x @ variables[f"decoder/{scope}/kernel"] + variables[f"decoder/{scope}/bias"]

    c0, h0, c1, h1 = np.split(np.tanh(layer("z_to_initial_state", z)), np.cumsum([5, 5, 2]))
    logits, last = [], np.zeros(90)
    for token in tokens:
        x = np.concatenate([last, z])
        states = []
        for number, (c, h) in enumerate(((c0, h0), (c1, h1))):
            gates = layer(f"multi_rnn_cell/cell_{number}/lstm_cell", np.concatenate([x, h]))
            i, j, f, o = np.split(gates, 4)
            c = sigmoid(f + 1.0) * c + sigmoid(i) * np.tanh(j)
            x = sigmoid(o) * np.tanh(c)
            states += [(c, x)]
        (c0, h0), (c1, h1) = states
        logits.append(layer("output_projection", x))
        last = np.eye(90)[token]
    return np.array(logits)


@torch.no_grad()
def test_gates_states_and_the_forget_bias_are_magenta_s(tmp_path: Path):
    model = port(tensorflow(tmp_path, MELODY))
    rng = np.random.default_rng(2)
    z, tokens = rng.normal(size=4), rng.integers(0, 90, 32)
    wanted = magenta_logits(files.weights(MELODY), z, tokens.tolist())
    (logits,) = model.decoder(torch.tensor(z, dtype=torch.float32)[None], torch.tensor(tokens)[None, :, None])
    np.testing.assert_allclose(logits[0], wanted, atol=1e-5)


# Architectures and layouts


@pytest.mark.parametrize("name", files.SHAPES)
def test_every_architecture_is_read_off_its_variables(tmp_path: Path, name: str):
    model = port(tensorflow(tmp_path, name))
    same = ("kind", "bars", "encoder", "decoder", "control", "encoder_view", "decoder_view", "past_end", "bar_crossing")
    assert {field: getattr(model.config, field) for field in same} == {
        field: getattr(MAGENTA[name], field) for field in same
    }
    assert (model.config.z_size, model.config.enc_rnn_size) == (4, (3,))
    weights = sum(values.size for values in files.weights(name).values())
    assert model.parameter_count == weights


@pytest.mark.parametrize("name", files.SHAPES)
def test_a_ported_folder_is_one_like_any_other(tmp_path: Path, name: str):
    port(tensorflow(tmp_path, name)).save_pretrained(tmp_path / "ported")
    model = MusicVAE.from_pretrained(tmp_path / "ported")
    told = {"hits": beat()} if model.config.control == "hits" else {}
    tunes = model.sample(2, temperature=1.0, seed=1, **told)
    assert torch.equal(model.encode(tunes[0]), model.encode(tunes[0]))
    assert len(model.interpolate(*tunes, steps=3, seed=1, **told)) == 3
    tokens = model.converter.to_tokens(tunes[0])
    assert torch.equal(model.converter.to_tokens(model.converter.to_midi(tokens[0])), tokens)


@pytest.mark.usefixtures("hub")
@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # huggingface_hub's own
def test_a_ported_folder_goes_through_the_hub(tmp_path: Path):
    ported = port(tensorflow(tmp_path, MELODY))
    ported.push_to_hub("us/tunes")
    loaded = MusicVAE.from_pretrained("us/tunes", cache_dir=tmp_path / "cache")
    assert loaded.config == ported.config
    assert all(torch.equal(loaded.state_dict()[name], weight) for name, weight in ported.state_dict().items())


def beat() -> pretty_midi.PrettyMIDI:
    """Drums to be hit."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        config = dataclasses.replace(MAGENTA["groovae_2bar_humanize"], z_size=4, enc_rnn_size=(3,), dec_rnn_size=(5,))
        return MusicVAE(config).eval().sample(1, 1.0, seed=3)[0]


@pytest.mark.parametrize("bytes_each", [4, 2, 1])
def test_magenta_js(tmp_path: Path, bytes_each: int):
    variables = files.weights(MELODY)
    folder = files.write_magenta_js(tmp_path / "any name", variables, js(JS_MELODY), bytes_each)
    exact, ported = (dict(port(path).named_parameters()) for path in (tensorflow(tmp_path, MELODY), folder))
    for name, weight in exact.items():
        torch.testing.assert_close(ported[name], weight, rtol=0, atol={4: 0, 2: 1e-4, 1: 2e-2}[bytes_each])


def test_deeplearn_js(tmp_path: Path):
    folder = files.write_deeplearn_js(tmp_path / "old", files.weights(MELODY), JS_MELODY)
    assert port(folder).config == port(tensorflow(tmp_path, MELODY)).config


SPECS: dict[str, tuple[str, dict[str, object], dict[str, object]]] = {
    "drums": ("cat-drums_2bar_small", js({"type": "DrumsConverter", "args": {"numSteps": 64}}), {"bars": 4}),
    "all drums": ("nade-drums_2bar_full", js({"type": "DrumRollConverter", "args": {"numSteps": 32}}), {"bars": 2}),
    "trio": (
        "hier-trio_16bar",
        js({"type": "TrioConverter", "args": {"numSteps": 64, "numSegments": 4, "melArgs": {"minPitch": 21}}}),
        {"bars": 4, "bar_crossing": "carried"},
    ),
    "band": (
        "hier-multiperf_vel_1bar_med_chords",
        js({"type": "MultitrackConverter", "args": {"numSteps": 512, "numSegments": 8, "totalSteps": 96}}),
        {"bars": 1, "past_end": "unseen", "control": "triads"},
    ),
    "taps": ("groovae_4bar", js({"type": "GrooveConverter", "args": {"numSteps": 16, "tapify": True}}), {"bars": 1}),
    "score": (
        "groovae_4bar",
        js({"type": "GrooveConverter", "args": {"numSteps": 32, "humanize": True}}),
        {"encoder_view": "score"},
    ),
}


@pytest.mark.parametrize("case", SPECS)
def test_magenta_js_says_how_long_a_model_writes(tmp_path: Path, case: str):
    name, spec, fields = SPECS[case]
    config = port(files.write_magenta_js(tmp_path / "js", files.weights(name), spec)).config
    assert {field: getattr(config, field) for field in fields} == fields
    assert config.drum_map == {"all drums": "full", "band": "2019"}.get(case, "2017")


@pytest.mark.parametrize("drum_map", ["2017", "2019"])
def test_magenta_js_may_spell_out_its_drums(tmp_path: Path, drum_map: str):
    def spec(drums: list[list[int]]) -> dict[str, object]:
        return js({"type": "DrumsConverter", "args": {"numSteps": 32, "pitchClasses": drums}})

    drums, name = [*map(list, MAPS[drum_map])], "cat-drums_2bar_small"
    folder = files.write_magenta_js(tmp_path / "js", files.weights(name), spec(drums))
    assert port(folder).config.drum_map == drum_map
    folder = files.write_magenta_js(tmp_path / "others", files.weights(name), spec([[60]] * 9))
    with pytest.raises(CheckpointError, match="has drums of its own"):
        port(folder)


def test_the_name_of_a_file_names_its_config(tmp_path: Path):
    folder = tensorflow(tmp_path, "groovae_4bar")
    renamed = folder.rename(tmp_path / "groovae_2bar_add_closed_hh.ckpt")
    assert port(renamed).config.encoder_view == "no_hi_hat"
    anonymous = renamed.rename(tmp_path / "mine")
    with pytest.raises(CheckpointError, match="could be of groovae_4bar, .*; say which with"):
        port(anonymous)
    assert port(anonymous, "groovae_4bar").config.bars == 4
    only = tensorflow(tmp_path, "nade-drums_2bar_full").rename(tmp_path / "also mine")
    assert port(only).config.drum_map == "full"


def test_drums_are_numbered_as_they_were(tmp_path: Path):
    folder = tensorflow(tmp_path, "cat-drums_2bar_small")
    assert port(folder).config.drum_map == "2017"
    assert port(folder, drum_map="2019").config.drum_map == "2019"
    assert port(tensorflow(tmp_path, "groovae_4bar")).config.drum_map == "2019"


# What does not fit

KERNEL = "encoder/cell_0/bidirectional_rnn/bw/multi_rnn_cell/cell_0/lstm_cell/kernel"
MISFITS: dict[str, tuple[dict[str, object], str]] = {
    "missing": (
        {"encoder/sigma/kernel": None, KERNEL: None},
        rf"does not fit: {KERNEL} is missing; encoder/sigma/kernel is missing\.$",
    ),
    "shape": (
        {"decoder/output_projection/kernel": np.ones((3, 90), np.float32)},
        r"decoder/output_projection/kernel is of shape \(3, 90\), where the architecture has \(2, 90\)\.$",
    ),
    "kernel": ({KERNEL: np.ones((94, 12), np.float32)}, rf"{KERNEL} is of shape \(94, 12\), where .* has \(93, 12\)"),
    "unknown": (
        {"decoder/attention/kernel": np.ones(3, np.float32)},
        r"decoder/attention/kernel has no place in the architecture\.$",
    ),
    "type": ({"encoder/mu/bias": np.ones(4, np.int64)}, "encoder/mu/bias is of int64, where a weight is a fraction"),
    "nan": ({"encoder/mu/bias": np.full(4, np.nan, np.float32)}, "encoder/mu/bias of .* holds NaN or infinity"),
    "width": ({"decoder/output_projection/bias": np.ones(77, np.float32)}, "is no checkpoint of MusicVAE; its var"),
    "layers": (
        {name: None for name in files.weights(MELODY) if "multi_rnn_cell" in name},
        "is no checkpoint of MusicVAE; its variables are decoder/out",
    ),
    "another": (
        dict.fromkeys(files.weights(MELODY)) | {"conv/kernel": np.ones(3, np.float32)},
        "no checkpoint of Musi",
    ),
}


@pytest.mark.parametrize("case", MISFITS)
def test_what_does_not_fit_is_listed_by_name(tmp_path: Path, case: str):
    changes, sentence = MISFITS[case]
    with pytest.raises(CheckpointError, match=sentence) as refusal:
        port(tensorflow(tmp_path, MELODY, **changes))
    assert len(str(refusal.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "config", "sentence"),
    [
        (
            MELODY,
            "cat-drums_2bar_small",
            "is not of cat-drums_2bar_small: kind is melody, not drums; encoder_view",
        ),
        (MELODY, "cat-mel_2bar_med_chords", r"control is none, not triads\.$"),
        ("hier-mel_16bar", "hierdec-mel_16bar", "encoder is hierarchical, not bilstm"),
        ("nade-drums_2bar_full", "nade-drums_2bar_reduced", "full_drums is True, not False"),
        ("hier-mel_16bar", "cat-mel_2bar_small", "encoder is hierarchical, not bilstm; conductor is True, not False"),
        (MELODY, "mel", "Magenta has no config 'mel'; it has cat-mel"),
    ],
)
def test_another_config_than_the_named_is_refused(tmp_path: Path, name: str, config: str, sentence: str):
    with pytest.raises(CheckpointError, match=sentence):
        port(tensorflow(tmp_path, name), config)


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (
            js({"type": "MelodyRhythmConverter", "args": {}}),
            "has the converter 'MelodyRhythmConverter' and a decoder",
        ),
        (js({"type": "DrumsConverter", "args": {"numSteps": 32}}), "'DrumsConverter' and a decoder of melody"),
        ({"type": "MusicRNN"}, "has the converter None"),
        (js({**JS_MELODY, "args": {**JS_MELODY["args"], "minPitch": 36}}), "has minPitch 36; 21 is read"),
        (js({**JS_MELODY, "args": {"numSteps": 33}}), "has 33 steps; whole bars of 16 are read"),
        (js({**JS_MELODY, "args": {}}), "has None steps; whole bars"),
        (js({**JS_MELODY, "args": None}), "config.json of .* is not as Magenta.js has it"),
        (js({**JS_MELODY, "args": {"numSteps": "32"}}), "config.json of .* is not as Magenta.js has it"),
        (js({**JS_MELODY, "type": ["MelodyConverter"]}), "config.json of .* is not as Magenta.js has it"),
        (js({**JS_MELODY, "args": {"numSteps": 32, "numSegments": 1}}), "has 1 segments in 2 bars; a segment is a bar"),
    ],
)
def test_a_model_for_the_browser_that_is_not_ours_is_refused(tmp_path: Path, spec: dict[str, object], sentence: str):
    folder = files.write_magenta_js(tmp_path / "js", files.weights(MELODY), spec)
    with pytest.raises(CheckpointError, match=sentence):
        port(folder)


# The command


def run(*arguments: str | Path) -> Result:
    app = typer.Typer()
    app.command()(main)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_command_writes_a_folder_and_tells_what_it_left(tmp_path: Path):
    slots = {"global_step": np.array(9), "encoder/mu/bias/Adam": np.ones(4, np.float32), "beta1_power": np.float32(0.5)}
    folder = tensorflow(tmp_path, MELODY, **{k: np.asarray(v) for k, v in slots.items()})
    done = run(folder, tmp_path / "out", "--config", MELODY)
    assert done.exit_code == 0, done.output
    assert f"{tmp_path / 'out'} holds melody, 2 bars:" in done.output
    assert "Left aside, as no weights of the model: beta1_power, encoder/mu/bias/Adam, global_step." in done.output
    assert MusicVAE.from_pretrained(tmp_path / "out").config.kind == "melody"
    assert f"not those that {MELODY} has in Magenta: z_size 4 (256), enc_rnn_size (3,) ((512,)), dec_" in done.output
    assert "license: unknown" in (tmp_path / "out" / "README.md").read_text()


def test_the_command_ends_in_a_sentence(tmp_path: Path):
    done = run(tmp_path / "nowhere", tmp_path / "out")
    assert done.exit_code == 2
    assert "does not exist; a TensorFlow checkpoint" in done.output
    assert not (tmp_path / "out").exists()


def test_the_demo_plays_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("gradio", reason="gradio is not installed: pip install '.[app]'")
    from space import models
    from space.actions.sample import sample

    for name in ("groovae_4bar", "nade-drums_2bar_full"):
        port(tensorflow(tmp_path, name)).save_pretrained(tmp_path / "checkpoints" / name)
    monkeypatch.setattr(hub, "CHECKPOINTS", tmp_path / "checkpoints")
    monkeypatch.setattr(models, "_loaded", {})
    assert ("groovae_4bar – groove, 4 bars", "groovae_4bar") in models.choices()
    for _, name in models.choices():
        (piece,) = sample(name, 1, 0.5, 7, 120, False, tmp_path)
        assert Path(piece.midi).is_file()
