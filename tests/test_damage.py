"""Damaged, foreign and hostile checkpoints: each ends in one sentence, executes nothing, and takes little memory."""

import json
import os
import pickle
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from mvae import CheckpointError, MusicVAE


def damage_config(**changes: object) -> Callable[[Path], object]:
    def damage(folder: Path) -> None:
        values = {**json.loads((folder / "config.json").read_text()), **changes}
        (folder / "config.json").write_text(json.dumps({k: v for k, v in values.items() if v is not ...}))

    return damage


def write_config(text: str | bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / "config.json").write_bytes(text if isinstance(text, bytes) else text.encode())


def write_weights(data: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / "model.safetensors").write_bytes(data)


def change_weights(change: Callable[[dict[str, torch.Tensor]], object]) -> Callable[[Path], object]:
    def damage(folder: Path) -> None:
        weights = load_file(folder / "model.safetensors")
        change(weights)
        save_file(weights, folder / "model.safetensors")

    return damage


def cut_weights(keep: float) -> Callable[[Path], object]:
    def damage(folder: Path) -> None:
        data = (folder / "model.safetensors").read_bytes()
        (folder / "model.safetensors").write_bytes(data[: int(len(data) * keep)])

    return damage


def header(table: object) -> bytes:
    text = json.dumps(table).encode()
    return len(text).to_bytes(8, "little") + text


def replace_by_folder(name: str) -> Callable[[Path], object]:
    def damage(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()

    return damage


class Bomb:
    """Whoever unpickles it writes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.write_text, (self.path, "executed")


def bomb(name: str, *gone: str) -> Callable[[Path], object]:
    def damage(folder: Path) -> None:
        for other in gone:
            (folder / other).unlink()
        (folder / name).write_bytes(pickle.dumps(Bomb(folder.parent / "executed")))

    return damage


HUGE = {"dec_rnn_size": [8192] * 8, "enc_rnn_size": [8192] * 8, "z_size": 8192}
DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no config": (lambda f: (f / "config.json").unlink(), r"has no config\.json"),
    "no weights": (lambda f: (f / "model.safetensors").unlink(), r"has no model\.safetensors; only safetensors"),
    "empty config": (write_config(""), "config.json of .* is damaged"),
    "config cut off": (write_config('{"bars": 2, "kind'), "config.json of .* is damaged"),
    "config of bytes": (write_config(bytes(range(256))), "config.json of .* is damaged"),
    "config of one number": (write_config("7"), "no table"),
    "config without bottom": (write_config("[" * 60_000), "config.json of .* is damaged"),
    "config without end": (
        lambda f: os.truncate(f / "config.json", 2**31),
        "config.json of .* is damaged .*larger than 64 KiB",
    ),
    "config with a number of many digits": (write_config('{"bars": ' + "9" * 9999 + "}"), "config.json"),
    "config is a folder": (replace_by_folder("config.json"), "config.json of .* is damaged"),
    "unknown key": (damage_config(attention=4), "unknown key 'attention'"),
    "missing key": (damage_config(bars=...), "lacks the key 'bars'"),
    "later format": (damage_config(format_version=2), "format 2, .* update mvae"),
    "another library": (write_config('{"model_type": "llama", "hidden_size": 4096}'), "of another library"),
    "unknown kind": (damage_config(kind="polka"), "kind is 'polka'"),
    "too many bars": (damage_config(bars=1000), "bars is 1000"),
    "another length of code": (damage_config(z_size=9), "weight .* is .*; its config.json asks for"),
    "another depth": (damage_config(enc_rnn_size=[12, 12]), "is missing; its config.json asks for"),
    "a prior that is not there": (damage_config(prior_size=8), r"weight prior\..* is missing"),
    "huge": (damage_config(**HUGE), "asks for"),
    "beyond huge": (damage_config(z_size=2**60), "z_size is"),
    "empty weights": (write_weights(b""), "model.safetensors of .* is damaged"),
    "weights of one byte": (write_weights(b"\0"), "model.safetensors of .* is damaged"),
    "weights cut in the header": (cut_weights(0.01), "model.safetensors of .* is damaged"),
    "weights cut in the middle": (cut_weights(0.5), "model.safetensors of .* is damaged"),
    "weights with bytes to spare": (
        lambda f: (f / "model.safetensors").write_bytes((f / "model.safetensors").read_bytes() + b"\0" * 8),
        "model.safetensors of .* is damaged",
    ),
    "a header that claims 2^63 bytes": (write_weights(b"\xff" * 7 + b"\x7f{}"), "model.safetensors of .* is damaged"),
    "a tensor beyond the end": (
        write_weights(header({"mean.bias": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}})),
        "model.safetensors of .* is damaged",
    ),
    "no tensors": (write_weights(header({})), "is missing"),
    "weights are a folder": (replace_by_folder("model.safetensors"), "model.safetensors of .* is damaged"),
    "a weight too few": (change_weights(lambda w: w.pop("mean.bias")), "weight mean.bias .* is missing"),
    "a weight too many": (
        change_weights(lambda w: w.update(extra=torch.zeros(1))),
        "weight extra .* asks for nothing of that name",
    ),
    "a weight of another shape": (
        change_weights(lambda w: w.update({"mean.bias": torch.zeros(9)})),
        r"mean.bias .*\(9,\)",
    ),
    "a weight that is NaN": (change_weights(lambda w: w["mean.bias"].fill_(torch.nan)), "mean.bias .* NaN or infinity"),
    "a weight beyond float32": (
        change_weights(lambda w: w.update({"mean.bias": torch.full((8,), 1e300, dtype=torch.float64)})),
        "mean.bias .* NaN or infinity",
    ),
    "weights of integers": (
        change_weights(lambda w: w.update({"mean.bias": torch.ones(8).long()})),
        "mean.bias is of I64",
    ),
    "weights of complex numbers": (
        change_weights(lambda w: w.update({"mean.bias": torch.ones(8, dtype=torch.complex64)})),
        "mean.bias is of C64",
    ),
    "a pickle in place of weights": (bomb("model.safetensors"), "model.safetensors of .* is damaged"),
    "a pickle beside": (bomb("pytorch_model.bin", "model.safetensors"), "only safetensors are read, no pickles"),
    "a pickle in place of the config": (bomb("config.json"), "config.json of .* is damaged"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_ends_in_a_sentence(folder: Path, damage: str):
    cause, sentence = DAMAGES[damage]
    cause(folder)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(CheckpointError, match=sentence) as refusal:
        MusicVAE.from_pretrained(folder)
    assert len(str(refusal.value).splitlines()) == 1
    assert str(refusal.value).endswith(".")
    assert len(str(refusal.value)) < 500
    assert not (folder.parent / "executed").exists()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000, "more than 100 MB were taken"


def test_the_bomb_is_a_bomb(tmp_path: Path):
    pickle.loads(pickle.dumps(Bomb(tmp_path / "executed")))
    assert (tmp_path / "executed").exists()
