"""Pictures: every note at its place, on the lane of its pitch, in the bar it sounds in."""

import importlib
import sys
from typing import NamedTuple

import numpy as np
import pretty_midi
import pytest

from mvae import plot
from mvae.errors import ArgumentError, MidiError, MvaeError
from mvae.plot import piano_roll

collections = pytest.importorskip("matplotlib.collections", reason="matplotlib is not installed")
to_rgba = pytest.importorskip("matplotlib.colors").to_rgba


class Mark(NamedTuple):
    """A drawn note: where it begins and ends (in quarters), the lane it fills, and its colour."""

    start: float
    end: float
    lane: int
    color: tuple


def music(*parts, end=4.0, qpm=120.0, meter=(4, 4)):
    """A `PrettyMIDI` of parts (notes, is_drum, name) of notes (pitch, start, stop) in quarters, `end` quarters long."""
    midi, quarter = pretty_midi.PrettyMIDI(resolution=480, initial_tempo=qpm), 60 / qpm
    midi.time_signature_changes.append(pretty_midi.TimeSignature(meter[0], meter[1], 0.0))
    for notes, is_drum, name in parts:
        instrument = pretty_midi.Instrument(0, is_drum, name)
        instrument.notes = [pretty_midi.Note(80, pitch, s * quarter, e * quarter) for pitch, s, e in notes]
        instrument.control_changes.append(pretty_midi.ControlChange(123, 0, end * quarter))
        midi.instruments.append(instrument)
    return midi


def melody(*notes, name="Melody", **how):
    return music((notes, False, name), **how)


def boxes(panel, above):
    """The boxes that are drawn above the ground, or that are the ground."""
    for drawn in panel.collections:
        if isinstance(drawn, collections.PolyCollection) and (drawn.get_zorder() >= 1) == above:
            for path in drawn.get_paths():
                box = path.get_extents()
                yield Mark(box.x0, box.x1, round((box.y0 + box.y1) / 2), tuple(drawn.get_facecolor()[0]))


def marks(panel):
    """The notes, from left to right."""
    return sorted(boxes(panel, above=True))


def bar_lines(panel):
    """The quarters at which a line as strong as a bar line stands."""
    strong = [c for c in panel.collections if isinstance(c, collections.LineCollection) and c.get_linewidth()[0] >= 1]
    return sorted(segment[0, 0] for c in strong for segment in c.get_segments())


def lanes(panel):
    """The label of each labelled lane, by lane."""
    ticks = zip(panel.get_yticks(), panel.get_yticklabels(), strict=True)
    return {round(place): label.get_text() for place, label in ticks}


def times(panel):
    return [label.get_text() for label in panel.get_xticklabels()]


class TestNotes:
    def test_stand_where_they_sound(self):
        (panel,) = piano_roll(melody((60, 1, 2), (72, 2, 4))).axes
        low, high = marks(panel)
        assert (low.start, high.start) == (1, 2)
        assert low.end == pytest.approx(2, abs=0.1)
        assert high.end == pytest.approx(4, abs=0.1)
        assert lanes(panel)[low.lane] == "C4"
        assert lanes(panel)[high.lane] == "C5"
        assert high.lane - low.lane == 12

    def test_repeated_ones_can_be_told_apart(self):
        first, second = marks(piano_roll(melody((60, 0, 1), (60, 1, 1.02))).axes[0])
        assert 0 < first.end < second.start == 1 < second.end

    @pytest.mark.parametrize("pitch", [0, 21, 108, 127])
    def test_are_within_the_picture(self, pitch):
        (panel,) = piano_roll(melody((pitch, 0, 4))).axes
        (mark,) = marks(panel)
        (left, right), (bottom, top) = panel.get_xlim(), panel.get_ylim()
        assert left <= mark.start < mark.end <= right
        assert bottom < mark.lane < top
        assert any(label.startswith("C") for label in lanes(panel).values())

    def test_black_keys_are_shaded(self):
        (panel,) = piano_roll(melody((60, 0, 4))).axes
        (mark,) = marks(panel)
        assert {box.lane - mark.lane for box in boxes(panel, above=False)} == {-6, -4, -2, 1, 3, 6}


class TestTime:
    @pytest.mark.parametrize("qpm", [60, 120, 173])
    def test_is_counted_in_bars_whatever_the_tempo(self, qpm):
        (panel,) = piano_roll(melody((60, 0, 1), end=8, qpm=qpm)).axes
        assert bar_lines(panel) == [0, 4, 8]
        assert times(panel) == ["0", "1", "2"]
        assert marks(panel)[0].end == pytest.approx(1, abs=0.1)

    @pytest.mark.parametrize(("meter", "expected"), [((3, 4), [0, 3, 6]), ((6, 8), [0, 3, 6]), ((2, 2), [0, 4, 8])])
    def test_has_bars_of_the_metre(self, meter, expected):
        assert bar_lines(piano_roll(melody((60, 0, 5), end=0, meter=meter)).axes[0]) == expected

    def test_changes_the_metre_within_a_tune(self):
        midi = melody((60, 0, 11))
        midi.time_signature_changes = [pretty_midi.TimeSignature(4, 4, 0.0), pretty_midi.TimeSignature(3, 4, 4.0)]
        assert bar_lines(piano_roll(midi).axes[0]) == [0, 4, 8, 11]

    def test_does_not_number_a_thousand_bars(self):
        (panel,) = piano_roll(melody((60, 0, 1), end=4000)).axes
        assert 8 <= len(times(panel)) <= 33
        assert times(panel)[:2] == ["0", "32"]
        assert panel.get_xticks()[1] == 4 * 32


class TestDrums:
    BEAT = ([(36, 0, 0.1), (42, 1, 3), (38, 1, 1.1), (36, 2, 2.1)], True, "Drums")

    def test_have_lanes_with_names(self):
        (panel,) = piano_roll(music(self.BEAT)).axes
        assert lanes(panel) == {0: "Bass Drum 1", 1: "Acoustic Snare", 2: "Closed Hi Hat"}
        assert [(mark.start, mark.lane) for mark in marks(panel)] == [(0, 0), (1, 1), (1, 2), (2, 0)]
        assert len({round(mark.end - mark.start, 6) for mark in marks(panel)}) == 1

    def test_stand_below_the_keys_on_the_same_axis(self):
        keys, drums = piano_roll(music(([(36, 0, 4)], False, "Bass"), self.BEAT)).axes
        assert len(marks(keys)) == 1
        assert len(marks(drums)) == 4
        assert keys.get_position().y0 > drums.get_position().y1
        assert keys.get_xlim() == drums.get_xlim()
        assert bar_lines(keys) == bar_lines(drums)
        assert not any(label.get_visible() for label in keys.get_xticklabels())
        assert all(label.get_visible() for label in drums.get_xticklabels())

    def test_without_a_name_in_general_midi(self):
        assert lanes(piano_roll(music(([(3, 0, 1)], True, ""))).axes[0]) == {0: "note 3"}


class TestSeveralTunes:
    def test_follow_one_another(self):
        figure = piano_roll([melody((60, 0, 4), end=8), melody((64, 0, 4), end=4), melody((67, 1, 4), end=4)])
        (panel,) = figure.axes
        first, second, third = marks(panel)
        assert bar_lines(panel) == [0, 4, 8, 9, 13, 14, 18]
        assert (first.start, second.start, third.start) == (0, 9, 15)
        assert (second.lane - first.lane, third.lane - first.lane) == (4, 7)
        assert times(panel) == ["0", "1", "2"]
        assert list(panel.get_xticks()) == [4, 11, 16]

    def test_go_from_red_to_blue(self):
        colors = np.array([mark.color for mark in marks(piano_roll([melody((60, 0, 4))] * 9).axes[0])])
        red, blue = colors[:, 0], colors[:, 2]
        assert red[0] > 0.8 > 0.5 > blue[0]
        assert blue[-1] > 0.7 > 0.5 > red[-1]
        assert (np.diff(red) <= 0).all()
        assert len(np.unique(colors, axis=0)) == 9

    def test_keep_the_shade_of_a_part_where_another_is_silent(self):
        bass = ([(40, 0, 4)], False, "Bass")
        tunes = [music(([(70, 0, 4)], False, "Melody"), bass), music(([], False, "Melody"), bass)]
        both, alone = marks(piano_roll([tunes[0]] * 2).axes[0]), marks(piano_roll([tunes[0], tunes[1]]).axes[0])
        assert alone[-1] == min(both[-2:], key=lambda mark: mark.lane)

    def test_one_without_notes_keeps_its_place(self):
        (panel,) = piano_roll([melody((60, 0, 4)), melody(), melody((60, 0, 4))]).axes
        assert [mark.start for mark in marks(panel)] == [0, 10]

    def test_a_list_of_one_is_that_tune(self):
        tune = melody((60, 0, 4))
        assert marks(piano_roll([tune]).axes[0]) == marks(piano_roll(tune).axes[0])


class TestLegend:
    def test_names_the_parts_as_written(self):
        parts = [([(60 + k, 0, 1)], False, name) for k, name in enumerate(("Melody", "_bass", "", "a $^$ b"))]
        figure = piano_roll(music(*parts))
        (legend,) = figure.legends
        assert [text.get_text() for text in legend.get_texts()] == ["Melody", "_bass", "part 2", "a $^$ b"]
        assert len({mark.color for mark in marks(figure.axes[0])}) == 4
        figure.draw_without_rendering()

    def test_is_not_there_for_one_part(self):
        assert piano_roll(melody((60, 0, 1))).legends == []
        assert piano_roll(music(([(60, 0, 1)], False, "Melody"), ([(36, 0, 1)], True, "Drums"))).legends == []

    def test_has_the_colours_of_the_notes(self):
        figure = piano_roll(music(([], False, "a"), ([(60, 0, 1)], False, "b"), ([(72, 0, 1)], False, "c")))
        shown = [handle.get_color() for handle in figure.legends[0].get_lines()]
        assert [to_rgba(color) for color in shown] == [mark.color for mark in marks(figure.axes[0])]


class TestEmpty:
    def test_music_is_an_empty_keyboard(self):
        (panel,) = piano_roll(pretty_midi.PrettyMIDI()).axes
        assert marks(panel) == []
        assert bar_lines(panel) == [0, 4]
        assert lanes(panel) == {0: "C4", 12: "C5"}

    def test_music_keeps_its_length(self):
        assert bar_lines(piano_roll(melody(end=8)).axes[0]) == [0, 4, 8]

    def test_list(self):
        with pytest.raises(ArgumentError, match="^An empty list of music; give at least one"):
            piano_roll([])


class TestSaving:
    @pytest.mark.parametrize(("name", "head"), [("roll.png", b"\x89PNG"), ("roll.svg", b"<?xml")])
    def test_by_the_ending_of_the_name(self, tmp_path, name, head):
        piano_roll(melody((60, 0, 1)), tmp_path / name, title="A $^$ tune")
        assert (tmp_path / name).read_bytes().startswith(head)

    def test_shows_notes_in_the_colour_of_the_part(self, tmp_path):
        from matplotlib import image

        piano_roll(melody((60, 0, 4)), tmp_path / "roll.png")
        picture = image.imread(tmp_path / "roll.png")[..., :3]
        blue = np.abs(picture - np.array([0x33, 0x66, 0xCC]) / 255).max(-1) < 0.02
        assert 0.02 < blue.mean() < 0.2

    def test_title_stands_above(self):
        assert piano_roll(melody((60, 0, 1)), title="Morning").axes[0].get_title("left") == "Morning"

    @pytest.mark.parametrize(("name", "why"), [("roll.xyz", "Format 'xyz' is not"), ("nowhere/a.png", "No such file")])
    def test_where_it_cannot(self, tmp_path, name, why):
        with pytest.raises(ArgumentError, match=rf"^The picture cannot be saved as .*{name}: .*{why}"):
            piano_roll(melody((60, 0, 1)), tmp_path / name)


def test_reads_files_too(tmp_path):
    melody((60, 0, 1)).write(str(tmp_path / "a.mid"))
    assert len(marks(piano_roll(tmp_path / "a.mid").axes[0])) == 1
    with pytest.raises(MidiError):
        piano_roll([tmp_path / "a.mid", tmp_path / "none.mid"])


def test_leaves_no_figure_open():
    from matplotlib import pyplot

    before = pyplot.get_fignums()
    piano_roll(melody((60, 0, 1)))
    assert pyplot.get_fignums() == before


def test_matplotlib_is_not_needed_to_import(monkeypatch):
    for name in ("matplotlib", "matplotlib.figure"):
        monkeypatch.setitem(sys.modules, name, None)
    importlib.reload(plot)


def test_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MvaeError, match=r"^A picture needs matplotlib, .*: pip install matplotlib"):
        piano_roll(melody((60, 0, 1)))


@pytest.mark.parametrize(("kinds", "panels"), [((), 1), ((False,), 1), ((True,), 1), ((True, False), 2)])
def test_only_panels_that_hold_something(kinds, panels):
    parts = [([(60, 0, 1)], is_drum, "") for is_drum in kinds]
    assert len(piano_roll(music(*parts)).axes) == panels
