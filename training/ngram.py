"""An n-gram language model of tokens: how likely a sequence is, by what follows what in the training songs."""

from typing import NamedTuple

import numpy as np


class _Order(NamedTuple):
    """The counts of all n-grams of one length, and of their contexts; keys are sorted numbers in base `classes` + 1."""

    keys: np.ndarray
    counts: np.ndarray
    contexts: np.ndarray
    totals: np.ndarray  # of the counts after each context
    followers: np.ndarray  # different tokens after each context
    discount: float


class NgramModel:
    """Interpolated Kneser-Ney (Chen & Goodman 1999, section 4.1.6) over tokens (N, T) of one part."""

    def __init__(self, tokens: np.ndarray, classes: int, order: int = 5) -> None:
        self.classes, self.order, self.base = classes, order, classes + 1
        keys, counts = np.unique(self._keys(tokens, order), return_counts=True)
        self.orders = [_table(keys, counts, self.base)]
        for length in range(order - 1, 0, -1):  # shorter n-grams count in how many longer ones they end
            keys, counts = np.unique(keys % self.base**length, return_counts=True)
            self.orders.insert(0, _table(keys, counts, self.base))

    def cost(self, tokens: np.ndarray) -> np.ndarray:
        """The negative log likelihood (N,) of tokens (N, T), in nats."""
        chance = np.full(tokens.size, 1 / self.classes)
        for length, table in enumerate(self.orders, 1):
            keys = self._keys(tokens, length)
            counts = _look_up(keys, table.keys, table.counts)
            contexts = keys // self.base
            totals = _look_up(contexts, table.contexts, table.totals)
            followers = _look_up(contexts, table.contexts, table.followers)
            seen = np.maximum(counts - table.discount, 0) + table.discount * followers * chance
            chance = np.where(totals > 0, seen / np.maximum(totals, 1), chance)
        return -np.log(chance).reshape(tokens.shape).sum(1)

    def _keys(self, tokens: np.ndarray, length: int) -> np.ndarray:
        """The n-gram (N * T,) that ends at each token; before the first are tokens that stand for the start."""
        padded = np.pad(tokens.astype(np.int64), ((0, 0), (length - 1, 0)), constant_values=self.classes)
        steps = tokens.shape[1]
        keys = sum(padded[:, at : at + steps] * self.base ** (length - 1 - at) for at in range(length))
        return np.asarray(keys).ravel()


def _table(keys: np.ndarray, counts: np.ndarray, base: int) -> _Order:
    contexts, first, followers = np.unique(keys // base, return_index=True, return_counts=True)
    once, twice = (counts == 1).sum(), (counts == 2).sum()
    discount = float(np.clip(once / max(1, once + 2 * twice), 0.1, 0.9))
    return _Order(keys, counts, contexts, np.add.reduceat(counts, first), followers, discount)


def _look_up(keys: np.ndarray, known: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The value of each key, 0 where it is not known."""
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.where(known[at] == keys, values[at], 0)
