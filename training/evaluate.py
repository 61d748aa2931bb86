"""Measure a checkpoint on songs that training never saw, and write what was measured.

    python -m training.evaluate mel-2bar --data prepared/mel-2bar

writes `cards/results/mel-2bar.json` and the figure beside it; `python -m training.render_cards` renders the card.
"""

import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from torch import Tensor
from tqdm import tqdm

from mvae import MusicVAE
from mvae.hub import bundled, folder_of
from mvae.paths import expanded
from mvae.plot import piano_roll
from mvae.terminal import sentences, start

from .copies import copies
from .edits import edits
from .effects import effects
from .figures import draw_distributions, draw_effects, draw_interpolation
from .interpolation import interpolation
from .metrics import reconstruction
from .paths import worded
from .plain_language import plain_language_music
from .realism import describe
from .sources import SEMI_SYNTHETIC
from .two_sample import two_sample
from .windows import CorpusError, Windows

RESULTS = Path("cards/results")
TEMPERATURE = 0.5
EDITED = 500  # windows whose density is shifted
TEMPERATURE_OF_BANDS = 0.2  # as Simon et al. 2018 draw them


def evaluate(
    model: MusicVAE,
    windows: Windows,
    samples: int = 1000,
    most: int = 4000,
    unlike: tuple[str, ...] = (),
    beside: int = 0,
) -> dict[str, Any]:
    """All figures of a checkpoint, over at most `most` validation windows and `samples` pieces that it makes.

    The sources in `unlike` count for reconstruction, but samples are not set beside them, nor morphs made between them:
    what draws samples was not fitted to them. Where `beside` is not 0, a plain language model learns for so many
    updates, and its music stands beside the samples in the two-sample test.
    """
    rows = windows.fitting(model.converter).split("validation")
    if not len(rows):
        raise CorpusError("There is no validation window; prepare more songs, or a larger --held-out share.")
    rows = _some(rows, most)
    alike = rows[~np.isin(windows.sources(rows), unlike)]
    generator = torch.Generator(model.device).manual_seed(0)
    temperature = TEMPERATURE_OF_BANDS if windows.kind == "multitrack" else TEMPERATURE
    drawn = model.decode_tokens(model.sample_codes(samples, generator), temperature, generator)
    made = {"samples": drawn}
    if beside:
        made["language_model"] = plain_language_music(windows, model.converter, samples, beside, exclude=unlike)
    return {
        "kind": windows.kind,
        "bars": windows.bars,
        "parameters": sum(weight.numel() for weight in model.parameters()),
        "validation_windows": len(rows),
        "validation_songs": len(set(windows.groups(rows))),
        "reconstruction": reconstruction(model, windows.batch(rows)),
        "by_source": by_source(model, windows, rows),
        "apart": apart(model, windows, rows),
        "samples": samples,
        "temperature": temperature,
        "drawn_from": "language model" if model.language is not None else "prior",
        "operators": list(model.config.operators),
        "two_sample": two_sample(model, windows, made, unlike),
        "language_model_updates": beside,
        "copies": copies(windows, drawn, unlike),
        "interpolation": interpolation(model, windows, exclude=unlike) if len(windows.split("train")) else None,
        "attributes": effects(model) if model.attributes else None,
        "edits": edits(model, windows, _some(alike, EDITED)) if len(alike) else None,
        "survive_midi": survival(model, drawn),
        "realism": {
            "samples": describe(model.converter, drawn.cpu().numpy()),
            "validation": describe(model.converter, windows.tokens[alike]),
            "unlike": list(unlike),
        },
        "seconds_for_sixteen": seconds_to_sample(model, 16),
        "data": shares(windows),
    }


def examine(
    checkpoint: str,
    data: Path,
    name: str,
    out: Path = RESULTS,
    samples: int = 1000,
    run: Path | None = None,
    unlike: tuple[str, ...] = (),
    base: str = "",
    usage: str | None = None,
    lent: Sequence[Path] = (),
    beside: int = 0,
) -> dict[str, Any]:
    """Measure a checkpoint, and write `<name>.json` and its pictures into `out`.

    The curve of the training run in the folder `run`, and the reconstruction of the checkpoint `base` on the same
    windows, are put beside the figures where they are given. `usage` is how the card's example calls the checkpoint,
    where that is not its name; folders that were `lent` in training (`training.lending`) are told by their sources.
    """
    model, windows = MusicVAE.from_pretrained(checkpoint), Windows.load(data)
    results = evaluate(model, windows, samples, unlike=unlike, beside=beside)
    places = [("--run", run), ("--base", base), *(("--lent", folder) for folder in lent)]
    flags = [f" --unlike {source}" for source in unlike] + [
        f" {flag} {worded(place)}" for flag, place in places if place
    ]
    flags += [f" --beside {beside}"] if beside else []
    measured = f"{worded(checkpoint)} --data {worded(data)} --samples {samples}"
    results["command"] = f"python -m training.evaluate {measured}{''.join(flags)}"
    if run is not None:
        results["curve"] = json.loads((run / "curve.json").read_text(encoding="utf-8"))
    if base:
        rows = _some(windows.split("validation"), results["validation_windows"])
        figures = reconstruction(MusicVAE.from_pretrained(base), windows.batch(rows))
        published = folder_of(base) in (None, bundled().get(base))
        results["base"] = {"name": worded(base), "published": published, "reconstruction": figures}
    if lent:
        results["lent"] = dict(sum((Counter(shares(Windows.load(folder))) for folder in lent), Counter()))
    if usage:
        results["usage"] = worded(usage)
    write(name, results, out)
    draw_distributions(results["realism"], out / f"{name}.png")
    if results["interpolation"]:
        draw_interpolation(results["interpolation"], out / f"{name}-morphs.png")
    if results["attributes"]:
        draw_effects(results["attributes"], out / f"{name}-attributes.png")
    piano_roll(model.sample(4, results["temperature"], seed=7), out / f"{name}-samples.png")
    return results


def by_source(model: MusicVAE, windows: Windows, rows: np.ndarray, most: int = 400) -> dict[str, dict[str, float]]:
    """The figures of reconstruction for each source of the windows `rows`, over at most `most` windows of each."""
    sources = windows.sources(rows)
    return {
        str(name): {"windows": len(chosen), **reconstruction(model, windows.batch(chosen))}
        for name in np.unique(sources)
        for chosen in [_some(rows[sources == name], most)]
    }


def apart(model: MusicVAE, windows: Windows, rows: np.ndarray) -> dict[str, dict[str, float]]:
    """The figures of reconstruction of the windows `rows` that are real, and of those that are not; {} if all are."""
    made = np.isin(windows.sources(rows), SEMI_SYNTHETIC)
    groups = {"real": rows[~made], "semi-synthetic": rows[made]}
    if not all(map(len, groups.values())):
        return {}
    return {
        name: {"windows": len(chosen), **reconstruction(model, windows.batch(chosen))}
        for name, chosen in groups.items()
    }


def _some(rows: np.ndarray, most: int) -> np.ndarray:
    """At most `most` of `rows`, in order, always the same."""
    return np.sort(np.random.default_rng(0).permutation(rows)[:most])


def survival(model: MusicVAE, tokens: Tensor) -> float:
    """The share of tokens (N, T, P) that come back the same from a MIDI file on disk."""
    same = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "one.mid")
        for one in tqdm(tokens, desc="through MIDI"):
            model.converter.to_midi(one).write(str(path))
            same += torch.equal(model.converter.to_tokens(path), one.unsqueeze(0))
    return same / len(tokens)


def seconds_to_sample(model: MusicVAE, n: int, tries: int = 5) -> float:
    """The median time of `sample(n)`, once warm."""
    times = []
    for attempt in range(tries + 1):
        start = time.perf_counter()
        model.sample(n, seed=attempt)
        times.append(time.perf_counter() - start)
    return float(np.median(times[1:]))


def shares(windows: Windows) -> dict[str, int]:
    """How many training windows each source gave."""
    names, counts = np.unique(windows.sources(windows.split("train")), return_counts=True)
    return dict(zip(names.tolist(), counts.tolist(), strict=True))


def write(name: str, results: dict[str, Any], folder: Path = RESULTS) -> Path:
    """Write `<name>.json`, keeping the keys that were measured by other commands."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(json.dumps({**before, **results}, indent=2) + "\n", encoding="utf-8")
    return path


@sentences()
def main(
    checkpoint: Annotated[str, typer.Argument(help="A bundled name, a folder, or owner/name.")],
    data: Annotated[Path, typer.Option(help="Windows from training.prepare.")],
    samples: Annotated[int, typer.Option(help="Pieces that it makes.")] = 1000,
    name: Annotated[str, typer.Option(help="What the results are called; the checkpoint's own name where empty.")] = "",
    run: Annotated[Path | None, typer.Option(help="The folder of the training run, for its curve.")] = None,
    unlike: Annotated[list[str], typer.Option(help="A source that the prior was not fitted to; repeat.")] = [],  # noqa: B006
    base: Annotated[str, typer.Option(help="The checkpoint it was fine-tuned from, to compare with.")] = "",
    out: Annotated[Path, typer.Option(help="The folder of the results.")] = RESULTS,
    lent: Annotated[list[Path], typer.Option(help="A folder that was lent in training; repeat.")] = [],  # noqa: B006
    beside: Annotated[int, typer.Option(help="Updates of a plain language model to set samples beside.")] = 0,
) -> None:
    """Measure a checkpoint, and write what was measured."""
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
    name = name or expanded(checkpoint).resolve().name
    results = examine(checkpoint, data, name, out, samples, run, tuple(unlike), base, lent=lent, beside=beside)
    typer.echo(json.dumps({k: v for k, v in results.items() if k != "curve"}, indent=2))
    typer.echo(f"Written to {out / name}.json.")


if __name__ == "__main__":
    start(main)
