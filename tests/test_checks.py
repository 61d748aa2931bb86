"""Values from outside that are files."""

import pytest

from mvae import ArgumentError
from space import checks


class TestMidi:
    def test_is_a_file_of_the_folder_however_it_is_said(self, tmp_path):
        path = tmp_path / "deep" / "a.mid"
        path.parent.mkdir()
        path.write_bytes(b"MThd")
        for said in (str(path), {"path": str(path), "meta": {"_type": "gradio.FileData"}}):
            assert checks.midi("a", said, tmp_path) == path.resolve()

    @pytest.mark.parametrize(
        "alien", ["/etc/passwd", "a.mid", "", "\0", "x" * 5000, None, 3, [], {}, {"path": 3}, {"path": "/etc/passwd"}]
    )
    def test_is_no_other_file(self, alien, tmp_path):
        with pytest.raises(ArgumentError, match=r"^a is .*; a MIDI file that was uploaded or made here is accepted\.$"):
            checks.midi("a", alien, tmp_path)

    def test_is_no_way_out_of_the_folder(self, tmp_path):
        (tmp_path / "in").mkdir()
        (tmp_path / "secret.mid").write_bytes(b"MThd")
        (tmp_path / "in" / "link.mid").symlink_to(tmp_path / "secret.mid")
        inside = tmp_path / "in"
        for way in (inside / ".." / "secret.mid", inside / "link.mid", inside, inside / ("x" * 5000)):
            with pytest.raises(ArgumentError, match="a MIDI file that was uploaded"):
                checks.midi("a", str(way), inside)

    def test_is_not_large(self, tmp_path):
        with (tmp_path / "a.mid").open("wb") as file:
            file.truncate(checks.LARGEST * 10**6 + 1)
        with pytest.raises(ArgumentError, match="a is a file of 10 MB; MIDI files of up to 10 MB are accepted"):
            checks.midi("a", str(tmp_path / "a.mid"), tmp_path)
