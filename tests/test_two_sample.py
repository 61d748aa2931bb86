"""Whether made music can be told from songs, whether it is copied, what a plain language model makes beside it."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from mvae import MusicVAE
from mvae.converters import DrumsConverter, MelodyConverter, MultitrackConverter, TrioConverter
from tests.music import beat, melody
from tests.toy import toy
from training.copies import copies
from training.features import features, part_features
from training.plain_language import plain_language_music
from training.two_sample import area, two_sample
from training.windows import CorpusError, Windows

Tiny = Callable[..., MusicVAE]
TUNE = "C4 . E4 . G4 . E4 . C4 . . . - . . . | C4 . E4 . G4 . E4 . F4 . D4 . B3 . . ."
UP = "E4 . G#4 . B4 . G#4 . E4 . . . - . . . | E4 . G#4 . B4 . G#4 . A4 . F#4 . D#4 . . ."
OTHER = "A4 A4 A4 . E4 E4 E4 . C4 . . . . . . . | D4 . . . . . . . - . . . . . . ."


def one_of_each(tokens: torch.Tensor, kind: str) -> Windows:
    """A training window and a validation window."""
    songs = [{"path": split, "group": split, "source": "a", "split": split} for split in ("train", "validation")]
    return Windows(tokens.numpy().astype(np.int16), np.arange(2, dtype=np.int32), songs, kind, 2)


def told(tune: str) -> np.ndarray:
    return features(MelodyConverter(2), melody(tune, bars=2)[None].numpy())[0]


def test_a_tune_is_described_the_same_in_any_key():
    assert told(UP) == pytest.approx(told(TUNE))
    assert np.abs(told(OTHER) - told(TUNE)).max() > 0.3


def test_silence_is_described_too():
    assert np.isfinite(told(" - ")).all()
    silence = torch.zeros(1, 32, 1, dtype=torch.long)
    assert np.isfinite(features(DrumsConverter(2), silence.numpy())).all()


def test_a_beat_differs_from_the_same_beat_shifted():
    one, other = (beat(text, bars=2)[None].numpy() for text in ("KH - H - SH - H -", "- KH - H - SH - H"))
    converter = DrumsConverter(2)
    assert np.abs(features(converter, one) - features(converter, other)).max() > 0.3


def test_a_trio_is_described_whole_and_by_part():
    converter = TrioConverter(1)
    trio = torch.cat([melody("C4 . E4 ."), melody("C2 . . ."), beat("K . S .")], -1)[None].numpy()
    parts = part_features(converter, trio)
    assert list(parts) == list(converter.names)
    assert features(converter, trio).shape[1] == sum(rows.shape[1] for rows in parts.values())
    assert part_features(MelodyConverter(1), trio[..., :1]) == {}


def test_bands_are_described():
    converter = MultitrackConverter()
    tokens = torch.zeros(2, converter.steps, 1, dtype=torch.long)
    assert np.isfinite(features(converter, converter.canonical(tokens).numpy())).all()


def test_the_same_music_cannot_be_told_and_other_music_can():
    rng = np.random.default_rng(0)
    songs = np.repeat(np.arange(40), 5)
    real, alike, unlike = rng.normal(size=(200, 4)), rng.normal(size=(200, 4)), rng.normal(3, size=(200, 4))
    made = np.array([f"made {row}" for row in range(200)])
    assert area(real, songs, alike, made) == pytest.approx(0.5, abs=0.15)
    assert area(real, songs, unlike, made) > 0.95


def test_no_song_is_on_both_sides():
    """Windows that show which song they are of cannot be learnt by heart where all of a song lies on one side."""
    rng = np.random.default_rng(0)
    songs = np.repeat(np.arange(20), 10)
    real = np.eye(20)[songs] + rng.normal(0, 0.01, (200, 20))
    assert area(real, songs, real + 0.0, songs) == pytest.approx(0.5, abs=0.05)


def test_five_songs_are_enough_among_many_samples():
    """Each of the five folds has one of them, however many other groups there are."""
    rng = np.random.default_rng(0)
    real, made = rng.normal(size=(20, 4)), rng.normal(3, size=(60, 4))
    names = np.array([f"made {row}" for row in range(60)])
    for seed in range(5):
        assert area(real, np.repeat(np.arange(5), 4), made, names, seed) > 0.9


def test_figures_of_made_music_stand_beside_decoded_means_and_training_songs(tiny: Tiny):
    model, windows = tiny(bars=1), toy(96)
    noise = model.decode_tokens(torch.randn(60, 8, generator=torch.Generator().manual_seed(0)), 1.0, seed=0)
    found = two_sample(model, windows, {"samples": noise})
    assert found is not None
    areas = found["areas"]
    assert list(areas) == ["samples", "decoded", "training"]
    assert areas["samples"]["whole"] > 0.9 > areas["training"]["whole"], "scales are not like noise"
    assert two_sample(model, windows, {"samples": noise[:4]}) is None, "fewer than there are folds"
    lonely = Windows(windows.tokens, windows.song_of * 0, windows.songs, "melody", 1)
    assert two_sample(model, lonely, {"samples": noise}) is None


def test_a_copy_is_found_in_any_key():
    windows = one_of_each(torch.stack([melody(TUNE, bars=2), melody(OTHER, bars=2)]), "melody")
    made = torch.stack([melody(UP, bars=2), melody(UP, bars=2), melody(OTHER, bars=2), melody("C4 D4", bars=2)])
    assert copies(windows, made) == {"distinct": 3 / 4, "copied": 2 / 4, "held_out": 0.0}


def test_drums_are_copies_only_as_they_are():
    windows = one_of_each(torch.stack([beat("K . S .", bars=2), beat("K K", bars=2)]), "drums")
    assert copies(windows, torch.stack([beat("K . S .", bars=2), beat("S . H .", bars=2)]))["copied"] == 0.5


def test_a_plain_language_model_learns_what_there_is():
    windows = toy(128)
    written = plain_language_music(windows, MelodyConverter(1), 40, 60)
    onsets = (written[:, ::2, 0] >= 2).float().mean() - (written[:, 1::2, 0] >= 2).float().mean()
    assert onsets > 0.5, "scales begin a note at every other step"
    with pytest.raises(CorpusError, match="2-bar melody"):
        plain_language_music(windows, MelodyConverter(2), 1, 1)
