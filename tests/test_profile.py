"""Profiles: what a window is like, in numbers that can be counted by hand."""

import pytest
import torch

from mvae.converters import CONVERTERS, DrumsConverter, MelodyConverter, MultitrackConverter, TrioConverter
from mvae.profile import profile, profile_size
from tests.music import beat, melody, music, part


def test_a_melody():
    (numbers,) = profile(MelodyConverter(1), melody("C4 . E4 - C5 . . .").unsqueeze(0))
    pitch_classes, (mean, extent, density) = numbers[:12], numbers[12:]
    assert pitch_classes.nonzero().flatten().tolist() == [0, 4]
    assert (pitch_classes[0] / pitch_classes[4]).item() == 2
    assert mean.item() * 64 + 32 == pytest.approx((60 + 64 + 72) / 3)
    assert extent.item() * 24 == 12
    assert density.item() * 16 / 2 == 3


def test_drums():
    (numbers,) = profile(DrumsConverter(1), beat("KH - H - SH - H -").unsqueeze(0))
    assert (numbers * 4).tolist() == [1, 1, 4, 0, 0, 0, 0, 0, 0]


def test_a_trio_is_profiled_part_by_part():
    trio = torch.cat([melody("C4"), melody("E2"), beat("K")], -1).unsqueeze(0)
    numbers = profile(TrioConverter(1), trio)[0]
    assert numbers.shape == (15 + 15 + 9,)
    assert torch.equal(numbers[15:30], profile(MelodyConverter(1), melody("E2").unsqueeze(0))[0])


def test_a_band_by_its_pitches_and_instruments():
    song = music(part("C4 G4"), part("C2", program=33), part("C2", is_drum=True))
    (numbers,) = profile(MultitrackConverter(), MultitrackConverter().to_tokens(song))
    assert numbers[:12].nonzero().flatten().tolist() == [0, 7], "drums have no pitch"
    assert numbers[12:].nonzero().flatten().tolist() == [0, 33 // 8, 16]


def test_silence_has_a_profile():
    for kind, bars in (("melody", 2), ("drums", 2), ("trio", 16), ("multitrack", 1)):
        converter = CONVERTERS[kind](bars)
        tokens = torch.zeros(1, converter.steps, converter.parts, dtype=torch.long)
        tokens += 489 if kind == "multitrack" else 0
        numbers = profile(converter, tokens)
        assert numbers.shape == (1, profile_size(converter))
        assert numbers.isfinite().all()


def test_a_long_melody_by_its_form():
    verse, answer, end = "C4 . D4 . E4 . F4 .", "G4 . G4 . A4 . G4 .", "G4 . . . C4 . . ."
    tune = " | ".join([*[verse, answer] * 7, verse, end])
    (numbers,) = profile(MelodyConverter(16), melody(tune).unsqueeze(0))
    one, two, four, eight, repeated = numbers[15:].tolist()
    assert one < 0.15, "the answer is another tune"
    assert two == pytest.approx((13 + 1 / 4) / 14), "all but the last answer the bar two before; the end shares its G"
    assert (four, eight) == (pytest.approx((11 + 1 / 4) / 12), pytest.approx((7 + 1 / 4) / 8))
    assert repeated == 13 / 16
