"""Figures of what was measured, as SVG-clean PNGs for cards and the README."""

from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import hsv_to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from torch import Tensor

from mvae.converters.melody import melody_notes

from .realism import QUANTILES

TITLES = {
    "density": "onsets a step",
    "pitch_range": "pitch range, semitones",
    "intervals": "interval, semitones",
    "lengths": "note length, sixteenths",
    "hits": "hits a bar",
    "together": "drums struck together",
    "instruments": "instruments",
    "notes": "notes a bar",
}
SPACES = {"latent": "#b3261e", "data": "#7a8194"}
WAYS = {"add": "vector added", "subtract": "vector subtracted"}
PAUSE = 4  # steps between two tunes of a morph
FULL = 100.0  # per cent at which a square fills its cell
COLORS = {"samples": "#b3261e", "validation": "#1f3a5f"}


def draw_distributions(realism: dict[str, Any], path: Path) -> None:
    """The quantiles of samples and validation side by side, a row for each part, a panel for each distribution."""
    parts = {name: figures["quantiles"] for name, figures in realism["samples"].items() if "quantiles" in figures}
    columns = max(map(len, parts.values()))
    figure = Figure(figsize=(9, 1.9 * len(parts) + 0.4), layout="constrained")
    for row, (part, distributions) in zip(
        figure.subplots(len(parts), columns, squeeze=False), parts.items(), strict=True
    ):
        for axes, name in zip_longest(row, distributions):
            axes.set_visible(name is not None)
            if name is not None:
                _draw_panel(axes, {who: realism[who][part]["quantiles"][name] for who in COLORS}, axes is row[0])
                axes.set_title(TITLES[name] if len(parts) == 1 else f"{part}: {TITLES[name]}", fontsize=9)
    figure.savefig(path, dpi=130)


def draw_interpolation(curves: dict[str, Any], path: Path) -> None:
    """Distance from A, cost under the n-gram model and onsets along the morph, in latent and in data space."""
    figure = Figure(figsize=(10, 2.8), layout="constrained")
    titles = {
        "hamming": "share of tokens unlike A",
        "cost": "n-gram cost, relative to A and B",
        "onsets": "onsets, relative to A and B",
    }
    for axes, (figures, title) in zip(figure.subplots(1, 3), titles.items(), strict=True):
        for space, color in SPACES.items():
            axes.plot(curves["alpha"], curves[figures][space], "o-", color=color, label=f"{space} space", markersize=4)
        axes.set(title=title, xlabel="from A to B", xticks=[0, 0.25, 0.5, 0.75, 1])
        axes.spines[["top", "right"]].set_visible(False)
        axes.title.set_fontsize(9)
    figure.axes[0].legend(frameon=False, fontsize=8)
    figure.savefig(path, dpi=130)


def draw_effects(table: dict[str, Any], path: Path) -> None:
    """What each vector (a row) does to each attribute (a column): squares filled for more, hollow for less.

    As Roberts et al. 2018 draw it in Figure 4, with the per cents written in.
    """
    names = list(table["base"])
    titles = [name.replace("_", " ") for name in names]
    figure = Figure(figsize=(3 + 1.5 * len(names), 1.4 + 0.5 * len(names)), layout="constrained")
    for axes, (way, title) in zip(figure.subplots(1, 2, sharey=True), WAYS.items(), strict=True):
        for row, name in enumerate(names):
            for column, change in enumerate(table[way][name].values()):
                _draw_square(axes, column, row, change)
        axes.set(title=title, xlim=(-0.6, len(names) - 0.4), ylim=(len(names) - 0.4, -0.6), aspect="equal")
        axes.set_xticks(range(len(names)), titles, rotation=35, ha="right", fontsize=7)
        axes.set_yticks(range(len(names)), titles, fontsize=7)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.title.set_fontsize(9)
    figure.savefig(path, dpi=130)


def _draw_square(axes: Axes, column: int, row: int, change: float | None) -> None:
    """A square whose side goes with a change in per cent."""
    side = 0.9 * min(1.0, abs(change or 0) / FULL)
    color = COLORS["samples"] if (change or 0) > 0 else COLORS["validation"]
    corner = (column - side / 2, row - side / 2)
    axes.add_patch(Rectangle(corner, side, side, facecolor=color if (change or 0) > 0 else "none", edgecolor=color))
    text = "–" if change is None else f"{change:+.0f}"
    axes.text(
        column, row, text, ha="center", va="center", fontsize=6, path_effects=[withStroke(linewidth=2, foreground="w")]
    )


def draw_morphs(morphs: dict[str, Tensor], path: Path) -> None:
    """Morphs (tunes, T) of melodies one above the other, each from left to right, by their titles.

    The first and the last tune are black, those between go from red to purple, as in the MusicVAE blog post.
    """
    figure = Figure(figsize=(12, 1.9 * len(morphs)), layout="constrained")
    panels = figure.subplots(len(morphs), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    for axes, (title, tunes) in zip(panels, morphs.items(), strict=True):
        colors = ["black", *(hsv_to_rgb((hue, 0.85, 0.8)) for hue in np.linspace(1, 0.78, len(tunes) - 2)), "black"]
        for number, (tune, color) in enumerate(zip(tunes, colors, strict=True)):
            left = number * (tunes.shape[1] + PAUSE)
            for note in melody_notes(tune.numpy()):
                length = note.end - note.start - 0.4
                axes.broken_barh([(left + note.start, length)], (note.pitch - 0.45, 0.9), color=color, linewidth=0)
            axes.axvspan(left, left + tunes.shape[1], color="#f4f5f8", zorder=0)
        axes.set_title(title, loc="left", fontsize=10)
        axes.set(xticks=[], yticks=range(24, 108, 12), yticklabels=[f"C{octave}" for octave in range(1, 8)])
        axes.autoscale(axis="both", tight=True)
        axes.margins(y=0.08)
        axes.tick_params(length=0, labelsize=7)
        axes.spines[:].set_visible(False)
    figure.savefig(path, dpi=110)


def _draw_panel(axes: Axes, quantiles: dict[str, list[float]], labelled: bool) -> None:
    for row, (who, color) in enumerate(COLORS.items()):
        _draw_quantiles(axes, row, quantiles[who], color)
    axes.set(yticks=range(len(COLORS)), ylim=(1.6, -0.6))
    axes.set_yticklabels(list(COLORS) if labelled else [])
    axes.spines[["top", "right", "left"]].set_visible(False)


def _draw_quantiles(axes: Axes, row: int, quantiles: list[float], color: str) -> None:
    low, first, median, third, high = quantiles
    axes.plot([low, high], [row, row], color=color, linewidth=1.2, solid_capstyle="round")
    axes.plot([first, third], [row, row], color=color, linewidth=7, solid_capstyle="round", alpha=0.55)
    axes.plot([median], [row], "o", color="white", markeredgecolor=color, markersize=6)
    assert len(quantiles) == len(QUANTILES)
