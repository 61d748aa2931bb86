"""The README: its Python runs, its tree is the tree, its links are alive."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    scope: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        exec(compile(block, "README.md", "exec"), scope)
    assert len(scope["morph"]) == 9  # type: ignore[arg-type]
    assert len(scope["near"]) == 4  # type: ignore[arg-type]


def test_links_within_the_repository_are_alive():
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert not [link for link in links if "://" not in link and not (ROOT / link).exists()]


def test_the_tree_names_every_module():
    tree = README.split("## What lies where")[1].split("```")[1]
    modules = [path.name for folder in ("mvae", "training") for path in (ROOT / folder).glob("*.py")]
    missing = [name for name in modules if name != "__init__.py" and name not in tree]
    assert not missing


@pytest.mark.parametrize("script", ["scripts/demo", "scripts/test", ".ci/run"])
def test_scripts_are_plain_sh(script: str):
    assert (ROOT / script).read_text(encoding="utf-8").startswith("#!/bin/sh\n")
    assert (ROOT / script).stat().st_mode & 0o111
