"""Operators: what a musician does to a tune that is to have more of something, and what a model learns of it."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from mvae import CheckpointError, Config, MusicVAE
from mvae.attributes import measure
from mvae.operators import Operators, operator_names
from tests.music import beat, melody, spell, spell_beat
from tests.test_prepare import run
from tests.toy import toy
from training import fit_operators, operators
from training.windows import CorpusError

Tiny = Callable[..., MusicVAE]
TUNE = "C4 . E4 . G4 . F#4 . A4 . . . G4 . E4 . | D4 - F4 . A4 . . E4 G4 . . . C4 . - ."


def operated(operator: operators.Operator, tune: Tensor, share: float = 1.0) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return operator(tune.unsqueeze(0), torch.tensor([share]), generator)[0]


@pytest.mark.parametrize(
    ("operator", "before", "after"),
    [
        (operators.onto_8ths, "C4 . . E4 G4 . F4 . E4 . D4 .", "C4 . E4 . G4 . F4 . E4 . D4 ."),
        (operators.onto_quarters, ". . E4 . . . G4 .", "E4 . . . G4"),
        (operators.onto_quarters, "C4 . E4 . G4 .", "C4 . E4 . G4"),
        (operators.onto_white_keys, "C4 . E4 . G4 . F4 .", "C4 . E4 . G4 . F4 ."),
    ],
)
def test_notes_are_moved(operator: operators.Operator, before: str, after: str):
    assert spell(operated(operator, melody(before))) == spell(melody(after))


def test_a_note_that_is_put_off_is_waited_for():
    late = operated(operators.later_by_an_8th, melody("C4 . . . E4 . . . G4 . A4 . - . . ."))
    plain = spell(melody("C4 . . . E4 . . . G4 . A4 . - . . ."))
    moved = [word for word in spell(late).split() if word not in ".-"]
    assert moved == ["C4", "E4", "G4", "A4"], "no note is lost, and their order stays"
    assert spell(late) != plain


def test_intervals_grow_and_shrink_in_the_tune_s_own_scale():
    tune = melody(TUNE)
    near, far = (operated(way, tune) for way in (operators.smaller_intervals, operators.larger_intervals))
    near_mean, mean, far_mean = (measure(one.unsqueeze(0), "melody")["average_interval"] for one in (near, tune, far))
    assert near_mean < mean < far_mean
    scale = {note % 12 for note in tune[tune > 1].tolist()}
    for one in (near, far):
        assert {note % 12 for note in one[one > 1].tolist()} <= scale


@pytest.mark.parametrize("name", operator_names("melody"))
def test_every_operator_moves_its_attribute_its_way(name: str):
    less, more = operators.OPERATORS["melody"][name]
    tune = melody("C4 . E4 . G4 . . A#4 A4 . . . G4 . E4 . | D4 - F#4 . A4 . . E4 G4 . D4 . - . C4 .")
    values = [
        measure(one.unsqueeze(0), "melody")[name].item() for one in (operated(less, tune), tune, operated(more, tune))
    ]
    assert values[0] < values[1] < values[2]


def test_a_share_of_nothing_changes_nothing():
    for kind, tune in (("melody", melody(TUNE)), ("drums", beat("KH - H - SH - H - KH - HK - SH - HO -", bars=2))):
        for operator in [way for ways in operators.OPERATORS[kind].values() for way in ways]:
            assert torch.equal(operated(operator, tune, 0.0), tune), operator.__name__


def test_a_beat_is_thinned_and_filled():
    groove = beat("KH H H H SH H H H KH H KH H SH H H H", bars=2)
    thin, full = (
        operated(operators.fewer_hits, groove),
        operated(operators.more_hits, beat("KH - H - SH - H -", bars=2)),
    )
    assert spell_beat(thin).split()[0].startswith("K")
    assert ((thin & groove) == thin).all(), "what is left was there"
    assert (thin != 0).sum() < (groove != 0).sum()
    assert set(spell_beat(full).replace("-", "").replace(" ", "")) == set("KHS"), "no drum joins in"


def test_an_amount_of_nothing_leaves_codes_alone():
    moves = Operators(8, 16, ("a", "b"))
    codes = torch.randn(3, 8, generator=torch.Generator().manual_seed(0))
    assert torch.equal(moves.move(codes, "a", 0.0), codes)
    assert not torch.allclose(moves.move(codes, "a", 1.0), moves.move(codes, "b", 1.0))


def test_shift_moves_by_operators_and_by_vectors_of_one_s_own(tiny: Tiny):
    model = tiny(bars=1, operator_size=16, operators=operator_names("melody"))
    assert model.operators is not None
    code = torch.randn(2, 8, generator=torch.Generator().manual_seed(1))
    assert torch.equal(model.shift(code, note_density=0.5), model.operators.move(code, "note_density", 0.5))
    low, high = (model.converter.to_midi(melody(text)) for text in ("C3 . D3 .", "C5 . D5 ."))
    vector = model.fit_attribute("note_density", [high], [low])
    assert torch.allclose(model.shift(code, note_density=0.5), code + 0.5 * vector), "the last one that was taught"


def test_operators_are_kept_with_the_checkpoint(tmp_path: Path, tiny: Tiny):
    model = tiny(bars=1, operator_size=16, operators=("note_density",))
    model.save_pretrained(tmp_path)
    again = MusicVAE.from_pretrained(tmp_path)
    code = torch.zeros(1, 8)
    assert again.config == model.config
    assert torch.allclose(again.shift(code, note_density=1.0), model.shift(code, note_density=1.0))


def test_operators_of_no_attribute_are_refused():
    values = dataclasses.asdict(Config(kind="melody", bars=1, z_size=8, enc_rnn_size=(12,), dec_rnn_size=(16,)))
    with pytest.raises(CheckpointError, match="operators must be"):
        Config.from_dict({**values, "operators": [1]})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"operators": ("brightness",), "operator_size": 8}, "no operator 'brightness' for melody"),
        ({"operators": ("note_density",)}, "operators go with operator_size"),
        ({"language_size": 8}, "language_size goes with melodies, drums and trios of two bars or more"),
    ],
)
def test_what_goes_with_nothing_is_refused(tiny: Tiny, changes: dict[str, object], sentence: str):
    with pytest.raises(CheckpointError, match=sentence):
        tiny(bars=1, **changes)


def test_fitted_as_it_is_typed(tmp_path: Path, tiny: Tiny):
    toy().save(tmp_path / "toy")
    tiny(bars=1).save_pretrained(tmp_path / "base")
    result = run(fit_operators.main, tmp_path / "base", "--data", tmp_path / "toy", "--steps", 2)
    assert result.exit_code == 0, result.output
    model, base = MusicVAE.from_pretrained(tmp_path / "base"), tiny(bars=1)
    assert model.config.operators == operator_names("melody")
    encoder = base.encoder.state_dict()
    assert all(torch.equal(model.encoder.state_dict()[name], weight) for name, weight in encoder.items())


def test_trios_have_no_operators(tiny: Tiny):
    with pytest.raises(CorpusError, match="no operators for trio"):
        fit_operators.operators_of(tiny("trio"), 0)
