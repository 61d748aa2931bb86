"""The figures of realism, on music whose figures can be counted by hand."""

import numpy as np
import pytest
import torch

from mvae.converters import DrumsConverter, MelodyConverter, MultitrackConverter, TrioConverter
from tests.music import beat, melody, music, part
from training.realism import band, describe, drums, melodies, structure

SCALE = "C4 . D4 . E4 . F4 . G4 . A4 . B4 . C5 ."


def lines(*tunes: str) -> np.ndarray:
    return np.stack([melody(tune).numpy()[:, 0] for tune in tunes])


def test_a_scale_is_in_its_key_and_steps():
    figures = melodies(lines(SCALE))
    assert figures["in_best_major_key"] == 1.0
    assert figures["mean_pitch_range"] == 12
    assert figures["mean_density"] == 8 / 16
    assert figures["quantiles"]["intervals"][2] == 2
    assert figures["quantiles"]["lengths"] == [2] * 5


def test_a_note_outside_the_key_counts():
    figures = melodies(lines("C4 D4 E4 F4 F#4 G4 A4 B4 . . . . . . . ."))
    assert figures["in_best_major_key"] == 7 / 8


def test_an_octave_is_no_leap_beyond_it():
    assert melodies(lines("C4 . C5 . C4 . . . C4 . C#5 . . . . ."))["octave_leaps"] == pytest.approx(1 / 4)


def test_silence_and_single_notes_are_sparse():
    silent, single = ". " * 16, "C4 . . . - . . . . . . . . . . ."
    assert melodies(lines(silent, single, SCALE, SCALE))["empty_or_single_note"] == 0.5


def test_a_released_note_is_as_long_as_it_sounds():
    lengths = melodies(lines("C4 . . - . . . . E4 . . . . . . ."))["quantiles"]["lengths"]
    assert (lengths[0], lengths[-1]) == pytest.approx((3.25, 7.75))


def test_hits_and_the_drums_that_play_them():
    figures = drums(np.stack([beat("KH - H - SH - H - K", 2).numpy()[:, 0], beat("-", 2).numpy()[:, 0]]), 9)
    assert figures["hits_per_bar"] == 7 / 4
    assert figures["most_frequent_drums"] == "closed hi-hat, kick, snare"
    assert figures["silent"] == 0.5


def test_a_band_is_counted_and_heard_together():
    songs = [music(part("C4 C#4 D4"), part("C2", program=33)), music(part("C4"), part("C2", is_drum=True))]
    figures = band(MultitrackConverter().to_tokens(songs).numpy())
    assert figures["instruments"] == 2
    assert figures["notes_per_bar"] == 3
    assert figures["in_best_major_key"] == pytest.approx((3 / 4 + 1) / 2)
    assert figures["with_drums"] == 0.5


def test_bars_that_come_back_are_structure():
    tune = melody("C4 D4 | E4 F4 |" * 8 + "C4 D4")[:256].numpy()[None]
    figures = structure(tune)
    assert figures["bars_repeated"] == 14 / 16
    assert (figures["similarity_1"], figures["similarity_2"]) == (0, 1)
    assert structure(melody("C4 D4 | C4 E4 |" * 8 + "C4 D4")[:256].numpy()[None])["similarity_1"] == 0.5


def test_every_part_is_described():
    trio = torch.cat([melody(SCALE, 16), melody("C2", 16), beat("K", 16)], -1).unsqueeze(0)
    quiet = trio.clone()
    quiet[..., 2] = 0
    figures = describe(TrioConverter(16), torch.cat([trio, quiet]).numpy())
    assert list(figures) == ["Melody", "Bass", "Drums", "Whole"]
    assert figures["Whole"]["all_parts_play"] == 0.5
    assert list(describe(MelodyConverter(1), trio[:, :16, :1].numpy())) == ["Melody"]
    assert list(describe(DrumsConverter(1), trio[:, :16, 2:].numpy())) == ["Drums"]
