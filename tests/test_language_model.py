"""The language model: what it is told, what it writes, and that `sample` draws from it."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from mvae import MusicVAE
from mvae.converters import MelodyConverter
from mvae.descriptors import FIRST_HALF, descriptors
from mvae.language_model import BANK, LanguageModel
from tests.music import melody
from tests.test_prepare import run
from training import fit_language
from training.windows import CorpusError, Windows

Tiny = Callable[..., MusicVAE]
TUNES = [
    "C4 . E4 . G4 . E4 . C4 . E4 . G4 . . . | C4 . E4 . G4 . E4 . C4 . . . - . . .",
    "A4 . . G4 F4 . . E4 D4 . . . - . . . | A4 . . G4 F4 . . E4 D4 . . . D4 . . .",
    "G4 G4 A4 B4 C5 . B4 . A4 A4 B4 C5 D5 . C5 . | G4 . . . . . . . - . . . . . . .",
]


def windows() -> Windows:
    tokens = torch.stack([melody(tune, bars=2) for tune in TUNES * 8]).numpy().astype("int16")
    songs = [{"path": str(n), "group": str(n), "source": "a", "split": "train"} for n in range(len(tokens))]
    return Windows(tokens, torch.arange(len(tokens)).int().numpy(), songs, "melody", 2)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def banked(*tunes: str) -> LanguageModel:
    """A language model that knows the descriptors of these tunes, in turn."""
    converter = MelodyConverter(2)
    language = LanguageModel(converter, 8)
    told = descriptors(converter, torch.stack([melody(tune, bars=2) for tune in tunes]))
    language.bank.copy_(told.repeat(BANK // len(tunes) + 1, 1)[:BANK])
    return language


def test_new_music_has_the_rhythm_of_one_piece_and_the_pitches_of_another():
    language = banked(TUNES[0], TUNES[1])
    columns = list(FIRST_HALF["melody"])
    rest = [at for at in range(language.bank.shape[1]) if at not in columns and at > 12]
    drawn = language.draw_descriptors(200, generator())
    rhythms, others = (torch.cdist(drawn[:, at], language.bank[:2, at]).amin(1) for at in (columns, rest))
    assert rhythms.max() < 0.01
    assert others.max() < 0.01
    assert drawn[:, :12].argmax(1).unique().numel() > 8, "in any key"


def test_it_learns_what_it_is_shown_over_what_it_is_not(tiny: Tiny):
    model = tiny()
    fit_language.fit_language(model, windows(), steps=60, size=24, batch_size=16, learning_rate=1e-2)
    assert model.language is not None
    tunes = torch.stack([melody(tune, bars=2) for tune in TUNES])
    shuffled = tunes[:, torch.randperm(32, generator=generator())]
    with torch.no_grad():
        known, unknown = (model.language.nats(one) for one in (tunes, shuffled))
    assert (known * 2 < unknown).all()


def test_samples_are_the_codes_of_what_it_writes(tiny: Tiny):
    model = tiny(language_size=8)
    assert model.language is not None
    model.language.bank.copy_(banked(*TUNES).bank)
    written = model.language.draw(5, 1.0, generator())
    codes = model.encode_tokens(model.converter.canonical(written)).mean
    assert torch.equal(model.sample_codes(5, generator()), codes)
    assert torch.equal(model.sample_codes(5, seed=3), model.sample_codes(5, seed=3))
    assert not torch.equal(model.sample_codes(5, seed=3), model.sample_codes(5, seed=4))


def test_it_is_kept_with_the_checkpoint(tmp_path: Path, tiny: Tiny):
    windows().save(tmp_path / "windows")
    tiny().save_pretrained(tmp_path / "base")
    words = (tmp_path / "base", "--data", tmp_path / "windows", "--steps", 1, "--size", 12)
    result = run(fit_language.main, *words)
    assert result.exit_code == 2, "a batch is more than there are windows"
    result = run(fit_language.main, *words, "--batch-size", 8)
    assert result.exit_code == 0, result.output
    model = MusicVAE.from_pretrained(tmp_path / "base")
    assert model.config.language_size == 12
    assert model.language is not None
    assert model.language.bank.abs().sum() > 0
    assert len(model.sample(2, seed=1)) == 2


def test_long_music_has_no_language_model(tiny: Tiny):
    with pytest.raises(CorpusError, match="No language model writes 1-bar melody"):
        fit_language.fit_language(tiny(bars=1), windows(), 1)
