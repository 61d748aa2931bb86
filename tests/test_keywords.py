"""What verbs take by keyword: one name for each thing, a sentence for all others, and no name that is special."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pretty_midi
import pytest
import torch
from typer.testing import CliRunner

from mvae import ArgumentError, MusicVAE
from mvae.cli import app
from tests.music import music, part

Tiny = Callable[..., MusicVAE]
TUNE, OTHER = music(part("C4 . E4 . G4 . - . C5 . G4 . E4 . C4 .")), music(part("A4 . . . G4 . . . E4 . . . D4 . . -"))
Z = torch.ones(1, 8)
DRAWING: dict[str, Callable[..., Any]] = {
    "sample": lambda m, **how: m.sample(2, 1.0, **how),
    "decode": lambda m, **how: m.decode(Z, 1.0, **how),
    "reconstruct": lambda m, **how: m.reconstruct(TUNE, 1.0, **how),
    "interpolate": lambda m, **how: m.interpolate(TUNE, OTHER, 3, 1.0, **how),
    "similar": lambda m, **how: m.similar(TUNE, 2, 0.5, 1.0, **how),
    "palette": lambda m, **how: sum(m.palette([TUNE, OTHER] * 2, 1, 2, 1.0, **how), []),
    "path": lambda m, **how: m.path([TUNE, OTHER] * 2, [(0, 0), (1, 1)], 2, 1.0, **how),
    "shift": lambda m, **how: m.shift(TUNE, {"mine": 0.1}, temperature=1.0, **how),
    "similar codes": lambda m, **how: m.similar(Z, 2, 0.5, **how),
    "sample_codes": lambda m, **how: m.sample_codes(2, **how),
    "decode_tokens": lambda m, **how: m.decode_tokens(Z, 1.0, **how),
    "forward": lambda m, **how: m(m.converter.to_tokens(TUNE), **how)[0][0],
}


def plain(found: Any) -> Any:
    """Music or a tensor as what can be compared."""
    if isinstance(found, torch.Tensor):
        return found.tolist()
    return [[(n.pitch, n.start, n.end) for i in tune.instruments for n in i.notes] for tune in found]


@pytest.fixture
def model(tiny: Tiny) -> MusicVAE:
    model = tiny()
    model.attributes["mine"] = torch.ones(8)
    return model


@pytest.mark.parametrize("verb", DRAWING)
def test_every_verb_that_draws_takes_a_seed_or_a_generator(model: MusicVAE, verb: str):
    draw = DRAWING[verb]
    seeded = plain(draw(model, seed=5))
    assert seeded == plain(draw(model, seed=5))
    generator = torch.Generator().manual_seed(5)
    first = plain(draw(model, generator=generator))
    assert first != plain(draw(model, generator=generator)), "the generator was not drawn from"
    assert first == plain(draw(model, generator=torch.Generator().manual_seed(5)))
    if verb not in ("similar",):  # which draws codes and notes, each from the seed
        assert first == seeded
    with pytest.raises(ArgumentError, match="seed is 5 and a generator was given, too"):
        draw(model, seed=5, generator=generator)
    with pytest.raises(ArgumentError, match="generator is int"):
        draw(model, generator=5)


@pytest.mark.parametrize("verb", [verb for verb in DRAWING if " " not in verb and verb != "shift"][:7])
@pytest.mark.parametrize(
    ("keyword", "advice"),
    [
        ("temprature", "Did you mean 'temperature'\\?"),
        ("chord", "Did you mean 'chords'\\?"),
        ("top_k", "It takes .*qpm"),
    ],
)
def test_an_unknown_keyword_is_told_as_python_would(model: MusicVAE, verb: str, keyword: str, advice: str):
    words = rf"^MusicVAE\.{verb}\(\) got an unexpected keyword argument '{keyword}'\. {advice}"
    with pytest.raises(TypeError, match=words) as refusal:
        {
            "sample": lambda: model.sample(**{keyword: 1}),
            "decode": lambda: model.decode(Z, **{keyword: 1}),
            "reconstruct": lambda: model.reconstruct(TUNE, **{keyword: 1}),
            "interpolate": lambda: model.interpolate(Z, Z, **{keyword: 1}),
            "similar": lambda: model.similar(Z, **{keyword: 1}),
            "palette": lambda: model.palette([Z] * 4, **{keyword: 1}),
            "path": lambda: model.path([Z] * 4, [(0, 0)], **{keyword: 1}),
        }[verb]()
    assert isinstance(refusal.value, ArgumentError)


def test_saving_and_pushing_tell_an_unknown_keyword_before_anything_is_written(model: MusicVAE, tmp_path: Path):
    with pytest.raises(
        TypeError, match=r"save_pretrained\(\) got .* 'comit_message'\. Did you mean 'commit_message'\?"
    ):
        model.save_pretrained(tmp_path / "new", comit_message="Polkas")
    assert not (tmp_path / "new").exists()
    with pytest.raises(TypeError, match=r"push_to_hub\(\) got .* 'privat'\. Did you mean 'private'\?"):
        model.push_to_hub("us/tunes", privat=True)


# Shift


def test_a_table_does_what_keywords_do(model: MusicVAE):
    model.attributes["odd"] = torch.linspace(-1, 1, 8)
    expected = model.shift(Z, mine=0.5, odd=-1)
    assert torch.equal(model.shift(Z, {"mine": 0.5, "odd": -1}), expected)
    assert torch.equal(model.shift(Z, {"mine": 0.5}, odd=-1), expected)
    assert torch.equal(model.shift(Z, by={"mine": 0.5, "odd": -1}), expected)
    assert not torch.equal(expected, Z)


@pytest.mark.parametrize("name", ["hits", "chords", "temperature", "seed", "qpm", "generator", "a", "by", "self"])
def test_no_name_is_special(model: MusicVAE, tmp_path: Path, name: str):
    vector = model.fit_attribute(name, [TUNE], [OTHER])
    assert torch.allclose(model.shift(Z, {name: 0.5}), Z + 0.5 * vector)
    moved = model.shift(TUNE, {name: 0.5}, seed=1, qpm=90)
    assert plain(moved) == plain(model.decode(model.encode(TUNE) + 0.5 * vector, qpm=90))
    model.save_pretrained(tmp_path / "mine")
    assert torch.equal(MusicVAE.from_pretrained(tmp_path / "mine").attributes[name], vector)
    TUNE.write(str(tmp_path / "tune.mid"))
    words = ["shift", tmp_path / "tune.mid", "--by", f"{name}=0.5", "--model", tmp_path / "mine", "--out", tmp_path]
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    written = pretty_midi.PrettyMIDI(str(tmp_path / "shifted-01.mid"))
    found, wanted = (
        [n.pitch for n in one.instruments[0].notes] for one in (written, model.shift(TUNE, {name: 0.5})[0])
    )
    assert found == wanted


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda m: m.shift(Z, {"your": 1.0}), "There is no attribute 'your'; this model has mine"),
        (lambda m: m.shift(Z, mien=1.0), r"shift\(\) got .* 'mien'\. There is no .* has mine\. Did you mean 'mine'\?"),
        (lambda m: m.shift(Z, temprature=1.0), r"shift\(\) got .*Did you mean 'temperature'\?"),
        (lambda m: m.shift(Z, {"mine": 1.0}, mine=2.0), "mine is given twice"),
        (lambda m: m.shift(Z, {"mine": "much"}), "mine is 'much'; a number"),
        (lambda m: m.shift(Z, 0.5), "by is 0.5; a table is accepted, such as {'note_density': 1.0}"),
        (lambda m: m.shift(Z, ["mine"]), r"by is \['mine'\]; a table"),
    ],
)
def test_what_cannot_be_shifted_is_told(model: MusicVAE, call: Callable[[MusicVAE], object], sentence: str):
    with pytest.raises(ArgumentError, match=sentence):
        call(model)
