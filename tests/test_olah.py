"""Reads against olah, a mirror of the Hub that others wrote: an independent check of what the loopback Hub answers.

olah is not among the tested versions, whose packages it would hold back: install it elsewhere, put its folder on PATH,
and call `pytest -m slow tests/test_olah.py`.
"""

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mvae import MusicVAE
from tests.serving import free_port

READ = """
import sys
import torch
from mvae import MusicVAE

latest = MusicVAE.from_pretrained("us/tunes")
tagged = MusicVAE.from_pretrained("us/tunes", revision="v1")
offline = MusicVAE.from_pretrained("us/tunes", local_files_only=True)
for found, folder in ((latest, sys.argv[2]), (tagged, sys.argv[1]), (offline, sys.argv[2])):
    wanted = MusicVAE.from_pretrained(folder)
    assert found.config == wanted.config
    assert all(torch.equal(weight, wanted.state_dict()[name]) for name, weight in found.state_dict().items())
    assert found.attributes.keys() == wanted.attributes.keys()
"""
CONFIG = """
[basic]
host = "127.0.0.1"
port = {port}
repos-path = "{folder}/cache"
mirrors-path = ["{folder}/mirrors"]

[accessibility]
offline = true
"""


@pytest.fixture
def folders(tiny: Callable[..., MusicVAE], tmp_path: Path) -> list[Path]:
    """Two checkpoints, which olah serves as the tag v1 and as the newest commit of us/tunes."""
    repository = tmp_path / "mirrors/models/us/tunes"
    repository.mkdir(parents=True)
    saved = [tmp_path / "v1", tmp_path / "newest"]

    def git(*words: str) -> None:
        author = ["-c", "user.name=us", "-c", "user.email=us@example.org"]
        subprocess.run(["git", *author, *words], cwd=repository, check=True, capture_output=True)

    git("init", "-b", "main")
    for seed, folder in enumerate(saved):
        model = tiny(seed=seed)
        model.attributes["jazz"] = model.sample_codes(1)[0]
        model.save_pretrained(folder)
        shutil.copytree(folder, repository, dirs_exist_ok=True)
        git("add", "-A")
        git("commit", "-m", folder.name)
        if seed == 0:
            git("tag", folder.name)
    return saved


@pytest.fixture
def endpoint(folders: list[Path], tmp_path: Path) -> Iterator[str]:
    olah = shutil.which("olah-cli")
    if olah is None:
        pytest.skip("olah-cli is not on PATH: pip install olah, in an environment of its own")
    port = free_port()
    (tmp_path / "olah.toml").write_text(CONFIG.format(port=port, folder=tmp_path), encoding="utf-8")
    with subprocess.Popen(
        [olah, "-c", str(tmp_path / "olah.toml")], cwd=tmp_path, env={"PATH": os.environ["PATH"]}
    ) as it:
        try:
            yield _answering(f"http://127.0.0.1:{port}")
        finally:
            it.terminate()


def _answering(url: str) -> str:
    for _ in range(120):
        try:
            urllib.request.urlopen(f"{url}/api/models/us/tunes/revision/main", timeout=5).close()
            return url
        except OSError:
            time.sleep(0.5)
    raise TimeoutError("olah does not answer")


@pytest.mark.slow
def test_a_repository_served_by_others_is_read(endpoint: str, folders: list[Path], tmp_path: Path):
    client = {**os.environ, "HF_ENDPOINT": endpoint, "HF_HOME": str(tmp_path / "home"), "HF_HUB_DISABLE_XET": "1"}
    command = [sys.executable, "-c", READ, *map(str, folders)]
    done = subprocess.run(command, env=client, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
