"""Training in small: a model and a recipe that take no time, tunes written as music, and windows of scales."""

import functools
from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from torch import Tensor

from mvae import Config, MusicVAE
from tests.music import melody
from training import evaluate, finetune, fit_attributes, interpolation, train
from training.loop import Trainer
from training.recipe import Recipe
from training.windows import Windows

MODEL = Config(kind="melody", bars=1, z_size=8, enc_rnn_size=(12,), dec_rnn_size=(16,))
RECIPE = Recipe("toy", MODEL, steps=6, batch_size=8, warmup=2, transpose=(-5, 6), token_dropout=0.1, balance=0.5)


def tokens(*bars: str) -> Tensor:
    return torch.stack([melody(bar) for bar in bars])


def toy(n: int = 64, seed: int = 0) -> Windows:
    """Windows of rising scales from random notes, every eighth of them to validate on."""
    rng = np.random.default_rng(seed)
    starts = rng.integers(20, 60, n)
    lines = np.zeros((n, 16, 1), dtype=np.int16)
    for step, interval in zip(range(0, 16, 2), (0, 2, 4, 5, 7, 9, 11, 12), strict=True):
        lines[:, step, 0] = starts + interval
    songs = [
        {"path": f"{i}", "group": f"{i}", "source": "ab"[i % 3 > 0], "split": "validation" if i % 8 == 0 else "train"}
        for i in range(n)
    ]
    return Windows(lines, np.arange(n, dtype=np.int32), songs, "melody", 1)


def trainer(
    out: Path, recipe: Recipe = RECIPE, windows: Windows | None = None, model: MusicVAE | None = None
) -> Trainer:
    model = model or train.fresh(recipe)
    return Trainer(recipe, model.train(), windows or toy(), out, Accelerator(cpu=True))


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the end of fine-tuning go on for less, and look at less."""
    for steps in ("LANGUAGE_STEPS", "OPERATOR_STEPS", "BLEND_STEPS"):
        monkeypatch.setattr(finetune, steps, 2)
    monkeypatch.setattr(finetune, "PRIOR_STEPS", (3, 3))
    monkeypatch.setattr(fit_attributes, "CODES", 8)
    monkeypatch.setattr(evaluate, "interpolation", functools.partial(interpolation.interpolation, pairs=4))
    monkeypatch.setattr(finetune, "examine", functools.partial(evaluate.examine, samples=20))
