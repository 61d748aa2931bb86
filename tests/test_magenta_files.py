"""Reading the files of Magenta: every layout, and what is wrong with damaged ones."""

import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mvae import CheckpointError
from tests import magenta_files as files
from training.magenta import checksum
from training.magenta.source import Source, opened

RANDOM = np.random.default_rng(1)
VARIABLES = {
    **{f"encoder/cell_{n}/kernel": RANDOM.normal(size=(n + 2, 8)).astype(np.float32) for n in range(20)},
    "decoder/bias": RANDOM.normal(size=300).astype(np.float32),
    "global_step": np.array(100_000, np.int64),
}
WEIGHTS = {name: values for name, values in VARIABLES.items() if name != "global_step"}
SPEC = {"type": "MusicVAE", "dataConverter": {"type": "MelodyConverter", "args": {"numSteps": 32}}}


def read(path: Path) -> Source:
    with opened(path) as source:
        return source._replace(variables={name: np.array(values) for name, values in source.variables.items()})


def assert_same(found: dict[str, np.ndarray], wanted: dict[str, np.ndarray], atol: float = 0) -> None:
    assert found.keys() == wanted.keys()
    for name, values in wanted.items():
        assert found[name].shape == values.shape
        np.testing.assert_allclose(found[name], values, rtol=0, atol=atol)


def test_checksums_are_crc_32c(monkeypatch: pytest.MonkeyPatch):
    assert checksum.crc32c(b"123456789") == files.crc32c(b"123456789") == 0xE3069283
    monkeypatch.setattr(checksum, "STRETCHES", 16)
    monkeypatch.setattr(checksum, "SHORT", 32)
    for size in (0, 31, 32, 33, 47, 48, 1000, 4097):
        data = np.random.default_rng(size).integers(0, 256, size, dtype=np.uint8)
        assert checksum.crc32c(data) == files.crc32c(data.tobytes())


@pytest.mark.parametrize("shards", [1, 3])
def test_tensorflow(tmp_path: Path, shards: int):
    prefix = files.write_tensorflow(tmp_path / "model.ckpt-7", VARIABLES, shards)
    for path in (prefix, tmp_path, tmp_path / "model.ckpt-7.index"):
        source = read(path)
        assert_same(source.variables, VARIABLES)
        assert source.variables["global_step"].dtype == np.int64
        assert source.spec == {}


def test_of_several_checkpoints_tensorflow_s_note_names_the_latest(tmp_path: Path):
    files.write_tensorflow(tmp_path / "model.ckpt-7", VARIABLES)
    files.write_tensorflow(tmp_path / "model.ckpt-10", {"last": np.ones(3, np.float32)})
    with pytest.raises(CheckpointError, match="holds several checkpoints: model.ckpt-10, model.ckpt-7; name one"):
        read(tmp_path)
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "/elsewhere/model.ckpt-10"\n')
    assert read(tmp_path).variables.keys() == {"last"}


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_an_archive(tmp_path: Path, mode: str):
    files.write_tensorflow(tmp_path / "model.ckpt", VARIABLES)
    archive = tmp_path / "cat-mel_2bar_big.tar"
    with tarfile.open(archive, mode) as tar:
        for path in sorted(tmp_path.glob("model.ckpt.*")):
            tar.add(path, f"somewhere/{path.name}")
    assert_same(read(archive).variables, VARIABLES)


def test_an_archive_writes_nowhere_else(tmp_path: Path):
    files.write_tensorflow(tmp_path / "model.ckpt", VARIABLES)
    (tmp_path / "evil.index").write_text("evil")
    archive = tmp_path / "evil.tar"
    with tarfile.open(archive, "w") as tar:
        tar.add(tmp_path / "model.ckpt.index", str(tmp_path / "absolute.index"))
        tar.add(tmp_path / "evil.index", "../../escaped.index")
    with pytest.raises(CheckpointError, match="several checkpoints: absolute, escaped"):
        read(archive)
    assert not (tmp_path / "absolute.index").exists()
    assert not list(tmp_path.parents[1].rglob("escaped.index"))


@pytest.mark.parametrize(("bytes_each", "atol"), [(4, 0), (2, 1e-4), (1, 0.02)])
def test_magenta_js(tmp_path: Path, bytes_each: int, atol: float):
    folder = files.write_magenta_js(tmp_path / "js", WEIGHTS, SPEC, bytes_each, shard_size=1000)
    source = read(folder)
    assert_same(source.variables, WEIGHTS, atol)
    assert source.spec == SPEC


def test_deeplearn_js(tmp_path: Path):
    source = read(files.write_deeplearn_js(tmp_path / "js", WEIGHTS, SPEC["dataConverter"]))
    assert_same(source.variables, WEIGHTS)
    assert source.spec == SPEC


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def change(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


DAMAGE: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "no such path": ("tf", shutil.rmtree, "does not exist; a TensorFlow checkpoint"),
    "empty folder": ("tf", lambda p: [f.unlink() for f in p.iterdir()][:0], "holds no checkpoint of Magenta; a Tensor"),
    "no shard": ("tf", lambda p: (p / "m.data-00001-of-00002").unlink(), "m.data-00001-of-00002 is missing; it holds"),
    "cut shard": ("tf", lambda p: cut(p / "m.data-00000-of-00002"), "m.data-00000-of-00002 ends before .*; it is cut"),
    "changed shard": (
        "tf",
        lambda p: change(p / "m.data-00000-of-00002"),
        "data-00000-of-00002 is damaged: its checksum",
    ),
    "cut index": ("tf", lambda p: cut(p / "m.index"), "no sound index of a TensorFlow checkpoint: its last bytes"),
    "empty index": ("tf", lambda p: (p / "m.index").write_bytes(b""), "no sound index"),
    "changed index": ("tf", lambda p: change(p / "m.index"), "no sound index .* its checksum is another"),
    "foreign index": ("tf", lambda p: (p / "m.index").write_bytes(b"[general]\n" * 99), "no sound index"),
    "no weights": ("js", lambda p: (p / "group1-shard2of4").unlink(), "has no file 'group1-shard2of4', which its"),
    "cut weights": ("js", lambda p: cut(p / "group1-shard4of4"), "takes 1200 bytes and has 1100; a file is cut short"),
    "more weights": ("js", lambda p: (p / "group1-shard4of4").write_bytes(bytes(9999)), "bytes more than weights_man"),
    "no json": ("js", lambda p: cut(p / "weights_manifest.json"), "weights_manifest.json cannot be read"),
    "other json": (
        "js",
        lambda p: (p / "weights_manifest.json").write_text("{}"),
        "holds a dict where Magenta has a li",
    ),
    "empty json": (
        "js",
        lambda p: (p / "weights_manifest.json").write_text("[{}]"),
        "no list of weights as Magenta.js",
    ),
    "no spec": ("js", lambda p: (p / "config.json").write_text("["), "config.json cannot be read"),
    "odd type": ("js", lambda p: rewrite(p / "weights_manifest.json", "float32", "string"), "is of 'string'; float32"),
    "elsewhere": (
        "js",
        lambda p: rewrite(p / "weights_manifest.json", "group1", "../group1"),
        "has no file '../group1",
    ),
    "no file": ("old", lambda p: (p / "decoder_bias").unlink(), "has no file 'decoder_bias'"),
    "cut file": ("old", lambda p: cut(p / "decoder_bias"), "decoder/bias of shape .* takes 1200 bytes and has 1100"),
    "no name": ("old", lambda p: rewrite(p / "manifest.json", "filename", "name"), "no list of variables as deeplearn"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_damage_ends_in_a_sentence(tmp_path: Path, case: str):
    layout, damage, sentence = DAMAGE[case]
    folder = tmp_path / "checkpoint"
    if layout == "tf":
        files.write_tensorflow(folder / "m", VARIABLES, 2)
    elif layout == "js":
        files.write_magenta_js(folder, WEIGHTS, SPEC, shard_size=2500)
    else:
        files.write_deeplearn_js(folder, WEIGHTS, SPEC)
    damage(folder)
    with pytest.raises(CheckpointError, match=sentence) as refusal:
        read(folder)
    assert len(str(refusal.value).splitlines()) == 1


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b\x08\x00cut"])
def test_what_is_no_archive(tmp_path: Path, content: bytes):
    (tmp_path / "model.tar").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"cannot be unpacked|holds no checkpoint"):
        read(tmp_path / "model.tar")


def test_strings_are_no_weights(tmp_path: Path):
    prefix = files.write_tensorflow(tmp_path / "m", VARIABLES)
    index = prefix.with_name("m.index")
    index.write_bytes(files.table([(b"", files.field(1, 1)), (b"save/name", files.field(1, 7) + files.field(5, 3))]))
    with pytest.raises(CheckpointError, match="save/name in .* is of TensorFlow's type 7; numbers are read"):
        read(prefix)
