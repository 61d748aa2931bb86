"""Blends: what a decoder and a language model write together, and that the decoder learns it."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from mvae import MusicVAE
from mvae.decoders import LstmDecoder
from mvae.descriptors import descriptors
from tests.music import melody
from tests.test_language_model import TUNES, banked, windows
from tests.test_prepare import run
from training import fit_blends
from training.fit_blends import Duet, blend_weights, mixture
from training.windows import CorpusError

Tiny = Callable[..., MusicVAE]
WHOLE = {"prior_size": 12, "language_size": 8}


def tunes() -> torch.Tensor:
    return torch.stack([melody(tune, bars=2) for tune in TUNES])


def duet(model: MusicVAE) -> Duet:
    assert isinstance(model.decoder, LstmDecoder)
    assert model.language is not None
    return Duet(model.decoder, model.language, model.converter)


def test_blends_are_of_two_tunes_or_of_four():
    weights = blend_weights(8, torch.Generator().manual_seed(0))
    assert torch.allclose(weights.sum(1), torch.ones(8))
    assert [(row > 0).sum().item() for row in weights] == [2, 4] * 4


def test_a_corner_is_not_mixed_and_the_middle_is():
    weights = torch.tensor([[1.0, 0, 0, 0], [0.5, 0.5, 0, 0], [0.75, 0.25, 0, 0], [0.25] * 4])
    assert mixture(weights).tolist() == [0, 1, 0.75, 1]


def test_a_tune_itself_is_written_as_its_code_says(tiny: Tiny):
    model = tiny(**WHOLE)
    codes = model.encode_tokens(tunes()).mean
    with torch.no_grad():
        written = duet(model).write(codes, tunes(), torch.eye(3), heard=1.0)
    assert torch.equal(written, model.decode_tokens(codes))


def test_the_language_model_alone_writes_what_it_would(tiny: Tiny):
    model = tiny(**WHOLE)
    assert model.language is not None
    model.language.load_state_dict(banked(*TUNES).state_dict())
    weights = torch.full((1, 2), 0.5)
    with torch.no_grad():
        written = duet(model).write(torch.zeros(1, 8), tunes()[:2], weights, heard=1.0)
        told = weights @ descriptors(model.converter, tunes()[:2])
        alone = model.language.decoder.generate(told, None, None)
    assert torch.equal(written, model.converter.canonical(alone))


def test_where_notes_lack_they_get_likelier(tiny: Tiny):
    together = duet(tiny(**WHOLE))
    silent, full = torch.zeros(3, 32, 1, dtype=torch.long), torch.full((3, 32, 1), 40)
    together._follow(silent, tunes(), torch.eye(3))
    assert together.urge > 0
    together._follow(full, tunes(), torch.eye(3))
    assert together.urge < 0


def test_the_decoder_learns_and_all_else_stays(tmp_path: Path, tiny: Tiny):
    windows().save(tmp_path / "windows")
    tiny(**WHOLE).save_pretrained(tmp_path / "base")
    model, before = MusicVAE.from_pretrained(tmp_path / "base"), MusicVAE.from_pretrained(tmp_path / "base")
    fit_blends.fit_blends(model, windows(), 2, batch_size=8)
    for part in ("encoder", "prior", "language"):
        old, new = (getattr(one, part).state_dict() for one in (before, model))
        assert all(torch.equal(old[name], weight) for name, weight in new.items()), part
    old, new = (one.decoder.state_dict() for one in (before, model))
    assert any(not torch.equal(old[name], weight) for name, weight in new.items())
    assert model.operators is not None
    result = run(fit_blends.main, tmp_path / "base", "--data", tmp_path / "windows", "--steps", 1)
    assert result.exit_code == 2, "a batch is more than there are windows"


def test_long_music_is_not_blended(tiny: Tiny):
    with pytest.raises(CorpusError, match="two bars of melody or drums"):
        fit_blends.fit_blends(tiny("conducted", prior_size=12, language_size=8), windows(), 1)


def test_a_language_model_is_needed(tiny: Tiny):
    with pytest.raises(CorpusError, match="language model"):
        fit_blends.fit_blends(tiny(prior_size=12), windows(), 1)
