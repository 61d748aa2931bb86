"""What users install: the wheel without a network, and the Space as Hugging Face builds it.

The slow ones install into empty environments from the package index, gigabytes of them: `pytest -m slow`.
"""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from mvae.hub import bundled
from space import models
from tests.lender import lending
from tests.serving import call, serve
from training.publish_space import stage

ROOT = Path(__file__).parents[1]
MEGABYTES = 80
OFFLINE = """
import socket
def refuse(*_): raise OSError("the network was asked")
socket.socket.connect = socket.getaddrinfo = refuse
import mvae
from mvae import MusicVAE
from mvae.hub import bundled
from space import models
print(mvae.__file__)
for name in bundled():
    print(name, *(len(part.notes) for part in MusicVAE.from_pretrained(name).sample(1, seed=7)[0].instruments))
"""
# of the Space: what ZeroGPU supports today (huggingface.co/docs/hub/spaces-zerogpu), what the platform adds by itself
TORCHES, PYTHONS = {"2.8.0", "2.9.1", "2.10.0", "2.11.0"}, {"3.12.12", "3.10.13"}
PLATFORM = ["uvicorn>=0.14.0", "websockets>=10.4", "spaces"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, as `pip` builds it."""
    build = pytest.importorskip("hatchling.build", reason="hatchling is not installed: pip install hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return folder / build.build_wheel(str(folder))


def test_the_wheel_plays_without_a_network(wheel: Path, tmp_path: Path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "HF_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    place, *tunes = done.stdout.splitlines()
    assert Path(place).parent == tmp_path / "site" / "mvae"
    assert [tune.split()[0] for tune in tunes] == list(bundled())
    assert all(int(tune.split()[1]) for tune in tunes)


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"mvae"}
    assert "mvae/py.typed" in names
    for name in bundled():
        assert {f"mvae/checkpoints/{name}/{part}" for part in ("config.json", "model.safetensors", "README.md")} <= set(
            names
        )
    assert wheel.stat().st_size < MEGABYTES * 10**6


# The Space


def pins(path: Path) -> dict[str, str]:
    """The versions that a requirements file names exactly; nothing else may be in it."""
    lines = [line.split(";")[0].strip() for line in path.read_text("utf-8").splitlines() if line[:1] not in ("#", "")]
    return {name.lower().replace("_", "-"): version for name, version in (line.split("==") for line in lines)}


def test_the_space_pins_what_was_tested_and_what_zerogpu_runs():
    space, tested = pins(ROOT / "space/requirements.txt"), pins(ROOT / "scripts/constraints.txt")
    assert space.pop("torch") in TORCHES
    assert space == {name: tested[name] for name in space}
    front = yaml.safe_load((ROOT / "space/README.md").read_text("utf-8").split("---")[1])
    assert front["python_version"] in PYTHONS
    assert front["sdk_version"] == tested["gradio"]
    assert len(front["short_description"]) <= 60


def test_the_space_asks_for_all_that_the_package_needs():
    tomllib = pytest.importorskip("tomllib", reason="Python 3.10 has no reader of TOML")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = [*project["dependencies"], *project["optional-dependencies"]["audio"]]
    names = {need.split(">=")[0].lower().replace("_", "-") for need in needed}
    assert names - set(pins(ROOT / "space/requirements.txt")) == {"typer"}, "Gradio brings typer"


# In empty environments


def environment(folder: Path, python: str, *packages: str) -> Path:
    """The interpreter of a new environment that holds these packages."""
    subprocess.run([python, "-m", "venv", str(folder)], check=True)
    interpreter = folder / "bin" / "python"
    if subprocess.run([interpreter, "-m", "pip", "install", "--quiet", "--upgrade", "pip"]).returncode:
        pytest.skip("The package index cannot be reached.")
    subprocess.run([interpreter, "-m", "pip", "install", "--quiet", *packages], check=True)
    return interpreter


@pytest.mark.slow
def test_pip_install_of_the_wheel_is_all_it_takes(wheel: Path, tmp_path: Path):
    python = environment(tmp_path / "venv", sys.executable, "-c", str(ROOT / "scripts/constraints.txt"), str(wheel))
    own = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run([python, "-c", OFFLINE], cwd=tmp_path, env=own, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "mel-2bar" in done.stdout


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a Space."""
    folder = tmp_path_factory.mktemp("staged") / "space"
    stage(folder, "us/demo")
    return folder


@pytest.fixture(scope="module")
def built(staged: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment as a Space is built.

    MVAE_SPACE_PYTHON names the interpreter to begin with, best of the Space's own version; MVAE_SPACE_TORCH another
    torch; MVAE_SPACE_BUILT the interpreter of an environment that holds all of it already.
    """
    if made := os.environ.get("MVAE_SPACE_BUILT"):
        return Path(made)
    folder = tmp_path_factory.mktemp("built")
    lines = (staged / "requirements.txt").read_text().splitlines()
    if torch := os.environ.get("MVAE_SPACE_TORCH"):
        lines[-1] = f"torch=={torch}"
    (folder / "requirements.txt").write_text("\n".join(lines))
    sdk = yaml.safe_load((staged / "README.md").read_text("utf-8").split("---")[1])["sdk_version"]
    python = os.environ.get("MVAE_SPACE_PYTHON") or shutil.which("python3.12") or sys.executable
    requirements = str(folder / "requirements.txt")
    return environment(folder / "venv", python, "-r", requirements, f"gradio[oauth,mcp]=={sdk}", *PLATFORM)


@pytest.mark.slow
def test_the_space_starts_and_answers_where_a_space_is_built(staged: Path, built: Path, tmp_path: Path):
    from gradio_client import Client

    with serve(tmp_path, built, staged, SPACE_ID="us/demo", PYTHONPATH="") as url:
        client = Client(url, verbose=False, download_files=str(tmp_path))
        cards = client.predict("mel-2bar", 2, 0.5, 7, 120, True, api_name="/sample")
    assert len(cards) == 2
    assert all(card["notes"] and Path(card["midi"]).exists() for card in cards)


# On ZeroGPU: `spaces` itself lends a GPU, from a lender on loopback. Only the card is made of memory

INSTRUMENTS = "Piano", "Electric bass", "Standard kit"


def played(demo: str) -> dict[str, Any]:
    """The notes that endpoints answer with, or what they say: long models and short ones, from a file and from none."""
    found: dict[str, Any] = {}

    def ask(name: str, endpoint: str, *values: object) -> list[Any]:
        kind, data = call(demo, *values, endpoint=endpoint)
        assert (kind == "error") == ("wrong" in name), data
        found[name] = data["error"] if kind == "error" else [card["notes"] for card in data[0]]
        return [] if kind == "error" else [card["midi"] for card in data[0]]

    a, b = ask("long melodies", "sample", "mel-16bar", 2, 0.5, 7, 120, False)
    ask("a long morph", "morph", "mel-16bar", a, b, 3, 120, False, False)
    ask("a long trio", "trio", "trio-16bar", 1, 0.5, 7, 120, *INSTRUMENTS)
    ask("wrong: no trio", "trio_morph", "trio-16bar", a, b, 3, 120, *INSTRUMENTS)
    ask("short melodies", "sample", "mel-2bar", 2, 0.5, 7, 120, False)
    ask("short bands", "band", "band-1bar", 2, 0.5, 7, 120)
    return found


@pytest.mark.slow
def test_zerogpu_plays_what_a_cpu_plays(staged: Path, built: Path, tmp_path: Path):
    version = subprocess.run([built, "-c", "import torch; print(torch.version.cuda)"], capture_output=True, text=True)
    if version.stdout.strip() == "None":
        pytest.skip("This platform's torch has no CUDA, which `spaces` patches.")
    here = {"PYTHONPATH": "", "SPACE_ID": "us/demo", "GRADIO_ANALYTICS_ENABLED": "False"}
    for name in ("cpu", "zero"):
        (tmp_path / name).mkdir()
    with serve(tmp_path / "cpu", built, staged, **here) as url:
        expected = played(url)
    with lending() as lender:
        here |= {"SPACES_ZERO_GPU": "true", "SPACES_ZERO_DEVICE_API_URL": lender.address}
        here |= {"ZEROGPU_OFFLOAD_DIR": str(tmp_path / "offloaded")}
        launcher = [str(Path(__file__).with_name("without_a_card.py"))]
        with serve(tmp_path / "zero", built, staged, launcher, **here) as url:
            assert len(lender.asked("/startup-report")) == 1
            assert played(url) == expected
            assert [one["durationSeconds"] for one in lender.asked("/schedule")] == [str(models.SECONDS)] * 4
            lender.is_warm = True
            assert played(url) == expected
    assert len(lender.asked("/schedule")) == len(lender.asked("/release")) == 8
    assert {one["fail"] for one in lender.asked("/release")} == {"false"}
    assert len(lender.asked("/allow")) == 4, "a warm worker goes on with its GPU"
