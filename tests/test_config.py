"""The config: what it accepts, and the sentence for what it does not."""

import dataclasses
import json

import pytest

from mvae import CheckpointError, Config

GOOD = Config(kind="melody", bars=2, z_size=8, enc_rnn_size=(12, 6), dec_rnn_size=(16,))


def values(**changes: object) -> dict[str, object]:
    """The table in `config.json` with some keys changed, or left out where they are `...`."""
    table = {**json.loads(GOOD.to_json()), **changes}
    return {name: value for name, value in table.items() if value is not ...}


def test_json_gives_the_config_back():
    assert Config.from_dict(json.loads(GOOD.to_json())) == GOOD
    assert isinstance(Config.from_dict(json.loads(GOOD.to_json())).enc_rnn_size, tuple)
    assert hash(GOOD) == hash(dataclasses.replace(GOOD))


def test_json_is_stable_and_complete():
    text = GOOD.to_json()
    assert list(json.loads(text)) == sorted(field.name for field in dataclasses.fields(Config))
    assert text == Config.from_dict(json.loads(text)).to_json()
    assert text.endswith("}\n")


def test_what_has_a_default_may_be_missing():
    optional = ("readout_size", "plan_size", "hidden_size", "prior_size", "encoder")
    assert Config.from_dict(values(**dict.fromkeys(optional, ...))) == GOOD


def test_a_config_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        GOOD.bars = 4  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kind": "polka"}, "kind is 'polka'; one of 'melody', 'drums', "),
        ({"encoder": ["bilstm"]}, "encoder is"),
        ({"bars": 0}, "bars is 0; a whole number from 1 to 64 is accepted"),
        ({"bars": 65}, "bars is 65; a whole number from 1 to 64"),
        ({"bars": True}, "bars is True"),
        ({"bars": 2.0}, "bars is 2.0"),
        ({"bars": "2"}, "bars is '2'"),
        ({"bars": None}, "bars is None"),
        ({"bars": [2]}, "bars is"),
        ({"z_size": -1}, "z_size is -1"),
        ({"z_size": 10**9}, "z_size is 1000000000; a whole number from 1 to 8192"),
        ({"z_size": float("inf")}, "z_size is inf"),
        ({"enc_rnn_size": []}, "a tuple of 1 to 8 whole numbers"),
        ({"enc_rnn_size": [4] * 9}, "a tuple of 1 to 8 whole numbers"),
        ({"enc_rnn_size": 12}, "enc_rnn_size is 12"),
        ({"enc_rnn_size": [12, 0]}, "enc_rnn_size is"),
        ({"dec_rnn_size": [[16]]}, "dec_rnn_size is"),
        ({"dec_rnn_size": {"a": 1}}, "dec_rnn_size is"),
        ({"prior_size": -1}, "prior_size is -1; a whole number from 0"),
        *(
            ({"prior_spread": spread}, "prior_spread is .*; a number above 0, up to 2, is accepted")
            for spread in (0, -0.5, 2.1, float("nan"), "0.6", None, True, [0.5])
        ),
        ({"prior_guidance": 21}, "prior_guidance is 21; a number above 0, up to 20, is accepted"),
        ({"plan_size": 4}, "hidden_size goes with readout_size and plan_size"),
        ({"hidden_size": 4}, "hidden_size goes with readout_size and plan_size"),
        ({"kind": "groove"}, "kind, decoder and encoder_view of a groove go together"),
        ({"encoder_view": "taps"}, "kind, decoder and encoder_view of a groove go together"),
        ({"control": "hits"}, "kind, decoder and encoder_view of a groove go together"),
        ({"decoder": "nade"}, "nade_size goes with the decoder 'nade'"),
        ({"nade_size": 4}, "nade_size goes with the decoder 'nade'"),
        ({"decoder": "nade", "nade_size": 4}, "and both with the kind 'drums'"),
        ({"kind": "drums", "drum_map": "full"}, "the drum_map 'full' goes with the decoder 'nade'"),
        ({"attention": 4}, "unknown key 'attention'"),
        ({"bars": ...}, "lacks the key 'bars'"),
        ({"format_version": ...}, "of another library"),
        ({"format_version": 2}, "of format 2, and this mvae reads up to 1; update mvae"),
        ({"format_version": 2, "attention": 4}, "of format 2"),
        ({"format_version": 0}, "format_version is 0"),
        ({"format_version": "1"}, "format_version is '1'"),
    ],
)
def test_what_no_model_can_be_built_of_is_refused(changes: dict[str, object], sentence: str):
    with pytest.raises(CheckpointError, match=sentence) as refusal:
        Config.from_dict(values(**changes))
    assert len(str(refusal.value).splitlines()) == 1


@pytest.mark.parametrize("table", [None, [], "melody", 3, [["kind", "melody"]]])
def test_what_is_no_table_is_refused(table: object):
    with pytest.raises(CheckpointError, match="no table of names and values"):
        Config.from_dict(table)


def test_a_config_written_by_hand_is_checked_too():
    with pytest.raises(CheckpointError, match="z_size is 0"):
        dataclasses.replace(GOOD, z_size=0)
    with pytest.raises(CheckpointError, match="enc_rnn_size is"):
        dataclasses.replace(GOOD, enc_rnn_size=[12])  # pyright: ignore[reportArgumentType]
