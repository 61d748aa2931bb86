"""Paths: `~` wherever one is taken, and what published files make of them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mvae import AudioError, MusicVAE
from mvae.audio import missing, render, write_wav
from mvae.cli import app
from mvae.paths import expanded
from mvae.plot import piano_roll
from tests.music import music, part
from tests.test_prepare import AIR, run, write
from training import average, prepare
from training.paths import without_places, worded

Tiny = Callable[..., MusicVAE]
TUNE = music(part("C4 . E4 . G4 . - . C5 ."))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Somebody's home, who works elsewhere, where no folder called `~` may be made."""
    (tmp_path / "home" / "me").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home" / "me"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home" / "me"))
    monkeypatch.chdir(tmp_path / "elsewhere")
    return tmp_path / "home" / "me"


def test_python_knows_the_home(tiny: Tiny, home: Path):
    tiny().save_pretrained("~/models/tunes")
    assert (home / "models/tunes/config.json").exists()
    model = MusicVAE.from_pretrained("~/models/tunes")
    TUNE.write(str(home / "a.mid"))
    (home / "music").mkdir()
    for n in range(2):
        music(part("A4 . . . G4 . . .")).write(str(home / "music" / f"{n}.mid"))
    assert model.encode("~/a.mid").equal(model.encode(TUNE))
    assert model.encode([Path("~/a.mid")]).equal(model.encode(TUNE))
    vector = model.fit_attribute("mine", "~/music", ["~/a.mid"])
    assert vector.equal(model.fit_attribute("mine", home / "music", home / "a.mid"))
    piano_roll("~/a.mid", "~/a.png")
    assert (home / "a.png").exists()
    if missing() is None:
        assert write_wav(TUNE, "~/a.wav") == home / "a.wav"
        with pytest.raises(AudioError, match=str(home / "no.sf2")):
            render(TUNE, "~/no.sf2")
    assert not list(Path().iterdir())


@pytest.mark.usefixtures("hub")
@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # huggingface_hub's own LFS upload
def test_a_cache_may_be_in_the_home(tiny: Tiny, home: Path):
    tiny().push_to_hub("us/tunes")
    MusicVAE.from_pretrained("us/tunes", cache_dir="~/cache")
    assert (home / "cache").is_dir()
    MusicVAE.from_pretrained("us/tunes", cache_dir="~/cache", local_files_only=True)
    assert not list(Path().iterdir())


def test_the_command_line_knows_the_home(tiny: Tiny, home: Path):
    tiny().save_pretrained(home / "model")
    for words in (
        ["sample", "-n", "2", "--seed", "1", "--model", "~/model", "--out=~/tunes"],
        ["inspect", "~/tunes/sample-01.mid"],
        [
            "fit",
            "mine",
            "--like=~/tunes/sample-01.mid",
            "--unlike=~/tunes/sample-02.mid",
            "--model=~/model",
            "--out=~/model",
        ],
        ["shift", "~/tunes/sample-01.mid", "--by", "mine=1", "--model=~/model", "--out=~/more"],
        ["interpolate", "~/tunes/sample-01.mid", "~/tunes/sample-02.mid", "--model=~/model", "--out=~/morph"],
        ["palette", *["~/tunes/sample-01.mid"] * 4, "--model=~/model", "--out=~/palette", "--rows=1", "--columns=1"],
    ):
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0, result.output
    assert {path.name for path in home.iterdir()} == {"model", "tunes", "more", "morph", "palette"}
    assert not list(Path().iterdir())


def test_training_knows_the_home(tiny: Tiny, home: Path):
    for n in range(6):
        write(home / "midi" / f"{n}.mid", AIR, f"{'CDEFGAB'[n]}4 . C5 . {'CDEFGAB'[n]}5 . E4 . G4 . . .")
    tiny().save_pretrained(home / "model")
    for command, words in (
        (prepare.main, ("~/midi", "--bars", 1, "--out", "~/windows")),
        (average.main, ("~/model", "~/model", "--out", "~/mean")),
    ):
        result = run(command, *words)
        assert result.exit_code == 0, result.output
        again = run(command, *words)
        assert again.exit_code == 2, "nothing is overwritten unasked"
        assert "would be overwritten; give another folder, or --overwrite." in again.output
        assert run(command, *words, "--overwrite").exit_code == 0
    assert {path.name for path in home.iterdir()} == {"midi", "model", "windows", "mean"}
    assert not list(Path().iterdir())


def test_nobody_is_at_home_there():
    assert expanded("~nobody-of-this-name/x") == Path("~nobody-of-this-name/x")


# What is published


def test_a_path_is_seen_from_where_one_works(home: Path):
    here = home / "work"
    here.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(here)
        for given, seen in {
            here / "runs" / "best": "runs/best",
            "runs/best": "runs/best",
            "./runs/": "runs",
            "~/work/runs": "runs",
            "~/elsewhere/best": "best",
            home / "other" / "best": "best",
            "../other/best": "best",
            "mel-2bar": "mel-2bar",
            "owner/name": "owner/name",
        }.items():
            assert worded(given) == seen


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('"command": "evaluate /home/ann/x/best --data /Users/ann/p"', '"command": "evaluate best --data p"'),
        ('from_pretrained("/home/ann/best")', 'from_pretrained("best")'),
        ("(file:///home/ann/best)", "(best)"),
        (r'{"path": "C:\\Users\\ann\\best"}', '{"path": "best"}'),
        (r"at C:\Users\ann\best, or D:/music/best.", "at best, or best."),
        ("{home}/My Music/best", "My Music/best"),
        ("--data={home}/prepared", "--data=prepared"),
        ("https://example.org/home/ann/x and /gradio_api/mcp/", "https://example.org/home/ann/x and /gradio_api/mcp/"),
        ("4/4 (also 2/2), owner/name, and/or", "4/4 (also 2/2), owner/name, and/or"),
        ('<audio controls src="x"></audio>', '<audio controls src="x"></audio>'),
    ],
)
def test_no_text_says_where_something_lay(home: Path, text: str, left: str):
    assert without_places(text.replace("{home}", str(home))) == left
