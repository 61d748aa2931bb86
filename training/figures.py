"""Figures of what was measured, as SVG-clean PNGs for cards and the README."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .realism import QUANTILES

TITLES = {
    "density": "onsets a step",
    "pitch_range": "pitch range, semitones",
    "intervals": "interval, semitones",
    "lengths": "note length, sixteenths",
}
COLORS = {"samples": "#b3261e", "validation": "#1f3a5f"}


def draw_distributions(realism: dict[str, Any], path: Path) -> None:
    """The quantiles of samples and validation side by side, one panel for each distribution."""
    figure = Figure(figsize=(9, 2.4), layout="constrained")
    for axes, (name, title) in zip(np.ravel(figure.subplots(1, len(TITLES))), TITLES.items(), strict=True):
        for row, who in enumerate(COLORS):
            _draw_quantiles(axes, row, realism[who]["quantiles"][name], COLORS[who])
        axes.set(title=title, yticks=range(len(COLORS)), ylim=(1.6, -0.6))
        axes.set_yticklabels(list(COLORS) if axes.get_subplotspec().is_first_col() else [])
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.title.set_fontsize(9)
    figure.savefig(path, dpi=130)


def _draw_quantiles(axes: Axes, row: int, quantiles: list[float], color: str) -> None:
    low, first, median, third, high = quantiles
    axes.plot([low, high], [row, row], color=color, linewidth=1.2, solid_capstyle="round")
    axes.plot([first, third], [row, row], color=color, linewidth=7, solid_capstyle="round", alpha=0.55)
    axes.plot([median], [row], "o", color="white", markeredgecolor=color, markersize=6)
    assert len(quantiles) == len(QUANTILES)
