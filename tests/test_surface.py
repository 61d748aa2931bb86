"""What the package shows, and what it imports."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import mvae

ROOT = Path(__file__).parents[1]
PUBLIC = [
    "ArgumentError",
    "AudioError",
    "CheckpointError",
    "Config",
    "MelodyConverter",
    "MeterError",
    "MidiError",
    "MusicVAE",
    "MvaeError",
    "PartError",
    "TokenError",
]
VERBS = {
    "adopt_language",
    "adopt_operators",
    "adopt_prior",
    "decode",
    "decode_tokens",
    "device",
    "dtype",
    "encode",
    "encode_tokens",
    "fit_attribute",
    "from_config",
    "from_pretrained",
    "interpolate",
    "palette",
    "parameter_count",
    "path",
    "posterior",
    "push_to_hub",
    "reconstruct",
    "sample",
    "sample_codes",
    "save_pretrained",
    "shift",
    "similar",
}
HEAVY = {  # what only some of those who play need: the demo, training, pictures, sound, the command line
    "accelerate",
    "gradio",
    "gradio_client",
    "jinja2",
    "matplotlib",
    "midi2audio",
    "music21",
    "mvae.audio",
    "mvae.cli",
    "mvae.plot",
    "pandas",
    "PIL",
    "rich",
    "scipy",
    "tensorflow",
    "tqdm.notebook",
    "typer",
}
MAY_IMPORT = {
    "mvae": {"mvae"},
    "training": {"mvae", "training"},
    "space": {"mvae", "space"},
    "app.py": {"mvae", "space"},
}
OURS = {"mvae", "training", "space", "app", "tests"}
FIRST_NOTE = """
import sys
from mvae import MusicVAE
MusicVAE.from_pretrained("mel-2bar").sample(2)
print(*sorted(sys.modules))
"""


def test_the_public_names_are_pinned():
    assert mvae.__all__ == PUBLIC
    assert all(hasattr(mvae, name) for name in PUBLIC)


def test_the_verbs_are_pinned():
    bases = [base for base in mvae.MusicVAE.__mro__ if base.__module__.startswith("mvae.")]
    own = {name for base in bases for name in vars(base) if not name.startswith("_")}
    inherited = {"forward", "generate_model_card"}
    assert own - inherited | {"save_pretrained"} == VERBS


def test_every_error_is_one_of_ours():
    errors = [getattr(mvae, name) for name in PUBLIC if name.endswith("Error")]
    assert all(issubclass(error, mvae.MvaeError) for error in errors)
    assert issubclass(mvae.PartError, mvae.MidiError)
    assert issubclass(mvae.MeterError, mvae.MidiError)
    assert issubclass(mvae.ArgumentError, ValueError)


def imports_of(path: Path) -> set[str]:
    """The top-level packages that a file imports by name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("place", MAY_IMPORT)
def test_imports_go_one_way(place: str):
    path = ROOT / place
    files = [path] if path.is_file() else sorted(path.rglob("*.py"))
    for file in files:
        assert imports_of(file) & OURS <= MAY_IMPORT[place], file
        assert place != "mvae" or "gradio" not in imports_of(file), file


@pytest.mark.parametrize("place", ["mvae", "training", "space"])
def test_no_file_outgrows_a_reader(place: str):
    lengths = {file.name: len(file.read_text(encoding="utf-8").splitlines()) for file in (ROOT / place).rglob("*.py")}
    assert {name: n for name, n in lengths.items() if n > 300} == {}


def test_the_first_note_comes_without_ballast():
    """In a new process: what is imported for a first tune decides how long one waits for it."""
    run = subprocess.run([sys.executable, "-c", FIRST_NOTE], capture_output=True, text=True, cwd=ROOT, check=True)
    modules = set(run.stdout.split())
    assert {"mvae.model", "torch", "symusic"} <= modules
    assert modules & HEAVY == set()
    assert run.stderr == ""
