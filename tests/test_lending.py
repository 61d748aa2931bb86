"""Lending: parts of trios that play lines of other corpora."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from torch import Tensor

from mvae import MusicVAE
from mvae.converters import DrumsConverter, TrioConverter
from tests.music import beat, melody, spell, spell_beat
from training.lending import Lender, in_register
from training.loop import Trainer
from training.recipe import Recipe
from training.windows import CorpusError, Windows

TRIO = torch.cat([melody("C5 D5 E5"), melody("C2 . G2"), beat("K - S")], -1)


def windows(kind: str, *lines: Tensor) -> Windows:
    song = {"path": "a.mid", "group": "a", "source": "tests", "split": "train"}
    tokens = torch.stack(lines).numpy().astype(np.int16)
    return Windows(tokens, np.zeros(len(tokens), dtype=np.int32), [song], kind, len(tokens[0]) // 16)


def lend(share: float, *corpora: Windows) -> list[list[str]]:
    """What the parts of eighty trios play after corpora were lent to them."""
    rng, trios = np.random.default_rng(0), TRIO.repeat(80, 1, 1)
    for corpus in corpora:
        trios = Lender(corpus, TrioConverter(1), 1.0)(trios, share, rng)
    return [[spell(trio[:, :1]), spell(trio[:, 1:2]), spell_beat(trio[:, 2:])] for trio in trios]


def test_melodies_are_lent_in_the_register_of_those_they_stand_in_for():
    played = lend(1.0, windows("melody", melody("A3 B3 C4")))
    assert played == [["A4 B4 C5", "A1 B1 C2", "K - S"]] * 80


def test_drums_are_lent_to_drums_alone():
    assert lend(1.0, windows("drums", beat("KH H SH"))) == [["C5 D5 E5", "C2 . G2", "KH H SH"]] * 80


def test_a_share_of_the_parts_are_lent_each_by_itself():
    played = lend(0.25, windows("melody", melody("A3 B3 C4"), melody("D4 C4")), windows("drums", beat("KH H SH")))
    melodies, basses, drums = ({trio[part] for trio in played} for part in range(3))
    assert melodies == {"C5 D5 E5", "A4 B4 C5", "D5 C5"}
    assert basses == {"C2 . G2", "A1 B1 C2", "D2 C2"}
    assert drums == {"K - S", "KH H SH"}
    lent = [trio[1] != "C2 . G2" for trio in played]
    assert 10 < sum(lent) < 30
    assert any(trio[0] == "C5 D5 E5" for trio, bass in zip(played, lent, strict=True) if bass)
    assert lend(0.0, windows("melody", melody("A3"))) == [["C5 D5 E5", "C2 . G2", "K - S"]] * 80


def test_a_line_stays_where_it_would_leave_the_keyboard_or_nobody_plays():
    lines = torch.stack([melody("C3 A6")[:, 0], melody("C4 D4")[:, 0], melody("-")[:, 0]])
    others = torch.stack([melody("C7 B7")[:, 0], melody("-")[:, 0], melody("C2")[:, 0]])
    assert in_register(lines, others).equal(lines)


def test_a_run_sees_what_is_lent_to_it(tmp_path: Path, tiny: Callable[..., MusicVAE]):
    model = tiny("trio")
    recipe = Recipe("toy", model.config, 1, batch_size=8, lending=1.0)
    trios = windows("trio", *torch.cat([TRIO, TRIO, TRIO, TRIO]).repeat(8, 1, 1))
    tune = windows("melody", melody("A3 B3 C4", bars=4))
    run = Trainer(
        recipe, model, trios, tmp_path, Accelerator(cpu=True), [Lender(tune, model.converter, recipe.balance)]
    )
    tokens, _ = run._batch()
    assert {spell(trio[:, 1:2]) for trio in tokens} == {"A1 B1 C2"}


def test_what_cannot_be_lent_is_told():
    tune = melody("C4 D4", bars=2)
    with pytest.raises(CorpusError, match="2-bar melody cannot be lent to 1-bar trio"):
        Lender(windows("melody", tune), TrioConverter(1), 1.0)
    with pytest.raises(CorpusError, match="1-bar drums cannot be lent to 1-bar drums"):
        Lender(windows("drums", beat("K S")), DrumsConverter(1), 1.0)
