"""Corpora: which windows of which songs are learnt from, and why the others are not."""

import io
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import typer
from typer.testing import CliRunner, Result

from mvae import MelodyConverter
from tests.music import melody, music, part
from training import prepare
from training.corpus import files, held_out_groups, is_held_out
from training.windows import CorpusError, Windows

JIG = "C4 . E4 . G4 . E4 . C4 . E4 . G4 . . ."
REEL = "D4 D4 E4 . F#4 . A4 . B4 . A4 . F#4 . D4 ."
AIR = "A4 . . . G4 . . . E4 . . . D4 . . -"
WALTZ = music(part("C4 . . . E4 . . . G4 . . . " * 4), meters=((3, 4, 0),))


def write(path: Path, *bars: str) -> Path:
    """A MIDI file of these bars."""
    path.parent.mkdir(parents=True, exist_ok=True)
    MelodyConverter(len(bars)).to_midi(melody("|".join(bars))).write(str(path))
    return path


def rows(windows: Windows) -> set[bytes]:
    return {one.tobytes() for one in windows.tokens}


def rows_of(*bars: str) -> set[bytes]:
    return {melody(bar).numpy().astype(np.int16).tobytes() for bar in bars}


def three() -> Windows:
    """A jig and an air to train on, a reel to validate on."""
    tokens = np.stack([melody(bar).numpy().astype(np.int16) for bar in (JIG, REEL, AIR)])
    songs = [
        {"path": "a.mid", "group": "a", "source": "isles", "split": "train"},
        {"path": "b.mid", "group": "b", "source": "trad", "split": "validation"},
    ]
    return Windows(tokens, np.array([0, 1, 0], dtype=np.int32), songs, "melody", 1)


def run(main: Callable[..., None], *words: object) -> Result:
    """A command as it is typed."""
    app = typer.Typer()
    app.command()(main)
    return CliRunner().invoke(app, [str(word) for word in words])


def test_a_folder_of_songs_becomes_windows(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    write(tmp_path / "jigs" / "one.mid", JIG, REEL)
    write(tmp_path / "jigs" / "two.MIDI", AIR)
    (tmp_path / "jigs" / "notes.txt").write_text("no music")
    windows = prepare.prepare(tmp_path, MelodyConverter(1), held_out=0)
    assert rows(windows) == rows_of(JIG, REEL, AIR)
    assert len(windows) == 3
    assert (windows.kind, windows.bars) == ("melody", 1)
    assert {song["path"] for song in windows.songs} == {"jigs/one.mid", "jigs/two.MIDI"}
    assert set(windows.sources(np.arange(3))) == {"jigs"}
    assert "      2         3  jigs\n" in capsys.readouterr().out


def test_every_bar_begins_a_window(tmp_path: Path):
    write(tmp_path / "one.mid", JIG, REEL, AIR)
    windows = prepare.prepare(tmp_path, MelodyConverter(2), held_out=0)
    two = {melody(f"{a}|{b}").numpy().astype(np.int16).tobytes() for a, b in ((JIG, REEL), (REEL, AIR))}
    assert rows(windows) == two


def test_what_occurs_twice_is_kept_once(tmp_path: Path):
    write(tmp_path / "one.mid", JIG, JIG, REEL)
    write(tmp_path / "two.mid", REEL, JIG)
    assert len(prepare.prepare(tmp_path, MelodyConverter(1), held_out=0)) == 2


def test_a_window_of_a_training_song_is_not_validated_on(tmp_path: Path):
    group = {split: next(n for n in map(str, range(99)) if is_held_out(n, 0.5) == split) for split in (True, False)}
    write(tmp_path / "a.mid", JIG, REEL)
    write(tmp_path / "b.mid", REEL, AIR)
    (tmp_path / "MANIFEST.csv").write_text(f"path,source,group\na.mid,x,{group[True]}\nb.mid,x,{group[False]}\n")
    windows = prepare.prepare(tmp_path, MelodyConverter(1), held_out=0.5)
    assert {one.tobytes() for one in windows.tokens[windows.split("train")]} == rows_of(REEL, AIR)
    assert {one.tobytes() for one in windows.tokens[windows.split("validation")]} == rows_of(JIG)


def test_songs_of_a_group_stay_together(tmp_path: Path):
    """Forty arrangements of ten tunes: each tune is on one side, and both sides have some."""
    lines = ["path,source,group"]
    for i in range(40):
        pitch = "CDEFGAB"[i % 7]
        write(tmp_path / f"{i}.mid", f"{pitch}4 . {'CDEFG'[i // 8]}5 . {pitch}3 . . . G4 - {'. ' * (i % 5)} A4")
        lines.append(f"{i}.mid,trad,tune {i % 10}")
    (tmp_path / "MANIFEST.csv").write_text("\n".join(lines))
    windows = prepare.prepare(tmp_path, MelodyConverter(1), held_out=0.4)
    sides = {(song["group"], song["split"]) for song in windows.songs}
    assert len(sides) == len({group for group, _ in sides}) == 10
    assert {split for _, split in sides} == {"train", "validation"}


def test_the_held_out_share_is_about_what_was_asked_for():
    held_out = [is_held_out(f"tune {i}", 0.1) for i in range(5000)]
    assert np.mean(held_out) == pytest.approx(0.1, abs=0.02)
    assert held_out == [is_held_out(f"tune {i}", 0.1) for i in range(5000)]


@pytest.mark.parametrize(("groups", "least"), [(1, 0), (2, 1), (9, 1), (20, 4), (50, 5), (100, 5)])
def test_of_few_groups_enough_are_held_out(groups: int, least: int):
    names = {f"tune {i}" for i in range(groups)}
    chosen = held_out_groups(names, 0.04)
    by_name = {name for name in names if is_held_out(name, 0.04)}
    assert chosen >= by_name
    assert len(chosen) == max(least, len(by_name))
    assert held_out_groups(names, 0) == set()


def test_the_manifest_says_which_files_and_whose(tmp_path: Path):
    write(tmp_path / "a.mid", JIG)
    write(tmp_path / "b.mid", REEL)
    (tmp_path / "MANIFEST.csv").write_text("path,source,group,licence\na.mid,aird,air 7,CC0\n")
    (file,) = files(tmp_path)
    assert (file.path, file.source, file.group) == ("a.mid", "aird", "air 7")


@pytest.mark.parametrize("kind", ["xz", "gz"])
def test_archives_are_read_where_they_lie(tmp_path: Path, kind: str):
    write(tmp_path / "loose.mid", AIR)
    with tarfile.open(tmp_path / f"trad.tar.{kind}", f"w:{kind}") as archive:
        for name, bar in (("./trad/jig.mid", JIG), ("./trad/reel.mid", REEL)):
            data = write(tmp_path / "x" / "one.mid", bar).read_bytes()
            (tmp_path / "x" / "one.mid").unlink()
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    assert sorted(file.path for file in files(tmp_path)) == ["loose.mid", "trad/jig.mid", "trad/reel.mid"]
    assert rows(prepare.prepare(tmp_path, MelodyConverter(1), held_out=0)) == rows_of(JIG, REEL, AIR)
    assert rows(prepare.prepare(tmp_path, MelodyConverter(1), exclude=("trad",), held_out=0)) == rows_of(AIR)


@pytest.mark.parametrize("data", [b"", b"rubbish", b"\xfd7zXZ\0\0\4rubbish", b"\x1f\x8b\x08rubbish"])
def test_a_damaged_archive_is_named(tmp_path: Path, data: bytes):
    (tmp_path / "trad.tar.xz").write_bytes(data)
    with pytest.raises(CorpusError, match=r"The archive .*trad\.tar\.xz is damaged"):
        prepare.prepare(tmp_path, MelodyConverter(1))


def test_what_is_skipped_is_reported_with_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    write(tmp_path / "good.mid", JIG)
    write(tmp_path / "one_note.mid", "C4")
    (tmp_path / "broken.mid").write_bytes(b"MThd")
    (tmp_path / f"broken{'_' * 90}.mid").write_bytes(b"MThd")
    (tmp_path / "lyrics.txt").write_text("la la")
    WALTZ.write(str(tmp_path / "waltz.mid"))
    music(part("C2 . D2 .", is_drum=True)).write(str(tmp_path / "drums.mid"))
    prepare.prepare(tmp_path, MelodyConverter(1), held_out=0)
    report = capsys.readouterr().out
    assert "2         -  skipped: the file is cut off" in report
    for reason in (
        "The file has no bar in 4/4, but 3/4. (for instance waltz.mid)",
        "The file has no 1-bar window with enough notes and without long rests. (for instance one_note.mid)",
        "the file has drums only; a melody is needed. (for instance drums.mid)",
        "It is no file of MIDI or ABC. (for instance lyrics.txt)",
    ):
        assert f"      1         -  skipped: {reason}\n" in report


@pytest.mark.parametrize(
    ("fill", "reason"),
    [
        (lambda root: None, "no file of MIDI or ABC"),
        (lambda root: (root / "song.txt").write_text("la la"), "no file of MIDI or ABC"),
        (lambda root: WALTZ.write(str(root / "waltz.mid")), r"no bar in 4/4, but 3/4 \(waltz.mid\)"),
        (lambda root: (root / "song.mid").write_bytes(b""), r"is empty.*\(song.mid\)"),
        (lambda root: root.rmdir(), "There is no folder"),
        (lambda root: (root / "MANIFEST.csv").write_text("file,origin\na,b\n"), "the columns path, source and group"),
    ],
)
def test_a_folder_without_use_says_why(tmp_path: Path, fill: Callable[[Path], object], reason: str):
    (tmp_path / "corpus").mkdir()
    fill(tmp_path / "corpus")
    with pytest.raises(CorpusError, match=reason):
        prepare.prepare(tmp_path / "corpus", MelodyConverter(2))


def test_abc_asks_for_music21_where_it_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "music21", None)
    (tmp_path / "tune.abc").write_text("X:1\nT:Tune\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|\n")
    with pytest.raises(CorpusError, match="ABC, which needs music21: pip install music21"):
        prepare.prepare(tmp_path, MelodyConverter(1))


def test_windows_come_back_from_disk(tmp_path: Path):
    windows = three()
    windows.save(tmp_path / "three")
    loaded = Windows.load(tmp_path / "three")
    assert isinstance(loaded.tokens, np.memmap)
    assert np.array_equal(loaded.tokens, windows.tokens)
    assert np.array_equal(loaded.song_of, windows.song_of)
    assert (loaded.songs, loaded.kind, loaded.bars) == (windows.songs, "melody", 1)
    assert torch.equal(loaded.batch(np.array([0, 2])), torch.stack([melody(JIG), melody(AIR)]))
    assert loaded.split("train").tolist() == [0, 2]
    assert loaded.split("validation").tolist() == [1]
    assert loaded.sources(np.array([2, 1])).tolist() == ["isles", "trad"]


@pytest.mark.parametrize("name", ["songs.json", "tokens.npy", "song_of.npy"])
@pytest.mark.parametrize("data", [None, b"", b"[]", b"{}"])
def test_damaged_windows_say_how_to_make_them(tmp_path: Path, name: str, data: bytes | None):
    three().save(tmp_path)
    (tmp_path / name).unlink()
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(CorpusError, match=r"no prepared windows .*python -m training\.prepare"):
        Windows.load(tmp_path)


def test_prepare_as_it_is_typed(tmp_path: Path):
    write(tmp_path / "tunes" / "one.mid", JIG, REEL)
    (tmp_path / "tunes" / "two.mid").write_bytes(b"MThd")
    result = run(prepare.main, tmp_path / "tunes", "--bars", 1, "--out", tmp_path / "out", "--held-out", 0)
    assert result.exit_code == 0, result.output
    assert "2 windows to train on, 0 to validate on" in result.output
    assert rows(Windows.load(tmp_path / "out")) == rows_of(JIG, REEL)
    head, one, two = (tmp_path / "out" / "files.csv").read_text().splitlines()
    assert (head, one) == ("path,windows,skipped", "one.mid,2,")
    assert two.startswith('two.mid,0,"the file is cut off')


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--kind", "polka"), "no converter 'polka'; there are melody"),
        (("--bars", "99"), "99 bars"),
        ((), "no file of MIDI or ABC"),
    ],
)
def test_prepare_refuses_in_a_sentence(tmp_path: Path, words: tuple[str, ...], sentence: str):
    result = run(prepare.main, tmp_path, "--out", tmp_path / "out", *words)
    assert result.exit_code == 2
    assert sentence in result.output
