"""The scripts: plain sh; and scripts/test runs every part, whatever became of those before it."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = {
    "ruff-check": "ruff check .",
    "ruff-format": "ruff format --check .",
    "pyright": "pyright --pythonpath .venv/bin/python",
    "pytest": "python -m pytest",
    "browser-tests": "python -m pytest -n0 -m browser and not slow",
}


@pytest.mark.parametrize("script", ["scripts/demo", "scripts/setup", "scripts/test", ".ci/run"])
def test_scripts_are_plain_sh(script: str):
    assert (ROOT / script).read_text(encoding="utf-8").startswith("#!/bin/sh\n")
    assert (ROOT / script).stat().st_mode & 0o111


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """scripts/test beside tools that only write down how they were called, and fail where `red` has that line."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "test").write_bytes((ROOT / "scripts" / "test").read_bytes())
    (tmp_path / "red").touch()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    tool = '#!/bin/sh\ncall="$(basename "$0") $*"\necho "$call" >>calls\n! grep -qxF -- "$call" red\n'
    for name in ("scripts/setup", ".venv/bin/ruff", ".venv/bin/pyright", ".venv/bin/python"):
        (tmp_path / name).write_text(tool, encoding="utf-8")
    for path in (*tmp_path.glob("scripts/*"), *tmp_path.glob(".venv/bin/*")):
        path.chmod(0o755)
    return tmp_path


def run(checkout: Path, *arguments: str) -> tuple[int, list[str], str]:
    """The exit code, the calls of tools, and the last line that the script writes."""
    command = ["sh", str(checkout / "scripts" / "test"), *arguments]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True)
    calls = (checkout / "calls").read_text(encoding="utf-8").splitlines()
    return done.returncode, calls, (done.stderr or done.stdout).splitlines()[-1]


def test_all_parts_are_run(checkout: Path):
    assert run(checkout) == (0, ["setup dev fluidsynth chromium", *PARTS.values()], "All green.")


@pytest.mark.parametrize("red", [[part] for part in PARTS] + [["ruff-check", "pytest"], list(PARTS)], ids=" ".join)
def test_a_red_part_stops_no_other_and_is_named_at_the_end(checkout: Path, red: list[str]):
    (checkout / "red").write_text("\n".join(PARTS[part] for part in red), encoding="utf-8")
    assert run(checkout) == (1, ["setup dev fluidsynth chromium", *PARTS.values()], f"Red: {' '.join(red)}.")


def test_arguments_go_to_pytest(checkout: Path):
    (checkout / "red").write_text("python -m pytest -m not slow tests/test_melody.py -k canonical", encoding="utf-8")
    code, calls, last = run(checkout, "tests/test_melody.py", "-k", "canonical")
    assert calls[-2:] == [PARTS["pyright"], "python -m pytest -m not slow tests/test_melody.py -k canonical"]
    assert (code, last) == (1, "Red: pytest.")


def test_without_what_it_needs_nothing_is_run(checkout: Path):
    (checkout / "red").write_text("setup dev fluidsynth chromium", encoding="utf-8")
    (checkout / "scripts" / "setup").write_text("#!/bin/sh\necho setup >>calls\necho Get Python. >&2\nexit 2\n")
    assert run(checkout) == (2, ["setup"], "Get Python.")
