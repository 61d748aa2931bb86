"""Checkpoints: what is saved is what is loaded, and whatever is wrong with one ends in a sentence."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import torch
from huggingface_hub import _CACHED_NO_EXIST, HfApi, ModelCard
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    LocalTokenNotFoundError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from safetensors.torch import load_file, save_file
from torch import nn

from mvae import ArgumentError, CheckpointError, MusicVAE, hub
from mvae.hub import bundled

Tiny = Callable[..., MusicVAE]


def same(a: nn.Module, b: nn.Module) -> bool:
    ours, theirs = a.state_dict(), b.state_dict()
    return ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)


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


# Where checkpoints are


def test_bundled_checkpoints_load_by_name():
    assert "mel-2bar" in bundled()
    loaded = MusicVAE.from_pretrained("mel-2bar")
    assert loaded.config.bars == 2
    assert same(loaded, MusicVAE.from_pretrained(bundled()["mel-2bar"]))


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


# The Hub


class FakeHub:
    """A Hub in a dictionary: the files of each repository."""

    def __init__(self, **repositories: dict[str, bytes]) -> None:
        self.repositories = {f"us/{name}": files for name, files in repositories.items()}
        self.created: list[dict[str, Any]] = []
        self.uploads: list[dict[str, Any]] = []

    def file_exists(self, _: HfApi, repo_id: str, filename: str, **options: Any) -> bool:
        if repo_id not in self.repositories:
            raise RepositoryNotFoundError("no repository", response=response(404))
        return filename in self.repositories[repo_id]

    def create_repo(self, _: HfApi, repo_id: str, **options: Any) -> Any:
        self.created.append({"repo_id": repo_id, **options})
        self.repositories.setdefault(repo_id, {})
        return type("Repository", (), {"repo_id": repo_id})()

    def upload_folder(self, _: HfApi, *, repo_id: str, folder_path: Path, **options: Any) -> str:
        self.uploads.append(options)
        ignored = options["ignore_patterns"] or []
        files = {path.name: path.read_bytes() for path in Path(folder_path).iterdir() if path.name not in ignored}
        self.repositories[repo_id] |= files
        return f"https://huggingface.co/{repo_id}/commit/1"

    def install(self, monkeypatch: pytest.MonkeyPatch) -> "FakeHub":
        for name in ("file_exists", "create_repo", "upload_folder"):
            method = getattr(self, name)
            monkeypatch.setattr(HfApi, name, lambda api, *a, method=method, **k: method(api, *a, **k))
        return self


def response(status: int) -> Any:
    """What the client saw of the server."""
    return httpx.Response(status, request=httpx.Request("GET", "https://huggingface.co/us/tunes"))


def test_a_fresh_repository_gets_config_weights_and_card(tiny: Tiny, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    server = FakeHub().install(monkeypatch)
    address = tiny().push_to_hub("us/tunes", private=True, commit_message="Polkas")
    assert address == "https://huggingface.co/us/tunes/commit/1"
    assert server.created[0]["private"] is True
    assert server.uploads[0]["commit_message"] == "Polkas"
    files = server.repositories["us/tunes"]
    assert sorted(files) == ["README.md", "config.json", "model.safetensors"]
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    assert same(MusicVAE.from_pretrained(tmp_path), tiny())


@pytest.mark.parametrize("ignored", [None, "*.txt", ["*.txt"]])
def test_a_card_on_the_hub_is_kept(tiny: Tiny, monkeypatch: pytest.MonkeyPatch, ignored: object):
    server = FakeHub(tunes={"README.md": b"# Polkas only\n"}).install(monkeypatch)
    tiny().push_to_hub("us/tunes", ignore_patterns=ignored)
    assert server.repositories["us/tunes"]["README.md"] == b"# Polkas only\n"
    assert "model.safetensors" in server.repositories["us/tunes"]
    assert set(server.uploads[0]["ignore_patterns"]) == {"README.md", *(["*.txt"] if ignored else [])}


def test_a_repository_without_a_card_gets_one(tiny: Tiny, monkeypatch: pytest.MonkeyPatch):
    server = FakeHub(tunes={".gitattributes": b""}).install(monkeypatch)
    tiny().push_to_hub("us/tunes")
    assert b"library_name: mvae" in server.repositories["us/tunes"]["README.md"]


def test_saving_may_push_at_once(tiny: Tiny, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    server = FakeHub().install(monkeypatch)
    tiny().save_pretrained(tmp_path, push_to_hub=True, repo_id="us/tunes")
    assert "model.safetensors" in server.repositories["us/tunes"]


def test_a_repository_is_downloaded_with_what_was_asked_for(folder: Path, monkeypatch: pytest.MonkeyPatch):
    asked: list[dict[str, Any]] = []

    def download(repo_id: str, filename: str, **options: Any) -> str:
        asked.append({"repo_id": repo_id, "filename": filename, **options})
        return str(folder / filename)

    monkeypatch.setattr(hub, "hf_hub_download", download)
    options = {"revision": "v1", "token": "secret", "cache_dir": "c", "local_files_only": True, "force_download": True}
    assert MusicVAE.from_pretrained("us/tunes", **options).config.bars == 2
    assert asked == [
        {"repo_id": "us/tunes", "filename": name, **options}
        for name in ("config.json", "model.safetensors", "attributes.safetensors")
    ]


@pytest.mark.parametrize("remembered", [True, False])
def test_a_repository_may_have_no_attributes(folder: Path, monkeypatch: pytest.MonkeyPatch, remembered: bool):
    def download(repo_id: str, filename: str, **options: Any) -> str:
        if filename == "attributes.safetensors":
            raise LocalEntryNotFoundError("offline") if options["local_files_only"] else EntryNotFoundError("404")
        return str(folder / filename)

    known = _CACHED_NO_EXIST if remembered else None
    monkeypatch.setattr(hub, "hf_hub_download", download)
    monkeypatch.setattr(hub, "try_to_load_from_cache", lambda *where: known)
    assert MusicVAE.from_pretrained("us/tunes").attributes == {}
    if remembered:
        assert MusicVAE.from_pretrained("us/tunes", local_files_only=True).attributes == {}
    else:
        with pytest.raises(CheckpointError, match="not in the cache"):
            MusicVAE.from_pretrained("us/tunes", local_files_only=True)


FAILURES: list[tuple[Exception, str]] = [
    (RepositoryNotFoundError("404", response=response(404)), "us/tunes is no folder, and no repository on the Hub"),
    (GatedRepoError("403", response=response(403)), "gated: ask for access on its page"),
    (RevisionNotFoundError("404", response=response(404)), "no revision 'v9'; name a branch"),
    (RemoteEntryNotFoundError("404", response=response(404)), r"no config\.json or no model\.safetensors"),
    (LocalEntryNotFoundError("offline"), "not in the cache and the Hub cannot be reached"),
    (LocalTokenNotFoundError("Token is required"), "log in with hf auth login"),
    (HfHubHTTPError("401 Unauthorized", response=response(401)), "log in with hf auth login"),
    (HfHubHTTPError("500 Server Error\nand more", response=response(500)), r"\(500 Server Error\); try again later"),
    (httpx.ConnectError("Connection refused"), r"\(Connection refused\); try again later"),
    (httpx.ReadTimeout(""), r"\(ReadTimeout\); try again later"),
    (OSError(28, "No space left on device"), "No space left on device"),
]


@pytest.mark.parametrize(("failure", "sentence"), FAILURES, ids=[type(failure).__name__ for failure, _ in FAILURES])
def test_what_the_hub_refuses_is_a_sentence(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch, failure: Exception, sentence: str
):
    def fail(*args: Any, **options: Any) -> None:
        raise failure

    FakeHub(tunes={}).install(monkeypatch)
    monkeypatch.setattr(hub, "hf_hub_download", fail)
    monkeypatch.setattr(HfApi, "create_repo", fail)
    for call in (
        lambda: MusicVAE.from_pretrained("us/tunes", revision="v9"),
        lambda: tiny().push_to_hub("us/tunes", branch="v9"),
    ):
        with pytest.raises(CheckpointError, match=sentence) as refusal:
            call()
        assert len(str(refusal.value).splitlines()) == 1
        assert str(refusal.value).endswith(".")


@pytest.mark.parametrize("name", ["us/a b", "us/-", "us/a..b", "ü/tunes"])
def test_a_name_that_no_repository_can_have_is_refused(tiny: Tiny, name: str):
    with pytest.raises(CheckpointError, match="no name of a repository"):
        MusicVAE.from_pretrained(name)
    with pytest.raises(CheckpointError, match="no name of a repository"):
        tiny().push_to_hub(name)


def test_a_misspelt_argument_is_no_fault_of_the_hub(tiny: Tiny, monkeypatch: pytest.MonkeyPatch):
    FakeHub().install(monkeypatch)
    with pytest.raises(TypeError, match="privat"):
        tiny().push_to_hub("us/tunes", privat=True)
