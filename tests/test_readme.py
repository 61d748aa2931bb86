"""The README: its Python runs, its tree is the tree, its links are alive."""

import glob
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mvae.cli import app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    scope: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        exec(compile(block, "README.md", "exec"), scope)
    assert len(scope["morph"]) == 9  # type: ignore[arg-type]
    assert len(scope["near"]) == 4  # type: ignore[arg-type]


def commands() -> list[str]:
    """The block that shows the command line."""
    return README.split("## On the command line")[1].split("```")[1].removeprefix("sh\n").splitlines()


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_command_line_runs_twice_and_shows_every_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    written = []
    for _ in range(2):
        for line in commands():
            _, *words = shlex.split(line, comments=True)
            words = [path for word in words for path in sorted(glob.glob(word)) or [word]]
            result = CliRunner().invoke(app, words)
            assert result.exit_code == 0, f"{line}: {result.output}"
        written.append(files(tmp_path))
    assert written[0] == written[1]
    assert {path.parent.name for path in written[0]} == {"tunes", "morph", "palette", "wild", "my-model", "daring"}
    assert {line.split()[1] for line in commands()} == {
        one.name or one.callback.__name__ for one in app.registered_commands
    }


@pytest.mark.slow
def test_the_command_line_runs_in_a_shell(tmp_path: Path):
    mvae = tmp_path / "bin" / "mvae"
    mvae.parent.mkdir()
    mvae.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m mvae "$@"\n')
    mvae.chmod(0o755)
    own = {**os.environ, "PATH": f"{mvae.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    for _ in range(2):
        done = subprocess.run(
            ["sh", "-ec", "\n".join(commands())], cwd=tmp_path, env=own, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr


# What is advised can be done

ADVICE = re.compile(r"""pip install (?:-U |--upgrade )?['"]?(\.(?:\[\w+\])?|[\w-]+)""")
PLACES = "mvae/**/*.py", "training/**/*.py", "space/**/*.py", "tests/*.py", "README.md", "CONTRIBUTING.md", "app.py"


def test_what_is_to_be_installed_can_be():
    """Nothing is on the index under the name of mvae; a clone and other packages can be installed."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    extras = {f".[{name}]" for name in re.findall(r"(?m)^(\w+) = \[", project.split("optional-dependencies]")[1])}
    known = {".", "torch", *extras} | set(re.findall(r'"([\w-]+)>=', project)) | {"hatchling", "olah", "spaces"}
    for path in (path for pattern in PLACES for path in ROOT.glob(pattern)):
        named = ADVICE.findall(path.read_text(encoding="utf-8"))
        assert set(named) <= known, path


def test_links_within_the_repository_are_alive():
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert not [link for link in links if "://" not in link and not (ROOT / link).exists()]


def named_in(tree: str) -> dict[str, set[str]]:
    """What the tree names, by the folder that it stands under: the words before two spaces, or before a colon."""
    named: dict[str, set[str]] = {"": set()}
    folder = ""
    for line in tree.strip().splitlines():
        names = re.match(r" *((?:[\w.*/]+ )*[\w.*/]+)(?=  )", line)
        if names is None or len(line) - len(line.lstrip()) > 2:
            continue  # what is said of the line above goes on
        if not line.startswith(" "):
            folder = names[1].rstrip("/")
            named[""].add(folder)
        named.setdefault(folder, set()).update(names[1].split() if line.startswith(" ") else ())
    return named


def amiss(tree: str) -> list[str]:
    """Modules that the tree leaves out, and names in it that nothing bears."""
    named = named_in(tree)
    modules = {folder: {path.name for path in (ROOT / folder).glob("*.py")} for folder in ("mvae", "training")}
    missing = [f"{folder}/{name}" for folder in modules for name in modules[folder] - named.get(folder, set())]
    unknown = [
        f"{folder}/{name}" for folder, names in named.items() for name in names if not (ROOT / folder / name).exists()
    ]
    return sorted(name for name in missing + unknown if not name.endswith("/__init__.py"))


def tree_of_the_readme() -> str:
    return README.split("## What lies where")[1].split("```")[1]


def test_the_tree_names_every_module_and_nothing_else():
    assert amiss(tree_of_the_readme()) == []


@pytest.mark.parametrize("line", ["  attributes.py ", "  elbo.py ", "  publish.py ", "  port_magenta.py magenta/ "])
def test_a_tree_is_amiss_where_it_leaves_out_a_module(line: str):
    """Though other names end like it, or begin so: fit_attributes.py, publish_space.py."""
    tree = tree_of_the_readme()
    assert line in tree
    start = tree.index(line)
    folder = "mvae" if start < tree.index("\ntraining/") else "training"
    assert amiss(tree[:start] + tree[tree.index("\n", start) + 1 :]) == [f"{folder}/{line.split()[0]}"]


def test_a_tree_is_amiss_where_it_names_what_is_not_there():
    tree = tree_of_the_readme().replace("  elbo.py ", "  elbow.py elbo.py gone/ ").replace("\napp.py ", "\nabb.py ")
    assert amiss(tree) == ["/abb.py", "mvae/elbow.py", "mvae/gone/"]
