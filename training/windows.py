"""Windows on disk: one memory-mapped token file for a converter, with the song, split and source of each window."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mvae.converters import Converter
from mvae.errors import MvaeError

SONGS = "songs.json"


class CorpusError(MvaeError):
    """A corpus that cannot be trained on."""


@dataclasses.dataclass(frozen=True)
class Windows:
    """Tokens (N, T, P) as int16, and for each window the number of its song; `songs` says where each came from."""

    tokens: np.ndarray
    song_of: np.ndarray
    songs: list[dict[str, str]]
    kind: str
    bars: int

    def __len__(self) -> int:
        return len(self.tokens)

    def split(self, name: str, exclude: tuple[str, ...] = ()) -> np.ndarray:
        """The numbers of the windows whose songs are in split `name`, "train" or "validation".

        Those of the sources in `exclude` are left out.
        """
        chosen = np.array([song["split"] == name and song["source"] not in exclude for song in self.songs])
        return np.flatnonzero(chosen[self.song_of])

    def fitting(self, converter: Converter) -> "Windows":
        """These windows; raises `CorpusError` where they are not what `converter` reads."""
        if (self.kind, self.bars) != (converter.kind, converter.bars):
            raise CorpusError(
                f"The windows are {self.bars}-bar {self.kind}; the model's are {converter.bars}-bar {converter.kind}."
            )
        return self

    def to_learn(self, batch_size: int, exclude: tuple[str, ...] = ()) -> np.ndarray:
        """The numbers of the training windows of all sources but those in `exclude`.

        Raises `CorpusError` where they do not fill a batch.
        """
        rows = self.split("train", exclude)
        if len(rows) < batch_size:
            raise CorpusError(
                f"There are {len(rows)} windows to train on, fewer than a batch of {batch_size};"
                " give more music, or training.train a smaller --batch-size."
            )
        return rows

    def sources(self, rows: np.ndarray) -> np.ndarray:
        """The source of each of the windows `rows`."""
        return np.array([song["source"] for song in self.songs])[self.song_of[rows]]

    def groups(self, rows: np.ndarray) -> np.ndarray:
        """The group of songs of each of the windows `rows`."""
        return np.array([song["group"] for song in self.songs])[self.song_of[rows]]

    def batch(self, rows: np.ndarray) -> Tensor:
        """The windows `rows` as a LongTensor (B, T, P)."""
        return torch.from_numpy(self.tokens[rows].astype(np.int64))

    def save(self, folder: Path) -> None:
        """Write `tokens.npy`, `song_of.npy` and `songs.json` into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "tokens.npy", self.tokens)
        np.save(folder / "song_of.npy", self.song_of)
        meta = {"kind": self.kind, "bars": self.bars, "songs": self.songs}
        (folder / SONGS).write_text(json.dumps(meta), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Windows":
        """Map the windows that `save` wrote."""
        try:
            meta = json.loads((folder / SONGS).read_text(encoding="utf-8"))
            tokens = np.load(folder / "tokens.npy", mmap_mode="r")
            return cls(tokens, np.load(folder / "song_of.npy"), meta["songs"], meta["kind"], meta["bars"])
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise CorpusError(
                f"{folder} holds no prepared windows ({error}); make them with python -m training.prepare."
            ) from error


class Draw:
    """Draws among the windows `rows`, in which a source's share is its size to the power of `balance`."""

    def __init__(self, windows: Windows, rows: np.ndarray, balance: float) -> None:
        _, number, counts = np.unique(windows.sources(rows), return_inverse=True, return_counts=True)
        odds = np.cumsum((counts.astype(float) ** (balance - 1))[number])
        self.rows, self.odds = rows, odds / odds[-1]

    def __call__(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """The numbers of `n` windows (n,), in order, the same ones perhaps more than once."""
        return np.sort(self.rows[np.searchsorted(self.odds, rng.random(n), side="right")])
