"""The Hub over real HTTP: push, tag, branch, load by revision, offline, and a sentence for whatever goes wrong."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pretty_midi
import pytest
import torch
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, LocalTokenNotFoundError

from mvae import CheckpointError, MusicVAE
from mvae import hub as ours
from tests.loopback import Hub
from tests.test_hub import files_of, same

ROOT = Path(__file__).parents[1]
Tiny = Callable[..., MusicVAE]
pytestmark = [  # huggingface_hub's own: LFS uploads, and the temporary folder of a push that failed
    pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Implicitly cleaning up:ResourceWarning"),
]


# Push


def test_what_is_pushed_is_loaded_bit_for_bit(hub: Hub, tiny: Tiny, tmp_path: Path):
    address = tiny("prior").push_to_hub("us/tunes", private=True, commit_message="Polkas")
    repository = hub["us/tunes"]
    last = list(repository.commits.values())[-1]
    assert address == f"{hub.endpoint}/us/tunes/commit/{last.oid}"
    assert (last.message, repository.private) == ("Polkas", True)
    assert sorted(repository.files) == [".gitattributes", "README.md", "config.json", "model.safetensors"]
    loaded = MusicVAE.from_pretrained("us/tunes", cache_dir=tmp_path)
    assert loaded.config == tiny("prior").config
    assert same(loaded, tiny("prior"))


@pytest.mark.usefixtures("hub")
def test_attributes_travel_with_the_model(tiny: Tiny, tmp_path: Path):
    model = tiny()
    model.attributes["jazz"] = torch.arange(8.0)
    model.push_to_hub("us/tunes")
    assert MusicVAE.from_pretrained("us/tunes", cache_dir=tmp_path).attributes["jazz"].tolist() == list(range(8))
    assert MusicVAE.from_pretrained("us/tunes", cache_dir=tmp_path, local_files_only=True).attributes.keys() == {"jazz"}


def test_what_has_not_changed_is_not_pushed_again(hub: Hub, tiny: Tiny):
    first = tiny().push_to_hub("us/tunes")
    before = len(hub["us/tunes"].commits)
    assert tiny().push_to_hub("us/tunes") == first
    assert len(hub["us/tunes"].commits) == before


def test_tags_and_branches_are_revisions(hub: Hub, tiny: Tiny, tmp_path: Path):
    tiny(seed=2).push_to_hub("us/tunes")
    HfApi().create_tag("us/tunes", tag="v1")
    HfApi().create_branch("us/tunes", branch="jazz")
    tiny(seed=3).push_to_hub("us/tunes", branch="jazz")
    tiny(seed=4).push_to_hub("us/tunes")
    seeds = {"v1": 2, "jazz": 3, "main": 4, None: 4, hub["us/tunes"].tags["v1"]: 2}
    for revision, seed in seeds.items():
        assert same(MusicVAE.from_pretrained("us/tunes", revision=revision, cache_dir=tmp_path), tiny(seed=seed))


def test_a_pull_request_leaves_the_branch_alone(hub: Hub, tiny: Tiny):
    tiny(seed=2).push_to_hub("us/tunes")
    tiny(seed=3).push_to_hub("us/tunes", create_pr=True)
    assert same(MusicVAE.from_pretrained("us/tunes"), tiny(seed=2))
    assert same(MusicVAE.from_pretrained("us/tunes", revision="refs/pr/1"), tiny(seed=3))


@pytest.mark.parametrize("ignored", [None, "*.txt", ["*.txt"]])
@pytest.mark.parametrize("pull", [False, True])
def test_a_card_on_the_hub_is_kept(hub: Hub, tiny: Tiny, ignored: object, pull: bool):
    hub.add("us/tunes", {"README.md": b"# Polkas only\n"})
    tiny().push_to_hub("us/tunes", ignore_patterns=ignored, create_pr=pull)
    commit = hub["us/tunes"].at("refs/pr/1" if pull else "main")
    assert commit is not None
    assert commit.files["README.md"] == b"# Polkas only\n"
    assert "model.safetensors" in commit.files


def test_a_repository_without_a_card_gets_one(hub: Hub, tiny: Tiny):
    hub.add("us/tunes", {".gitattributes": b""})
    tiny().push_to_hub("us/tunes")
    assert b"library_name: mvae" in hub["us/tunes"].files["README.md"]


def test_saving_may_push_at_once(hub: Hub, tiny: Tiny, tmp_path: Path):
    tiny().save_pretrained(tmp_path, push_to_hub=True, repo_id="us/tunes")
    assert hub["us/tunes"].files["model.safetensors"] == (tmp_path / "model.safetensors").read_bytes()


# Load


def test_the_cache_serves_while_the_hub_is_away(hub: Hub, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    hub.add("us/cached", files_of(tiny(), tmp_path / "files"))
    MusicVAE.from_pretrained("us/cached", cache_dir=tmp_path)
    hub.requests.clear()
    assert same(MusicVAE.from_pretrained("us/cached", cache_dir=tmp_path, local_files_only=True), tiny())
    assert hub.requests == []
    hub.broken = True
    monkeypatch.setattr(time, "sleep", lambda seconds: None)  # the client tries again, ever more slowly
    assert same(MusicVAE.from_pretrained("us/cached", cache_dir=tmp_path), tiny())


def test_a_new_commit_is_fetched_and_an_old_one_is_not_fetched_twice(hub: Hub, tiny: Tiny, tmp_path: Path):
    repository = hub.add("us/tunes", files_of(tiny(seed=2), tmp_path / "2"))
    MusicVAE.from_pretrained("us/tunes", cache_dir=tmp_path)
    hub.requests.clear()
    MusicVAE.from_pretrained("us/tunes", cache_dir=tmp_path)
    assert not [request for request in hub.requests if request.startswith("GET")]
    MusicVAE.from_pretrained("us/tunes", cache_dir=tmp_path, force_download=True)
    assert [request for request in hub.requests if request.startswith("GET")]
    repository.commit("better", files_of(tiny(seed=3), tmp_path / "3"))
    assert same(MusicVAE.from_pretrained("us/tunes", cache_dir=tmp_path), tiny(seed=3))


def test_a_private_repository_is_for_those_who_have_the_token(hub: Hub, tiny: Tiny, tmp_path: Path):
    hub.add("us/secret", files_of(tiny(), tmp_path / "files"), private=True)
    assert same(MusicVAE.from_pretrained("us/secret", cache_dir=tmp_path), tiny())
    for token in (False, "hf_other"):
        with pytest.raises(CheckpointError, match="no repository on the Hub, or a private one"):
            MusicVAE.from_pretrained("us/secret", token=token, cache_dir=tmp_path / "empty")


# What goes wrong


def later_format(files: dict[str, bytes]) -> None:
    files["config.json"] = json.dumps({**json.loads(files["config.json"]), "format_version": 9}).encode()


BROKEN: dict[str, tuple[Callable[[dict[str, bytes]], object], str]] = {
    "no config": (lambda f: f.pop("config.json"), r"us/tunes has no config\.json or no model\.safetensors"),
    "no weights": (lambda f: f.pop("model.safetensors"), r"us/tunes has no config\.json or no model\.safetensors"),
    "another library": (lambda f: f.update({"config.json": b'{"model_type": "llama"}'}), "us/tunes .*another library"),
    "a later format": (later_format, "us/tunes .*format 9, .*update mvae"),
    "damaged weights": (lambda f: f.update({"model.safetensors": b"PK\3\4"}), "of us/tunes is damaged"),
    "a pickle": (lambda f: f.update({"pytorch_model.bin": f.pop("model.safetensors")}), "reads safetensors only"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_repository_is_a_sentence(hub: Hub, tiny: Tiny, tmp_path: Path, name: str):
    damage, sentence = BROKEN[name]
    files = files_of(tiny(), tmp_path / "files")
    damage(files)
    hub.add("us/tunes", files)
    with pytest.raises(CheckpointError, match=sentence):
        MusicVAE.from_pretrained("us/tunes", cache_dir=tmp_path)


def test_missing_repositories_and_revisions_are_sentences(hub: Hub, tiny: Tiny, tmp_path: Path):
    hub.add("us/tunes", files_of(tiny(), tmp_path / "files"))
    hub.add("us/gated", {}, gated=True)
    for name, revision, sentence in [
        ("us/none", None, "us/none is no folder, and no repository on the Hub"),
        ("us/tunes", "v9", "us/tunes has no revision 'v9'; name a branch, a tag or a commit"),
        ("us/gated", None, "us/gated is gated: ask for access on its page"),
    ]:
        with pytest.raises(CheckpointError, match=sentence):
            MusicVAE.from_pretrained(name, revision=revision, cache_dir=tmp_path)
    with pytest.raises(CheckpointError, match="us/tunes has no revision 'v9'"):
        tiny().push_to_hub("us/tunes", branch="v9")
    with pytest.raises(CheckpointError, match="401 .*log in with hf auth login"):
        tiny().push_to_hub("us/mine", token="hf_other")
    assert list(hub.repositories) == [("model", "us/tunes"), ("model", "us/gated")]


def test_a_hub_that_cannot_be_reached_is_a_sentence(hub: Hub, tiny: Tiny, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(time, "sleep", lambda seconds: None)  # the client tries again, ever more slowly
    hub.broken = True
    with pytest.raises(CheckpointError, match="not in the cache and the Hub cannot be reached"):
        MusicVAE.from_pretrained("us/never-seen")
    with pytest.raises(CheckpointError, match="The Hub did not answer for us/tunes .*500.*; try again later"):
        tiny().push_to_hub("us/tunes")


def response(status: int) -> Any:
    """What the client saw of the server."""
    return httpx.Response(status, request=httpx.Request("GET", "https://huggingface.co/us/tunes"))


FAILURES: list[tuple[Exception, str]] = [
    (LocalEntryNotFoundError("offline"), "not in the cache and the Hub cannot be reached"),
    (LocalTokenNotFoundError("Token is required"), "log in with hf auth login"),
    (HfHubHTTPError("401 Unauthorized", response=response(401)), "log in with hf auth login"),
    (
        HfHubHTTPError("413", response=response(413), server_message="Too\nlarge."),
        r"answered 413 for us/tunes: Too large\.$",
    ),
    (HfHubHTTPError("409 Conflict", response=response(409)), r"answered 409 for us/tunes: 409 Conflict\.$"),
    (HfHubHTTPError("500 Server Error\nand more", response=response(500)), r"\(500 Server Error\); try again later"),
    (httpx.ConnectError("Connection refused"), r"\(Connection refused\); try again later"),
    (httpx.ReadTimeout(""), r"\(ReadTimeout\); try again later"),
    (OSError(28, "No space left on device"), r"cannot be kept on this disk \(the cache: No space left on device\)"),
    (ConnectionResetError(104, "Connection reset by peer"), r"did not answer .*reset by peer\); try again later"),
]


@pytest.mark.parametrize(("failure", "sentence"), FAILURES, ids=[type(failure).__name__ for failure, _ in FAILURES])
@pytest.mark.usefixtures("hub")
def test_whatever_the_client_raises_is_a_sentence(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch, failure: Exception, sentence: str
):
    def fail(*args: Any, **options: Any) -> None:
        raise failure

    monkeypatch.setattr(ours, "hf_hub_download", fail)
    monkeypatch.setattr(HfApi, "create_repo", fail)
    for call in (lambda: MusicVAE.from_pretrained("us/tunes"), lambda: tiny().push_to_hub("us/tunes")):
        with pytest.raises(CheckpointError, match=sentence) as refusal:
            call()
        assert len(str(refusal.value).splitlines()) == 1
        assert str(refusal.value).endswith(".")


def test_a_cache_that_cannot_be_written_is_not_blamed_on_the_hub(hub: Hub, tiny: Tiny, tmp_path: Path):
    hub.add("us/tunes", files_of(tiny(), tmp_path / "files"))
    (tmp_path / "taken").write_text("a file where a folder should be")
    with pytest.raises(
        CheckpointError, match=r"cannot be kept on this disk \(.*taken.*: .*cache_dir= or HF_HOME"
    ) as told:
        MusicVAE.from_pretrained("us/tunes", cache_dir=tmp_path / "taken")
    assert "Hub" not in str(told.value)


@pytest.mark.parametrize("name", ["us/a b", "us/-", "us/a..b", "ü/tunes"])
def test_a_name_that_no_repository_can_have_is_refused(tiny: Tiny, name: str):
    with pytest.raises(CheckpointError, match="no name of a repository"):
        MusicVAE.from_pretrained(name)
    with pytest.raises(CheckpointError, match="no name of a repository"):
        tiny().push_to_hub(name)


@pytest.mark.usefixtures("hub")
def test_a_misspelt_argument_is_no_fault_of_the_hub(tiny: Tiny):
    with pytest.raises(TypeError, match="privat"):
        tiny().push_to_hub("us/tunes", privat=True)


# Elsewhere

PLAY = "from mvae.cli import main; main()"


def test_in_a_new_process_with_an_empty_cache_it_plays_the_same(hub: Hub, tiny: Tiny, tmp_path: Path):
    """As `mvae sample --model owner/name`."""
    tiny().push_to_hub("us/tunes")
    hub.requests.clear()
    own = {"HF_HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    words = ("sample", "--model", "us/tunes", "-n", "2", "--seed", "7", "--out", "there")
    command = [sys.executable, "-c", PLAY, *words]
    done = subprocess.run(command, env={**os.environ, **own}, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "GET /us/tunes/resolve/main/model.safetensors" in hub.requests
    for number, piece in enumerate(tiny().sample(2, seed=7), 1):
        piece.write(str(tmp_path / "here.mid"))
        here, there = (
            pretty_midi.PrettyMIDI(str(tmp_path / name)) for name in ("here.mid", f"there/sample-{number:02d}.mid")
        )
        assert str(there.instruments[0].notes) == str(here.instruments[0].notes)
