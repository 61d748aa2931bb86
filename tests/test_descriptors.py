"""Descriptors: what two bars are like, in numbers that can be counted by hand."""

import pytest
import torch

from mvae.converters import DrumsConverter, MelodyConverter, TrioConverter
from mvae.descriptors import FIRST_HALF, descriptors, descriptors_size, transposed
from tests.music import beat, melody

TUNE = "C4 . E4 . G4 . - . C5 . . . G4 . E4 . | C4 . E4 . G4 . - . C5 . . . G4 . C4 ."
SAME_RHYTHM = "D5 . A4 . A4 . - . F4 . . . G4 . B4 . | D4 . A4 . A4 . - . F4 . . . C4 . D4 ."


def of_melody(*tunes: str) -> torch.Tensor:
    return descriptors(MelodyConverter(2), torch.stack([melody(tune, bars=2) for tune in tunes]))


def test_pitches_of_a_melody():
    (numbers,) = of_melody(TUNE)
    assert (numbers[:12] * 6).tolist() == pytest.approx([5, 0, 0, 0, 3, 0, 0, 4, 0, 0, 0, 0])
    assert numbers[13].item() * 24 == 12


def test_rhythm_of_a_melody():
    (numbers,) = of_melody(TUNE)
    count, rests, *places = numbers[14:32].tolist()
    assert (count * 16, rests * 8) == (12, 2)
    assert [step for step, share in enumerate(places) if share] == [0, 2, 4, 8, 12, 14]
    assert (numbers[32:39] * 12).tolist() == pytest.approx([0, 10, 0, 2, 0, 0, 0]), "ten 8ths and two quarters"


def test_movement_of_a_melody():
    (numbers,) = of_melody("C4 . D4 . C4 . G4 . G4 . C5 . A4 . A4 .")
    moves = (numbers[39:48] * 7).tolist()
    assert moves == pytest.approx([0, 0, 1, 1, 2, 1, 0, 2, 0]), "a third and a step down, none, a step and two leaps up"
    assert numbers[48].item() * 5 == pytest.approx(3), "five moves, of which three turn"


def test_likeness_of_bars():
    (same, other) = of_melody(TUNE, "C4 . E4 . | D4 . E4 . G4")
    assert same[49:51].tolist() == pytest.approx([1, 5 / 6])
    assert other[49:51].tolist() == pytest.approx([2 / 3, 1 / 3])


def test_transposed_descriptors_are_those_of_the_transposed_tune():
    tunes = torch.stack([melody(TUNE), melody(SAME_RHYTHM)])
    higher = torch.where(tunes > 1, tunes + torch.tensor([3, -2])[:, None, None], tunes)
    converter = MelodyConverter(2)
    moved = transposed(descriptors(converter, tunes), torch.tensor([3, -2]))
    assert torch.allclose(moved, descriptors(converter, higher), atol=1e-6)


def test_tunes_of_one_rhythm_share_the_half_that_is_of_rhythm():
    one, other = of_melody(TUNE, SAME_RHYTHM)
    columns = list(FIRST_HALF["melody"])
    assert torch.equal(one[columns], other[columns])
    assert not torch.equal(one, other)


def test_drums():
    (numbers,) = descriptors(DrumsConverter(2), beat("K - H - S - H - | K - H H S - H -").unsqueeze(0))
    assert (numbers[:3] * 8).tolist() == [2, 2, 5]
    assert numbers[9:12].tolist() == [0, 0, 0.5], "one hat between two 8ths"
    assert numbers[34].item() == pytest.approx(4 / 5)
    assert numbers[35].item() == pytest.approx(15 / 16)


@pytest.mark.parametrize("converter", [MelodyConverter(2), DrumsConverter(2)])
def test_silence_has_descriptors(converter: MelodyConverter | DrumsConverter):
    numbers = descriptors(converter, torch.zeros(1, 32, 1, dtype=torch.long))
    assert numbers.shape == (1, descriptors_size(converter))
    assert numbers.isfinite().all()


def test_other_music_has_none():
    assert descriptors_size(MelodyConverter(16)) == descriptors_size(TrioConverter(2)) == 0
