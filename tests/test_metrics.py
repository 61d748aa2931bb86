"""What a reconstruction is worth, on copies whose worth is known."""

from collections.abc import Callable

import pytest
import torch

from mvae import MusicVAE
from mvae.conductor import ConductorDecoder
from mvae.converters.multitrack import END, PROGRAM, VELOCITY
from mvae.decoders import LstmDecoder
from tests.test_prepare import AIR, JIG, REEL
from tests.toy import tokens
from training.metrics import reconstruction


def test_a_perfect_copy_is_worth_1(tiny: Callable[..., MusicVAE], monkeypatch: pytest.MonkeyPatch):
    model, tunes = tiny(bars=1), tokens(JIG, REEL, AIR)
    monkeypatch.setattr(LstmDecoder, "forward", lambda self, z, seen, *context: (50 * torch.eye(90)[seen[..., 0]],))
    monkeypatch.setattr(LstmDecoder, "generate", lambda self, z, temperature, generator, *context: tunes)
    figures = reconstruction(model, tunes)
    assert [figures[name] for name in ("teacher_forced", "greedy", "sampled", "note_f1")] == [1, 1, 1, 1]
    assert figures["reconstruction_nats"] == pytest.approx(0, abs=1e-6)
    assert figures["kl_bits"] > 0


def test_note_f1_counts_onsets_only(tiny: Callable[..., MusicVAE], monkeypatch: pytest.MonkeyPatch):
    """Of four notes two are found, one is wrong and one is missing: precision 2/3, recall 1/2."""
    told, heard = tokens("C4 . E4 . G4 . C5 ."), tokens("C4 . E4 . A4 . . .")
    monkeypatch.setattr(LstmDecoder, "generate", lambda self, z, temperature, generator, *context: heard)
    figures = reconstruction(tiny(bars=1), told)
    assert figures["note_f1"] == pytest.approx(4 / 7)
    assert figures["greedy"] == figures["sampled"] == pytest.approx(14 / 16)


def test_figures_do_not_depend_on_the_batches(model: MusicVAE, monkeypatch: pytest.MonkeyPatch):
    tunes = tokens(JIG, REEL, AIR, JIG, AIR).repeat(1, model.config.bars, 1)
    whole = reconstruction(model, tunes)
    assert whole == reconstruction(model, tunes)
    monkeypatch.setattr("training.metrics.BATCH", 2)
    assert reconstruction(model, tunes)["kl_bits"] == pytest.approx(whole["kl_bits"])


def test_ends_that_fill_up_an_instrument_count_apart(tiny: Callable[..., MusicVAE], monkeypatch: pytest.MonkeyPatch):
    """A band of one note says its program, how loud, the note, its end, and that no other plays: 11 tokens."""
    told = torch.full((1, 512, 1), END)
    told[0, :3, 0] = torch.tensor([PROGRAM, VELOCITY + 4, 60])
    heard = told.clone()
    heard[0, 2] = 62
    monkeypatch.setattr(ConductorDecoder, "generate", lambda self, z, temperature, generator, *context: heard)
    figures = reconstruction(tiny("band"), told)
    assert figures["greedy"] == figures["sampled"] == pytest.approx(10 / 11)
    assert figures["padded_greedy"] == figures["padded_sampled"] == pytest.approx(511 / 512)
    assert "padded_greedy" not in reconstruction(tiny(bars=1), tokens(JIG))
