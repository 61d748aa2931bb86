"""Render model cards from what was measured.

    python -m training.render_cards mel-2bar

reads `cards/results/mel-2bar.json`, writes `cards/mel-2bar.md`, and puts the same text into the bundled checkpoint.
"""

import json
import shutil
from pathlib import Path
from typing import Annotated, Any

import jinja2
import typer

from mvae.hub import CARD, bundled

from .realism import LABELS
from .sources import SOURCES
from .windows import CorpusError

CARDS = Path("cards")
KINDS = {("melody", 2): "two-bar melodies"}
CURVE_ROWS = 10


def render(name: str, results: dict[str, Any], what: str) -> str:
    """The text of a card: the template, filled with nothing but what was measured."""
    loader = jinja2.FileSystemLoader(Path(__file__).parent.parent / "cards")
    environment = jinja2.Environment(loader=loader, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    curve = results.get("curve") or []
    rows = min(CURVE_ROWS, len(curve))
    return environment.get_template("template.md").render(
        name=name,
        what=what,
        r={"curve": None, "base": None, "usage": None, "interpolation": None, "attributes": None, **results},
        rec=results["reconstruction"],
        s=results["realism"]["samples"],
        v=results["realism"]["validation"],
        data=sorted(results["data"].items(), key=lambda item: -item[1]),
        sources=SOURCES,
        unlike=" and ".join(results["realism"]["unlike"]),
        labels=LABELS,
        shown=lambda value: value if isinstance(value, str) else f"{value:.4f}",
        curve=[curve[round(i * (len(curve) - 1) / max(1, rows - 1))] for i in range(rows)],
    )


def render_results(name: str, results: dict[str, Any]) -> str:
    """The text of a card, which calls the music by its kind and length."""
    kind = KINDS.get((results["kind"], results["bars"]), f"{results['bars']}-bar {results['kind']} loops")
    return render(name, results, kind)


def beside(text: str) -> str:
    """A card whose pictures lie beside it."""
    return text.replace("](results/", "](")


def render_named(name: str) -> str:
    """The card of `cards/results/<name>.json`."""
    path = CARDS / "results" / f"{name}.json"
    if not path.exists():
        raise CorpusError(f"There is no {path}; measure the checkpoint with python -m training.evaluate {name}.")
    return render_results(name, json.loads(path.read_text(encoding="utf-8")))


def _bundle(name: str, text: str) -> None:
    """Put a card into the bundled checkpoint, its pictures beside it."""
    folder = bundled()[name]
    (folder / CARD).write_text(beside(text), encoding="utf-8")
    for picture in (CARDS / "results").glob(f"{name}*.png"):
        shutil.copy(picture, folder)


def main(names: Annotated[list[str], typer.Argument(help="Names in cards/results; all where none is given.")]) -> None:
    """Render model cards from what was measured."""
    for name in names:
        try:
            text = render_named(name)
        except CorpusError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(2) from error
        (CARDS / f"{name}.md").write_text(text, encoding="utf-8")
        if name in bundled():
            _bundle(name, text)
        typer.echo(f"Rendered {CARDS / name}.md.")


if __name__ == "__main__":
    typer.run(main)
