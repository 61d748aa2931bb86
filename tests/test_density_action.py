"""More notes or fewer, without a browser: the model's own, and what is measured of them."""

import re

import pytest

from mvae import ArgumentError, CheckpointError, MusicVAE
from space.actions import density as actions
from tests.music import spell
from tests.test_hub import files_of
from tests.test_morph_action import written

TUNE = "C4 . E4 . G4 . E4 . C4 . E4 . G4 . . . C5 . . . B4 . . . A4 . . . G4 . . ."


@pytest.fixture
def tune(tmp_path):
    return written(tmp_path, "tune", TUNE)


def density(tune, folder, model="mel-2bar", amount=1.0, others=None, qpm=120, sound=False):
    return actions.density(model, tune, amount, others or {}, qpm, sound, folder)


def tokens(piece, model="mel-2bar"):
    return MusicVAE.from_pretrained(model).converter.to_tokens(piece.midi)


def test_is_before_and_what_the_model_makes_of_it(tune, tmp_path):
    model = MusicVAE.from_pretrained("mel-2bar")
    before, after = density(tune, tmp_path, amount=1.5, others={"c_diatonic": -0.5})
    [expected] = model.shift(tune["path"], note_density=1.5, c_diatonic=-0.5)
    assert spell(tokens(before)[0]) == TUNE.rstrip(" .")
    assert (tokens(after) == model.converter.to_tokens(expected)).all()
    assert [before.title, after.title] == ["Before", "After"]


def test_measures_what_was_moved(tune, tmp_path):
    before, after = density(tune, tmp_path, amount=1.5)
    assert before.remark == "5.5 notes a bar"  # eleven in two bars
    assert float(after.remark.split()[0]) == len(after.music.instruments[0].notes) / 2 > 5.5
    fewer = density(tune, tmp_path, amount=-1.5)[1]
    assert float(fewer.remark.split()[0]) < 5.5
    before, _ = density(tune, tmp_path, others={"c_diatonic": 1, "average_interval": 0, "syncopation_8th": -1})
    assert before.remark == "5.5 notes a bar · 100 % on white keys · 0 % on off-beat 8ths"


def test_silence_has_nothing_to_measure(tmp_path):
    silence = written(tmp_path, "low", "C4 . . .")
    before, _ = density(silence, tmp_path, amount=0, others={"average_interval": 1})
    assert before.remark == "0.5 notes a bar · – semitones a leap"


def test_of_drums(tmp_path):
    beat = written(tmp_path, "beat", "C2 . . . " * 8, is_drum=True)
    before, after = density(beat, tmp_path, model="drums-2bar", amount=1.5)
    assert before.remark == "4.0 hits a bar"
    assert float(after.remark.split()[0]) > 4
    assert not actions.has_others("drums-2bar")
    assert actions.has_others("mel-2bar")
    same = density(beat, tmp_path, model="drums-2bar", amount=1.5, others={"c_diatonic": 1})[1]
    assert (tokens(same, "drums-2bar") == tokens(after, "drums-2bar")).all()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"amount": 9}, "amount is 9; a number from -1.5 to 1.5 is accepted."),
        ({"amount": float("nan")}, "amount is nan; a number from -1.5 to 1.5 is accepted."),
        ({"others": {"c_diatonic": "much"}}, "c_diatonic is 'much'; a number from -1.5 to 1.5 is accepted."),
        ({"qpm": []}, "qpm is []; a number from 40 to 240 is accepted."),
        ({"sound": None}, "sound is None; true or false is accepted."),
    ],
)
def test_wrong_values(tune, tmp_path, wrong, sentence):
    with pytest.raises(ArgumentError, match=f"^{re.escape(sentence)}$"):
        density(tune, tmp_path, **wrong)


def test_wrong_files_and_models(tune, tmp_path, hub, tiny):
    with pytest.raises(ArgumentError, match="^tune is '/etc/passwd'; a MIDI file that was uploaded"):
        density("/etc/passwd", tmp_path)
    hub.add("us/trio", files_of(tiny("trio"), tmp_path / "hub-trio"))
    with pytest.raises(CheckpointError, match="a model of melody or drums is needed here"):
        density(tune, tmp_path, model="us/trio")
    hub.add("us/tunes", files_of(tiny(), tmp_path / "hub-tunes"))
    with pytest.raises(ArgumentError, match="There is no attribute 'note_density'; this model has none"):
        density(tune, tmp_path, model="us/tunes")
