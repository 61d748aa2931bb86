"""Diminution: which notes go first, and what is put between those that are left."""

import pytest
import torch

from mvae.converters import MelodyConverter
from tests.music import beat, melody, spell
from training.diminution import fill, thin

SCALE = "C4 . D4 E4 F4 . G4 . A4 - B4 . C5 . D5 ."
HALVES = "C4 . . . . . . . G4 . . . E4 . . . | C4 . D4 . F4 . E4 . C4 . . . - . . ."


@pytest.mark.parametrize(
    ("share", "left"),
    [
        (0.0, SCALE),
        (0.3, "C4 . . . F4 . G4 . A4 - B4 . C5 . D5 ."),
        (0.6, "C4 . . . F4 . . . A4 - . . C5 . D5 ."),
        (0.8, "C4 . . . . . . . A4 - . . C5 . . ."),
    ],
)
def test_notes_off_the_beat_go_first_and_short_ones_before_long_ones(share: float, left: str):
    thinned = MelodyConverter(1).canonical(thin(melody(SCALE).unsqueeze(0), torch.tensor([share])))
    assert spell(thinned[0]) == spell(melody(left))


@pytest.mark.parametrize(
    ("share", "more"),
    [
        (0.0, HALVES),
        (0.3, "C4 . D4 . E4 . . . G4 . . . E4 . . . | C4 . D4 . F4 . E4 . C4 . . . - . . ."),
        (1.0, "C4 E4 D4 C4 E4 . F4 . G4 . F4 . E4 . D4 . | C4 . D4 . F4 . E4 . C4 . D4 . - . . ."),
    ],
)
def test_the_longest_notes_are_broken_up_and_pass_to_the_next(share: float, more: str):
    filled = fill(melody(HALVES).unsqueeze(0), torch.tensor([share]))
    assert spell(filled[0]) == spell(melody(more))
    assert torch.equal(MelodyConverter(2).canonical(filled), filled)


def test_a_tune_of_sixteenths_can_have_no_more_notes():
    run = melody("C4 D4 E4 F4 G4 A4 B4 C5 D5 C5 B4 A4 G4 F4 E4 D4").unsqueeze(0)
    assert torch.equal(fill(run, torch.tensor([1.0])), run)


def test_the_other_parts_of_a_trio_keep_their_notes():
    trio = torch.cat([melody(SCALE), melody("C2 D2 E2 F2"), beat("K H S H")], -1).unsqueeze(0)
    thinned = thin(trio, torch.tensor([0.9]))
    assert torch.equal(thinned[..., 1:], trio[..., 1:])
    assert not torch.equal(thinned[..., 0], trio[..., 0])
    assert torch.equal(fill(trio, torch.tensor([1.0]))[..., 1:], trio[..., 1:])
