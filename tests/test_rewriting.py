"""Rewriting: lines of instruments made into others."""

import random
from collections.abc import Callable, Sequence

import pytest
import torch

from mvae.converters import MultitrackConverter
from mvae.notes import Note
from tests.music import music, part, players
from training import rewriting
from training.rewriting import rewrite

BAND = MultitrackConverter()
QUARTERS = [Note(24 * beat, 24 * beat + 24, 60 + beat, 5) for beat in range(4)]
CHORD = [Note(0, 96, pitch, 3) for pitch in (48, 55, 64)]


def ways_of(way: Callable[..., list[Note]], notes: Sequence[Note], others: Sequence[Note] = ()) -> list[list[Note]]:
    """What a way makes of notes, fifty times."""
    rng = random.Random(0)
    return [way(notes, others, rng) for _ in range(50)]


def test_a_blend_has_of_each_pitch_or_until_a_beat_the_notes_of_one():
    for notes in ways_of(rewriting.blend, QUARTERS, CHORD):
        kept = [note for note in notes if note in QUARTERS]
        assert set(notes) <= {*QUARTERS, *CHORD}
        assert set(kept) == set(QUARTERS) or len(notes) < 7
    halves = ways_of(rewriting.blend, QUARTERS, [note._replace(pitch=note.pitch + 12) for note in QUARTERS])
    assert [60, 61, 74, 75] in [[note.pitch for note in notes] for notes in halves]


def test_a_thinned_line_keeps_its_order_and_much_of_itself():
    lengths = [len(notes) for notes in ways_of(rewriting.thin, QUARTERS)]
    assert set(lengths) >= {2, 3, 4}
    assert all(notes == sorted(notes) for notes in ways_of(rewriting.thin, QUARTERS))


def test_a_turned_line_begins_on_another_beat():
    turned = {tuple(note.pitch for note in sorted(notes)) for notes in ways_of(rewriting.turn, QUARTERS)}
    assert turned == {(63, 60, 61, 62), (62, 63, 60, 61), (61, 62, 63, 60)}


def test_a_straightened_line_is_on_a_grid_and_as_long():
    human = [Note(1, 13, 36, 5), Note(23, 27, 38, 7), Note(95, 96, 36, 2)]
    for notes in ways_of(rewriting.straighten, human):
        assert {(note.start, note.end) for note in notes} == {(0, 12), (24, 28)}


def test_loudness_is_moved_or_made_even_within_its_bins():
    uneven = [QUARTERS[0]._replace(velocity=1), QUARTERS[1]._replace(velocity=8)]
    found = {tuple(note.velocity for note in notes) for notes in ways_of(rewriting.color, uneven)}
    assert found <= {(n, n) for n in range(1, 9)} | {(1, 6), (1, 7), (1, 8), (2, 8), (3, 8)}
    assert {(1, 6), (3, 8), (4, 4)} <= found


def test_a_transposed_line_leaves_out_what_leaves_the_keyboard():
    high = [Note(0, 24, 100, 5), Note(24, 48, 126, 5)]
    for notes in ways_of(rewriting.transpose, high):
        assert [note.pitch - 100 for note in notes] in ([n, 26 + n] if n < 2 else [n] for n in range(-6, 7))


def test_one_drum_becomes_another():
    beat = [Note(0, 6, 36, 5), Note(24, 30, 38, 5), Note(48, 54, 36, 5)]
    for notes in ways_of(rewriting.retune, beat):
        assert [note.start for note in notes] == [0, 24, 48]
        changed = {old.pitch for old, new in zip(beat, notes, strict=True) if old != new}
        assert len(changed) <= 1


def test_rewritten_bands_are_what_midi_gives_back():
    """Their instruments are the same; a share of the lines is not."""
    duo = BAND.to_tokens(music(part("C5 D5 E5 . G5", program=73), part("C2 . D2 F2 C2", is_drum=True)))[0]
    drums = part("C2 C2", is_drum=True)
    trio = BAND.to_tokens(music(part("E4 F4", "C4 .", program=0), part("C3", program=33), drums))[0]
    bands = torch.stack([duo, trio]).repeat(60, 1, 1)
    rewritten = rewrite(bands, 0.5, torch.Generator().manual_seed(0))
    assert BAND.canonical(rewritten).equal(rewritten)
    before, after = ([one for band in bands_of for one in players(band)] for bands_of in (bands, rewritten))
    assert [(one.program, one.is_drum) for one in before] == [(one.program, one.is_drum) for one in after]
    changed = sum(old != new for old, new in zip(before, after, strict=True)) / len(before)
    assert 0.3 < changed <= 0.55
    assert len({one.notes for one in after if one.is_drum}) > 20


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_silence_is_not_rewritten(share: float):
    silence = torch.full((3, 512, 1), 489)
    assert rewrite(silence, share, torch.Generator().manual_seed(0)).equal(silence)
