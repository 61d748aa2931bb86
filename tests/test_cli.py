"""The command line, as a newcomer types it."""

import io
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pretty_midi
import pytest
import typer
from typer.testing import CliRunner, Result

from mvae import MusicVAE
from mvae.cli import app
from tests.music import music, part
from training import prepare

ROOT = Path(__file__).parents[1]


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def notes(path: Path) -> list[tuple[int, float, float]]:
    return [(n.pitch, n.start, n.end) for i in pretty_midi.PrettyMIDI(str(path)).instruments for n in i.notes]


def test_models_lists_what_is_bundled():
    result = run("models")
    assert result.exit_code == 0
    assert "mel-2bar" in result.output
    assert "melody, 2 bars" in result.output


def test_sample_writes_what_python_samples(tmp_path: Path):
    words = ("sample", "--model", "mel-2bar", "-n", "2", "--temperature", "0.5", "--seed", "7", "--out", tmp_path)
    result = run(*words)
    assert result.exit_code == 0, result.output
    paths = [Path(line) for line in result.output.split()]
    assert [path.name for path in paths] == ["sample-01.mid", "sample-02.mid"]
    for path, tune in zip(paths, MusicVAE.from_pretrained("mel-2bar").sample(2, 0.5, seed=7), strict=True):
        same = tmp_path / "python.mid"
        tune.write(str(same))
        assert notes(path) == notes(same)


def test_the_tempo_is_in_the_file(tmp_path: Path):
    assert run("sample", "-n", "1", "--qpm", "90", "--out", tmp_path).exit_code == 0
    midi = pretty_midi.PrettyMIDI(str(tmp_path / "sample-01.mid"))
    assert midi.get_tempo_changes()[1][0] == pytest.approx(90, rel=1e-4)


def test_interpolate_walks_from_a_to_b(tmp_path: Path):
    run("sample", "-n", "2", "--seed", "3", "--out", tmp_path)
    a, b = tmp_path / "sample-01.mid", tmp_path / "sample-02.mid"
    result = run("interpolate", a, b, "--steps", "5", "--out", tmp_path / "morph")
    assert result.exit_code == 0, result.output
    steps = [notes(tmp_path / "morph" / f"step-0{i}.mid") for i in range(1, 6)]
    model = MusicVAE.from_pretrained("mel-2bar")
    for step, end in ((steps[0], a), (steps[-1], b)):
        model.reconstruct(end)[0].write(str(tmp_path / "end.mid"))
        assert step == notes(tmp_path / "end.mid")


def test_palette_writes_every_cell(tmp_path: Path):
    run("sample", "-n", "4", "--seed", "3", "--out", tmp_path)
    corners = sorted(tmp_path.glob("sample-*.mid"))
    result = run("palette", *corners, "--rows", "2", "--columns", "3", "--out", tmp_path / "palette")
    assert result.exit_code == 0, result.output
    names = [f"row-0{row}-column-0{column}.mid" for row in (1, 2) for column in (1, 2, 3)]
    assert sorted(path.name for path in (tmp_path / "palette").iterdir()) == names


def test_an_attribute_is_fitted_kept_and_shifted(tmp_path: Path):
    for name, seed in (("like", "3"), ("unlike", "4")):
        run("sample", "-n", "2", "--seed", seed, "--out", tmp_path / name)
    (tmp_path / "like" / "broken.mid").write_bytes(b"no music")
    folders = ("--like", tmp_path / "like", "--unlike", tmp_path / "unlike")
    result = run("fit", "swagger", *folders, "--out", tmp_path / "model")
    assert result.exit_code == 0, result.output
    assert "mvae: Left out:" in result.output
    tune = tmp_path / "like" / "sample-01.mid"
    words = ("shift", tune, "--by", "swagger=-1", "--model", tmp_path / "model", "--out", tmp_path)
    assert run(*words).exit_code == 0
    model = MusicVAE.from_pretrained(tmp_path / "model")
    model.shift(tune, swagger=-1)[0].write(str(tmp_path / "same.mid"))
    assert notes(tmp_path / "shifted-01.mid") == notes(tmp_path / "same.mid")


def test_data_space_can_be_heard(tmp_path: Path):
    assert run("sample", "-n", "2", "--seed", "3", "--data-space", "--out", tmp_path).exit_code == 0
    a, b = tmp_path / "sample-01.mid", tmp_path / "sample-02.mid"
    assert run("interpolate", a, b, "--steps", "3", "--data-space", "--out", tmp_path).exit_code == 0
    assert notes(tmp_path / "step-01.mid") == notes(a)
    assert notes(tmp_path / "step-03.mid") == notes(b)
    mixed = {(pitch, start) for pitch, start, _ in notes(tmp_path / "step-02.mid")}
    assert mixed <= {(pitch, start) for file in (a, b) for pitch, start, _ in notes(file)}


def test_inspect_says_what_is_in_a_file(tmp_path: Path):
    run("sample", "-n", "1", "--seed", "3", "--out", tmp_path)
    result = run("inspect", tmp_path / "sample-01.mid")
    assert result.exit_code == 0
    assert "sample-01.mid: 1 track, 120 qpm, 4/4 from bar 0" in result.output
    assert "Acoustic Grand Piano «Melody»" in result.output
    assert "mel-2bar: part 0 «Melody»: 1 window of 2 bars, at start_bar 0" in result.output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("sample", "-n", "0"), "n is 0; a whole number from 1 to 100000 is accepted."),
        (("sample", "--temperature", "nan"), "temperature is nan; a number from 0"),
        (("sample", "--seed", "-1"), "seed is -1; a whole number from 0"),
        (("sample", "--qpm", "0"), "tempo of 0.0 quarters a minute; 10 to 1000 are accepted."),
        (("sample", "--model", "mel-3bar"), "There is no checkpoint 'mel-3bar': bundled are band-1bar, drums-2bar"),
        (("interpolate", "no.mid", "no.mid"), "There is no file no.mid"),
        (("inspect", "no.mid"), "There is no file no.mid"),
        (("palette", "no.mid", "no.mid"), "The corners are 2 of them; four are needed"),
        (("shift", "no.mid", "--by", "much"), "--by is 'much'; name=number is accepted"),
        (("fit", "swagger", "--like", "no", "--unlike", "no"), "There is nothing to read in no: There is no file no"),
    ],
)
def test_bad_input_ends_in_one_sentence(words: tuple[str, ...], sentence: str):
    result = run(*words)
    assert result.exit_code == 2
    assert sentence in result.output
    assert len(result.output.strip().splitlines()) == 1


# What an earlier call wrote


def test_the_same_line_may_be_given_again(tmp_path: Path):
    words = ("sample", "-n", "2", "--seed", "7", "--out", tmp_path)
    assert run(*words).exit_code == 0
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert run(*words).exit_code == 0
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("seed", [(), ("--seed", "8")])
def test_music_is_not_overwritten_unasked(tmp_path: Path, seed: tuple[str, ...]):
    assert run("sample", "-n", "2", "--seed", "7", "--out", tmp_path).exit_code == 0
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    refused = run("sample", "-n", "3", *seed, "--out", tmp_path)
    assert refused.exit_code == 2
    assert (
        "sample-01.mid and 1 more like it would be overwritten; give another --out, or --overwrite." in refused.output
    )
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert run("sample", "-n", "3", *seed, "--out", tmp_path, "--overwrite").exit_code == 0
    assert len(list(tmp_path.iterdir())) == 3
    assert (tmp_path / "sample-01.mid").read_bytes() != before[tmp_path / "sample-01.mid"]


def test_what_is_left_to_chance_is_refused_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "sample-01.mid").write_bytes(b"mine")
    monkeypatch.setattr(MusicVAE, "from_pretrained", lambda name: pytest.fail("the model was loaded"))
    assert run("sample", "--out", tmp_path).exit_code == 2


@pytest.mark.parametrize("name", ["step-02.mid", "row-01-column-01.mid", "shifted-01.mid"])
def test_no_command_overwrites_unasked(tmp_path: Path, name: str):
    run("sample", "-n", "4", "--seed", "3", "--out", tmp_path / "tunes")
    tunes = sorted((tmp_path / "tunes").iterdir())
    words = {
        "step-02.mid": ("interpolate", *tunes[:2], "--steps", "3"),
        "row-01-column-01.mid": ("palette", *tunes, "--rows", "1", "--columns", "1"),
        "shifted-01.mid": ("shift", tunes[0], "--by", "note_density=1"),
    }[name]
    (tmp_path / name).write_bytes(b"mine")
    refused = run(*words, "--out", tmp_path)
    assert refused.exit_code == 2
    assert f"{name} would be overwritten" in refused.output
    assert (tmp_path / name).read_bytes() == b"mine"
    assert {path.name for path in tmp_path.iterdir()} == {"tunes", name}, "all or nothing is written"
    assert run(*words, "--out", tmp_path, "--overwrite").exit_code == 0
    assert (tmp_path / name).read_bytes() != b"mine"


def test_a_model_takes_more_attributes_but_loses_none_unasked(tmp_path: Path):
    for name, seed in (("a", "3"), ("b", "4")):
        run("sample", "-n", "2", "--seed", seed, "--out", tmp_path / name)

    def fit(name: str | Path, like: str | Path, unlike: str | Path, *words: str | Path) -> Result:
        folders = ("--like", tmp_path / like, "--unlike", tmp_path / unlike, "--out", tmp_path / "my model")
        return run("fit", name, *folders, *words)

    first = fit("one", "a", "b")
    assert first.exit_code == 0, first.output
    assert f"--by one=1.0 --model '{tmp_path / 'my model'}'" in first.output
    mine = ("--model", tmp_path / "my model")
    assert fit("two", "b", "a", *mine).exit_code == 0
    assert fit("two", "b", "a", *mine).exit_code == 0
    kept = dict(MusicVAE.from_pretrained(tmp_path / "my model").attributes)
    for words, sentence in (
        (("two", "a", "b", *mine), "has another attribute two already; give another --out, or --overwrite."),
        (("three", "a", "b"), "has another attribute one already"),
        (("one", "a", "b", "--model", "drums-2bar"), "holds another model; give another --out, or --overwrite."),
    ):
        refused = fit(*words)
        assert refused.exit_code == 2
        assert sentence in refused.output
    after = MusicVAE.from_pretrained(tmp_path / "my model").attributes
    assert {name: vector.tolist() for name, vector in after.items()} == {k: v.tolist() for k, v in kept.items()}
    assert {"one", "two"} <= set(after)
    assert fit("two", "a", "b", *mine, "--overwrite").exit_code == 0


def test_what_fit_advises_works_also_under_a_bundled_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    run("sample", "-n", "2", "--seed", "3", "--out", ".")
    fitted = run("fit", "swagger", "--like", "sample-01.mid", "--unlike", "sample-02.mid", "--out", "mel-2bar")
    assert fitted.exit_code == 0, fitted.output
    command = shlex.split(fitted.output.strip().splitlines()[-1].split("now: mvae ")[1])
    result = run(*[{"A.mid": "sample-01.mid"}.get(word, word) for word in command])
    assert result.exit_code == 0, result.output
    assert Path("shifted-01.mid").exists()


# Consoles


@pytest.mark.parametrize("encoding", ["cp1252", "cp932"])
def test_a_console_that_lacks_letters_gets_all_the_others(tmp_path: Path, encoding: str):
    tune = music(part("C4 . E4 . G4 . . .", name="♭ 日本".encode().decode("latin-1")))  # mido writes Latin-1
    tune.write(str(tmp_path / "tune.mid"))
    own = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "mvae", "inspect", "tune.mid"]
    done = subprocess.run(command, cwd=tmp_path, env=own, capture_output=True)
    assert done.returncode == 0, done.stderr
    said = done.stdout.decode(encoding)
    assert "tune.mid: 1 track" in said
    assert "mel-2bar: part 0" in said
    assert ("日本" if encoding == "cp932" else r"\u65e5\u672c") in said


def test_commands_of_the_kit_print_on_any_console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "midi").mkdir()
    music(part("C4 . E4 . G4 . . .")).write(str(tmp_path / "midi" / "♭ 日本.mid"))
    console = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    monkeypatch.setattr(sys, "stdout", console)
    monkeypatch.setattr(sys, "stderr", console)
    with pytest.raises(typer.Exit):  # it is one song, of four bars too few
        prepare.main(data=tmp_path / "midi", out=tmp_path / "windows", bars=16)
    console.flush()
    assert rb"\u266d \u65e5\u672c.mid" in console.buffer.getvalue()  # pyright: ignore[reportAttributeAccessIssue]


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path):
    (tmp_path / "taken").write_text("")
    result = run("sample", "-n", "1", "--out", tmp_path / "taken")
    assert result.exit_code == 2
    assert "taken" in result.output


@pytest.mark.parametrize("command", ["models", "sample", "interpolate", "palette", "shift", "fit", "inspect"])
def test_help_teaches(command: str):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.output
