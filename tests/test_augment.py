"""Augmentation: tunes are transposed within the range, and tokens hidden, as often as was asked for."""

import pytest
import torch

from mvae.inputs import START
from tests.test_prepare import AIR, JIG, REEL
from tests.toy import tokens
from training.augment import hide, transpose


def test_transposition_keeps_intervals_rhythm_and_range():
    tunes = tokens(JIG, REEL, AIR).repeat(40, 1, 1)
    moved = transpose(tunes, -5, 6, torch.Generator().manual_seed(0))
    sounding = tunes > 1
    shifts = (moved - tunes)[:, 0, 0]
    assert set(shifts.tolist()) == set(range(-5, 7))
    assert torch.equal(moved[~sounding], tunes[~sounding])
    assert torch.equal(moved - tunes, torch.where(sounding, shifts[:, None, None], 0))


def test_a_tune_that_would_leave_the_range_stays():
    lowest, highest = tokens("A0 . B0", "C8 - B7").split(1)
    down = transpose(lowest.repeat(50, 1, 1), -6, -1, torch.Generator().manual_seed(0))
    up = transpose(highest.repeat(50, 1, 1), 1, 6, torch.Generator().manual_seed(0))
    assert (down == lowest).all()
    assert (up == highest).all()
    silence = tokens(".")
    assert torch.equal(transpose(silence, -6, 6, torch.Generator()), silence)


def test_the_share_that_was_asked_for_is_hidden():
    tunes = tokens(JIG).repeat(2000, 1, 1)
    hidden = hide(tunes, 0.25, torch.Generator().manual_seed(0))
    assert float((hidden == START).float().mean()) == pytest.approx(0.25, abs=0.01)
    assert torch.equal(hidden[hidden != START], tunes[hidden != START])
    assert torch.equal(hide(tunes, 0.0, torch.Generator()), tunes)
