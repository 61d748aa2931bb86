"""Whether a classifier can tell music that a model makes from songs: the two-sample test (Lopez-Paz & Oquab 2017)."""

from itertools import cycle
from typing import Any

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from torch import Tensor

from mvae import MusicVAE

from .features import features, part_features
from .windows import Draw, Windows

FOLDS = 5
WINDOWS = 1500  # of each side
BALANCE = 0.5  # a source weighs as the root of its size
TREES = {"n_estimators": 120, "max_depth": 3, "subsample": 0.7, "max_features": "sqrt"}


def two_sample(
    model: MusicVAE, windows: Windows, made: dict[str, Tensor], exclude: tuple[str, ...] = (), seed: int = 0
) -> dict[str, Any] | None:
    """How well music that was `made`, tokens (N, T, P) by who made them, can be told from held-out windows.

    Beside it stand `decoded`, the decoded means of the same windows, and `training`, training windows, which are the
    floor. The figures are areas under the curve of gradient boosting on `training.features`, 0.5 where it can only
    guess; of five folds no song is on both sides. Where there are several parts there is an area for each, and one for
    the whole. None where there are too few songs on either side, or too few pieces that were made.
    """
    held_out, learnt = (_drawn(windows, split, exclude, seed) for split in ("validation", "train"))
    fewest = min(*(len(set(windows.groups(rows))) for rows in (held_out, learnt)), *map(len, made.values()))
    if fewest < FOLDS:
        return None
    real, groups = windows.batch(held_out), windows.groups(held_out)
    decoded = model.decode_tokens(model.encode_tokens(real.to(model.device)).mean).cpu()
    others = {
        who: (tokens.cpu(), np.array([f"{who} {row}" for row in range(len(tokens))])) for who, tokens in made.items()
    }
    others |= {"decoded": (decoded, groups), "training": (windows.batch(learnt), windows.groups(learnt))}
    sides = {who: (_columns(model, tokens), whose) for who, (tokens, whose) in others.items()}
    columns = _columns(model, real)
    areas = {
        who: {part: area(columns[part], groups, rows[part], whose, seed) for part in columns}
        for who, (rows, whose) in sides.items()
    }
    return {"windows": len(real), "areas": areas}


def _columns(model: MusicVAE, tokens: Tensor) -> dict[str, np.ndarray]:
    """The features of tokens (N, T, P): of the whole, and of each part where there are several."""
    rows = tokens.numpy()
    return {"whole": features(model.converter, rows), **part_features(model.converter, rows)}


def area(real: np.ndarray, groups: np.ndarray, other: np.ndarray, other_groups: np.ndarray, seed: int = 0) -> float:
    """The area under the curve, mean over folds, of a classifier of features (N, F) and (M, F) of groups (N,), (M,)."""
    rows, labels = np.concatenate([real, other]), np.repeat([0, 1], [len(real), len(other)])
    rng, folds = np.random.default_rng(seed), {}
    for side in (groups, other_groups):  # one after the other, so that every fold has some of both
        new = [group for group in np.unique(side).tolist() if group not in folds]
        folds |= dict(zip(rng.permutation(new).tolist(), cycle(range(FOLDS)), strict=False))
    fold_of = np.array([folds[group] for group in (*groups.tolist(), *other_groups.tolist())])
    areas: list[float] = []
    for fold in range(FOLDS):
        asked = fold_of == fold
        classifier = GradientBoostingClassifier(**TREES, random_state=seed).fit(rows[~asked], labels[~asked])
        areas.append(float(roc_auc_score(labels[asked], classifier.predict_proba(rows[asked])[:, 1])))
    return float(np.mean(areas))


def _drawn(windows: Windows, split: str, exclude: tuple[str, ...], seed: int) -> np.ndarray:
    """Up to `WINDOWS` different windows of a split."""
    rows = windows.split(split, exclude)
    if len(rows) == 0:
        return rows
    return np.unique(Draw(windows, rows, BALANCE)(WINDOWS, np.random.default_rng(seed)))
