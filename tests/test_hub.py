"""Checkpoints: what is saved is what is loaded, and whatever is wrong with one ends in a sentence."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from huggingface_hub import ModelCard
from safetensors.torch import load_file, save_file
from torch import nn

from mvae import ArgumentError, CheckpointError, MusicVAE
from mvae.hub import bundled

Tiny = Callable[..., MusicVAE]


def same(a: nn.Module, b: nn.Module) -> bool:
    ours, theirs = a.state_dict(), b.state_dict()
    return ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)


def files_of(model: MusicVAE, folder: Path) -> dict[str, bytes]:
    """The files of a checkpoint, as a repository holds them."""
    model.save_pretrained(folder)
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


# Round trips


def test_what_is_saved_is_loaded_bit_for_bit(model: MusicVAE, tmp_path: Path):
    model.save_pretrained(tmp_path)
    loaded = MusicVAE.from_pretrained(tmp_path)
    assert loaded.config == model.config
    assert same(loaded, model)
    z = torch.randn(4, 8, generator=torch.Generator().manual_seed(0))
    assert torch.equal(loaded.decode_tokens(z), model.decode_tokens(z))
    tokens = model.decode_tokens(z)
    assert torch.equal(loaded.encode_tokens(tokens).mean, model.encode_tokens(tokens).mean)


def test_a_folder_holds_config_weights_and_card(folder: Path):
    assert sorted(os.listdir(folder)) == ["README.md", "config.json", "model.safetensors"]
    assert ModelCard.load(folder / "README.md").data.library_name == "mvae"


def test_whoever_reads_the_config_reads_the_weights(folder: Path):
    modes = {stat.S_IMODE((folder / name).stat().st_mode) for name in ("config.json", "model.safetensors")}
    assert len(modes) == 1


def test_a_loaded_model_is_ready_to_play_and_to_be_trained(folder: Path):
    loaded = MusicVAE.from_pretrained(folder)
    assert not loaded.training
    assert all(weight.requires_grad and weight.device.type == "cpu" for weight in loaded.parameters())
    before = loaded.decode_tokens(torch.ones(1, 8))
    logits, _ = loaded(before)
    logits[0].square().sum().backward()
    torch.optim.SGD(loaded.parameters(), 0.1).step()
    assert not torch.equal(loaded.decoder(torch.ones(1, 8), before)[0], logits[0])


@pytest.mark.parametrize("device", ["banana", "cuda:99"])
def test_a_device_that_is_not_here_is_refused(folder: Path, device: Any):
    with pytest.raises(ArgumentError, match="no device here; try 'cpu'"):
        MusicVAE.from_pretrained(folder, map_location=device)


@pytest.mark.usefixtures("untouched")
def test_loading_touches_no_global_generator(folder: Path):
    MusicVAE.from_pretrained(folder)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_on_disk_are_float32_in_memory(folder: Path, dtype: torch.dtype):
    weights = {name: weight.to(dtype) for name, weight in load_file(folder / "model.safetensors").items()}
    save_file(weights, folder / "model.safetensors")
    loaded = MusicVAE.from_pretrained(folder)
    for name, weight in loaded.state_dict().items():
        assert weight.dtype == torch.float32
        assert torch.equal(weight, weights[name].float())
    assert len(loaded.sample(2)) == 2


def test_lstm_weights_that_share_one_storage_are_saved(tiny: Tiny, flatten: Callable, tmp_path: Path):
    """As cuDNN lays them; the mixin's own `save_pretrained` raises."""
    model = flatten(tiny("deep"))
    weights = list(model.decoder.layers[0].parameters())
    assert len({weight.untyped_storage().data_ptr() for weight in weights}) == 1
    model.save_pretrained(tmp_path)
    assert same(MusicVAE.from_pretrained(tmp_path), tiny("deep"))


def test_a_model_outlives_its_file(folder: Path):
    """Saving over the checkpoint that a model was loaded from changes neither."""
    loaded, other = MusicVAE.from_pretrained(folder), MusicVAE.from_pretrained(folder)
    before = {name: weight.clone() for name, weight in loaded.state_dict().items()}
    with torch.no_grad():
        for weight in other.parameters():
            weight.mul_(2)
    other.save_pretrained(folder)
    assert all(torch.equal(weight, before[name]) for name, weight in loaded.state_dict().items())
    assert same(MusicVAE.from_pretrained(folder), other)


def test_a_card_written_by_hand_is_kept(tiny: Tiny, folder: Path):
    (folder / "README.md").write_text("# Polkas only\n")
    tiny().save_pretrained(folder)
    assert (folder / "README.md").read_text() == "# Polkas only\n"


# Saving over what is there


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux tells what is mapped")
def test_a_loaded_checkpoint_is_not_held_open(tiny: Tiny, tmp_path: Path):
    """Windows lets nobody replace or remove a file that is mapped."""
    model = tiny()
    model.attributes["mine"] = torch.ones(8)
    model.save_pretrained(tmp_path)
    loaded = MusicVAE.from_pretrained(tmp_path)
    assert str(tmp_path) not in Path("/proc/self/maps").read_text()
    assert not [link for link in Path("/proc/self/fd").iterdir() if str(tmp_path) in os.path.realpath(link)]
    loaded.save_pretrained(tmp_path)
    assert same(MusicVAE.from_pretrained(tmp_path), tiny())


@pytest.mark.parametrize("broken", ["weights.save_file", "vectors.write", "CONFIG"])
def test_what_fails_half_way_leaves_the_checkpoint_that_was_there(
    tiny: Tiny, folder: Path, monkeypatch: pytest.MonkeyPatch, broken: str
):
    before = snapshot(folder)
    other = tiny(z_size=9)
    other.attributes["mine"] = torch.ones(9)

    def fail(*args: Any, **options: Any) -> None:
        raise OSError(28, "No space left on device")

    if broken == "CONFIG":
        monkeypatch.setattr(type(other.config), "to_json", fail)
    else:
        monkeypatch.setattr(f"mvae.{broken}", fail)
    with pytest.raises(OSError, match="No space left"):
        other.save_pretrained(folder)
    assert snapshot(folder) == before
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


# Where checkpoints are


def test_bundled_checkpoints_load_by_name():
    assert "mel-2bar" in bundled()
    loaded = MusicVAE.from_pretrained("mel-2bar")
    assert loaded.config.bars == 2
    assert same(loaded, MusicVAE.from_pretrained(bundled()["mel-2bar"]))


@pytest.mark.parametrize("name", ["mel-2bar", Path("mel-2bar"), "./mel-2bar"])
def test_a_folder_comes_before_a_bundled_name(
    tiny: Callable[..., MusicVAE], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str | Path
):
    monkeypatch.chdir(tmp_path)
    tiny().save_pretrained(name)
    assert same(MusicVAE.from_pretrained(name), tiny())
    Path("mel-2bar/config.json").unlink()
    if name == "mel-2bar":
        assert same(MusicVAE.from_pretrained(name), MusicVAE.from_pretrained(bundled()["mel-2bar"]))
    Path("drums-2bar").write_text("a file is no checkpoint")
    assert MusicVAE.from_pretrained("drums-2bar").config.kind == "drums"


def test_a_folder_may_be_named_by_text_or_path(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(folder.parent)
    for name in (folder, str(folder), "tune-2bar", "./tune-2bar/", Path("tune-2bar")):
        assert MusicVAE.from_pretrained(name).config.bars == 2


@pytest.mark.parametrize("name", ["mel-3bar", "./nowhere", "/no/where", "a/b/c", "~/models", "a\0b"])
def test_a_missing_name_is_told_what_is_bundled(name: str):
    with pytest.raises(CheckpointError, match="bundled are .*mel-2bar.*owner/name"):
        MusicVAE.from_pretrained(name)


@pytest.mark.parametrize("name", [None, 5, "", True, ["mel-2bar"], b"mel-2bar"])
def test_what_is_no_name_is_refused(name: Any):
    with pytest.raises(CheckpointError, match="a bundled name, a folder or owner/name is needed"):
        MusicVAE.from_pretrained(name)


def test_a_file_is_no_folder(folder: Path):
    with pytest.raises(CheckpointError, match=r"model\.safetensors is a file; a checkpoint is the folder"):
        MusicVAE.from_pretrained(folder / "model.safetensors")


def test_a_name_that_no_disk_can_hold_is_refused():
    with pytest.raises(CheckpointError):
        MusicVAE.from_pretrained("a" * 5000)
