"""Figures of what was measured, as SVG-clean PNGs for cards and the README."""

from itertools import zip_longest
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

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
