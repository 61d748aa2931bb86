"""Render model cards from what was measured.

    python -m training.render_cards mel-2bar

reads `cards/results/mel-2bar.json`, writes `cards/mel-2bar.md`, and puts the same text into the bundled checkpoint.
"""

import json
import re
import shutil
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import jinja2
import typer

from mvae.hub import CARD, bundled
from mvae.terminal import sentences, start

from .paths import without_places
from .realism import LABELS
from .recipe import named, names
from .sources import SOURCES
from .windows import CorpusError

CARDS = Path("cards")
KINDS = {
    ("melody", 2): "two-bar melodies",
    ("drums", 2): "two-bar drum loops",
    ("melody", 16): "sixteen-bar melodies",
    ("trio", 16): "sixteen-bar trios of melody, bass and drums",
    ("multitrack", 1): "one-bar arrangements",
}
BASELINES = {"mel-16bar": ("conducted", "flat")}  # results NAME-conducted and so on stand beside NAME's own
ATTUNED = {"mel-16bar", "trio-16bar"}  # by training.attune, after the run whose curve the card shows
CURVE_ROWS = 10
MAYBE = (
    "curve",
    "base",
    "usage",
    "interpolation",
    "attributes",
    "apart",
    "flat",
    "lent",
    "edits",
    "two_sample",
    "copies",
)
PICTURE = re.compile(r"\]\(results/([^)]+\.png)\)")


class About(NamedTuple):
    """What a card says of a kind of music: what is read and written, how to take the accuracies, what to expect."""

    reads: str
    caution: str
    limits: str


MELODIES = About(
    "on a grid of sixteenths, one note at a time, MIDI pitches 21 to 108; loudness is not modelled.",
    ', and about two thirds of all steps are "no event"',
    "Almost no popular or jazz melody written after 1930 is among these; triplets and swing are bent to the grid;"
    " strings and piano songs weigh much. Expect hymns, reels, Lieder and game music, not today's charts.",
)
ABOUT = {
    "melody": MELODIES,
    "drums": About(
        "on a grid of sixteenths, nine drums: kick, snare, closed and open hi-hat, three toms, crash and ride;"
        " loudness and the drummer's push and pull are not modelled.",
        ", and a step is right only where all nine drums are",
        "Most of it was played by ten drummers on one kit, in rock, funk and jazz; triplets and swing are"
        " bent to the grid.",
    ),
    "trio": About(
        "on a grid of sixteenths: a melody and a bass of one note at a time, MIDI pitches 21 to 108, and nine drums;"
        " loudness is not modelled.",
        ', and more than half of the steps of melody and bass are "no event"',
        MELODIES.limits,
    ),
    "multitrack": About(
        "on a grid of twenty-fourths of a quarter: one bar of up to eight instruments of General MIDI, 62 events each,"
        " eight degrees of loudness.",
        " up to the end of each instrument",
        "Strings and piano weigh much; popular music of today is not among these.",
    ),
}


def render(name: str, results: dict[str, Any], what: str) -> str:
    """The text of a card: the template, filled with nothing but what was measured."""
    loader = jinja2.FileSystemLoader(Path(__file__).parent.parent / "cards")
    environment = jinja2.Environment(loader=loader, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    curve = results.get("curve") or []
    rows = min(CURVE_ROWS, len(curve))
    text = environment.get_template("template.md").render(
        name=name,
        what=what,
        attuned=name in ATTUNED,
        about=ABOUT[results["kind"]],
        r={
            **dict.fromkeys(MAYBE),
            **results,
        },
        rec=results["reconstruction"],
        parts=[
            part for part in results["realism"]["validation"] if f"{part.lower()}_greedy" in results["reconstruction"]
        ],
        s=results["realism"]["samples"],
        v=results["realism"]["validation"],
        data=sorted(results["data"].items(), key=lambda item: -item[1]),
        seen=_seen(name, results["data"]),
        sources=SOURCES,
        datasets=sorted(SOURCES.keys() & {*results["data"], *results.get("lent", ())}),
        unlike=" and ".join(results["realism"]["unlike"]),
        labels=LABELS,
        shown=lambda value: value if isinstance(value, str) else f"{value:.4f}",
        curve=[curve[round(i * (len(curve) - 1) / max(1, rows - 1))] for i in range(rows)],
    )
    return without_places(text)


def render_results(name: str, results: dict[str, Any]) -> str:
    """The text of a card, which calls the music by its kind and length."""
    kind = KINDS.get((results["kind"], results["bars"]), f"{results['bars']}-bar {results['kind']} loops")
    return render(name, results, kind)


def _seen(name: str, data: dict[str, int]) -> dict[str, float]:
    """The share that each source has in what was learnt from: its windows, to the power that the recipe gives them."""
    balance = named(name).balance if name in names() else 1.0
    weights = {source: count**balance for source, count in data.items()}
    return {source: weight / sum(weights.values()) for source, weight in weights.items()}


def beside(text: str) -> str:
    """A card whose pictures lie beside it."""
    return text.replace("](results/", "](")


def render_named(name: str) -> str:
    """The card of `cards/results/<name>.json`."""
    path = CARDS / "results" / f"{name}.json"
    if not path.exists():
        raise CorpusError(f"There is no {path}; measure the checkpoint with python -m training.evaluate {name}.")
    results = json.loads(path.read_text(encoding="utf-8"))
    baselines = {one: path.with_name(f"{name}-{one}.json") for one in BASELINES.get(name, ())}
    if all(file.exists() for file in baselines.values()):
        results |= {one: json.loads(file.read_text(encoding="utf-8")) for one, file in baselines.items()}
    return render_results(name, results)


def _bundle(name: str, text: str) -> None:
    """Put a card into the bundled checkpoint, its pictures beside it."""
    folder = bundled()[name]
    (folder / CARD).write_text(beside(text), encoding="utf-8")
    for picture in PICTURE.findall(text):
        shutil.copy(CARDS / "results" / picture, folder)


@sentences()
def main(names: Annotated[list[str], typer.Argument(help="Names in cards/results; all where none is given.")]) -> None:
    """Render model cards from what was measured."""
    for name in names:
        text = render_named(name)
        (CARDS / f"{name}.md").write_text(text, encoding="utf-8")
        if name in bundled():
            _bundle(name, text)
        typer.echo(f"Rendered {CARDS / name}.md.")


if __name__ == "__main__":
    start(main)
