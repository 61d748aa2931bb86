"""Lending: parts of trios and bands that play lines of other corpora."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from torch import Tensor

from mvae import MusicVAE
from mvae.converters import DrumsConverter, MultitrackConverter, TrioConverter
from tests.music import beat, melody, music, part, players, spell, spell_beat
from training.lending import in_register, lender_of
from training.loop import Trainer
from training.recipe import Recipe
from training.windows import CorpusError, Windows

TRIO = torch.cat([melody("C5 D5 E5"), melody("C2 . G2"), beat("K - S")], -1)


BAND = MultitrackConverter()
DUO = BAND.to_tokens(music(part("C5 D5", program=73), part("C2 . G2", program=33)))[0]
SOLO = BAND.to_tokens(music(part("E4 F4", program=0), part("C2 . D2", is_drum=True)))[0]


def windows(kind: str, *lines: Tensor) -> Windows:
    song = {"path": "a.mid", "group": "a", "source": "tests", "split": "train"}
    tokens = torch.stack(lines).numpy().astype(np.int16)
    bars = 1 if kind == "multitrack" else len(tokens[0]) // 16
    return Windows(tokens, np.zeros(len(tokens), dtype=np.int32), [song], kind, bars)


def lend(share: float, *corpora: Windows) -> list[list[str]]:
    """What the parts of eighty trios play after corpora were lent to them."""
    rng, trios = np.random.default_rng(0), TRIO.repeat(80, 1, 1)
    for corpus in corpora:
        trios = lender_of(corpus, TrioConverter(1), 1.0)(trios, share, rng)
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


def test_instruments_of_bands_keep_their_names_and_drums_go_to_drums():
    lent = lender_of(windows("multitrack", SOLO), BAND, 1.0)(DUO.repeat(40, 1, 1), 1.0, np.random.default_rng(0))
    assert BAND.canonical(lent).equal(lent)
    heard = {tuple((one.program, one.is_drum, *(note.pitch for note in one.notes)) for one in players(b)) for b in lent}
    assert heard == {((33, False, 64, 65), (73, False, 64, 65), (0, True, 36, 38))}


def test_a_share_of_a_band_plays_what_is_lent():
    lender = lender_of(windows("multitrack", DUO), BAND, 1.0)
    lent = lender(SOLO.repeat(200, 1, 1), 0.3, np.random.default_rng(0))
    pianos = [tuple(note.pitch for note in players(band)[0].notes) for band in lent]
    assert set(pianos) == {(64, 65), (72, 74), (36, 43)}
    assert 40 < sum(pitches != (64, 65) for pitches in pianos) < 80
    assert all(players(band)[-1] == players(SOLO)[-1] for band in lent), "there are no drums to lend"


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
        recipe, model, trios, tmp_path, Accelerator(cpu=True), [lender_of(tune, model.converter, recipe.balance)]
    )
    tokens, _ = run._batch()
    assert {spell(trio[:, 1:2]) for trio in tokens} == {"A1 B1 C2"}


def test_what_cannot_be_lent_is_told():
    tune = melody("C4 D4", bars=2)
    with pytest.raises(CorpusError, match="2-bar melody cannot be lent to 1-bar trio"):
        lender_of(windows("melody", tune), TrioConverter(1), 1.0)
    with pytest.raises(CorpusError, match="1-bar melody cannot be lent to 1-bar multitrack"):
        lender_of(windows("melody", melody("C4")), BAND, 1.0)
    with pytest.raises(CorpusError, match="1-bar drums cannot be lent to 1-bar drums"):
        lender_of(windows("drums", beat("K S")), DrumsConverter(1), 1.0)
