"""Train a model, or fine-tune one.

    accelerate launch -m training.train --recipe mel-2bar --data prepared/mel-2bar --out runs/mel-2bar
    accelerate launch -m training.train --from mel-2bar --data my_midi/ --out my-model --minutes 15

The same line trains on one CPU, on GPUs or on many machines; several processes on one CPU are torchrun's:

    ACCELERATE_USE_CPU=true torchrun --nproc-per-node 2 -m training.train --recipe mel-2bar ...

A run that was interrupted goes on where it was when the same command is given again.
"""

import dataclasses
import os
from pathlib import Path
from typing import Annotated

import torch
import typer
from accelerate import Accelerator

from mvae import MusicVAE
from mvae.converters import CONVERTERS
from mvae.errors import MvaeError
from mvae.hub import CONFIG

from .loop import Trainer
from .prepare import prepare
from .recipe import Recipe, named, names
from .stages import pretrain
from .windows import SONGS, CorpusError, Windows

PRECISIONS = "auto", "no", "bf16", "fp16"
FINE_TUNING = {"learning_rate": 5e-4, "beta_warmup": 0.0}


def train(
    recipe: Recipe,
    data: Path,
    out: Path,
    start: MusicVAE | None = None,
    minutes: float | None = None,
    save_every: float = 180.0,
    precision: str = "auto",
) -> Path:
    """Train `recipe` on prepared windows or a folder of MIDI, from `start` or from nothing; the folder of the best."""
    accelerator = Accelerator(mixed_precision=_precision(precision))
    model = start if start is not None else fresh(recipe)
    model.adopt_prior(None)  # it is of codes that training moves, as attributes are; both are fitted afterwards
    model.attributes.clear()
    with accelerator.main_process_first():
        prepared = _prepared(data, out, recipe)
    windows = Windows.load(prepared)
    if (windows.kind, windows.bars) != (recipe.model.kind, recipe.model.bars):
        raise CorpusError(
            f"{data} holds {windows.bars}-bar {windows.kind} windows; {recipe.name} needs {recipe.model.bars}-bar"
            f" {recipe.model.kind} windows."
        )
    if start is None and recipe.segment_steps:
        with accelerator.main_process_first():
            model = staged(recipe, model, windows, out / "pretrained")
    trainer = Trainer(recipe, model.train(), windows, out, accelerator)
    if trainer.resume() and accelerator.is_main_process:
        print(f"Going on from step {trainer.progress.step} of {out}.")
    trainer.run(minutes, save_every)
    best = out / "best" if (out / "best").exists() else out / "last"
    if accelerator.is_main_process:
        print(f"The best is {best}; fit its prior: python -m training.fit_prior {best} --data {prepared}")
    accelerator.end_training()
    return best


def fresh(recipe: Recipe) -> MusicVAE:
    """A new model, the same for the same recipe."""
    with torch.random.fork_rng():
        torch.manual_seed(recipe.seed)
        return MusicVAE(recipe.model)


def staged(recipe: Recipe, model: MusicVAE, windows: Windows, folder: Path) -> MusicVAE:
    """The model after its first stages, which are in `folder` or are trained now."""
    if not (folder / CONFIG).exists():
        pretrain(model, recipe, windows)
        model.save_pretrained(folder)
    return MusicVAE.from_pretrained(folder)


def _prepared(data: Path, out: Path, recipe: Recipe) -> Path:
    """The folder of prepared windows: `data` itself, or where those of its music are put on the first use."""
    if (data / SONGS).exists():
        return data
    folder = out / "windows"
    if not (folder / SONGS).exists():
        prepare(data, CONVERTERS[recipe.model.kind](recipe.model.bars), recipe.exclude).save(folder)
    return folder


def _precision(wish: str) -> str:
    """The arithmetic: bf16 where the hardware multiplies in it, else float32."""
    if wish not in PRECISIONS:
        raise CorpusError(f"There is no precision {wish!r}; there are {', '.join(PRECISIONS)}.")
    if wish != "auto":
        return wish
    if torch.cuda.is_available():
        return "bf16" if torch.cuda.is_bf16_supported() else "no"
    capabilities = getattr(torch.cpu, "get_capabilities", dict)()
    return "bf16" if capabilities.get("avx512_bf16") or capabilities.get("amx_bf16") else "no"


def main(
    data: Annotated[Path, typer.Option(help="Windows from training.prepare, or a folder of MIDI and ABC files.")],
    out: Annotated[Path, typer.Option(help="The folder of the run; a run that lies there is taken up again.")],
    recipe: Annotated[str, typer.Option(help="The recipe of a published checkpoint, such as mel-2bar.")] = "",
    base: Annotated[
        str, typer.Option("--from", help="Fine-tune this checkpoint: a name, a folder or owner/name.")
    ] = "",
    steps: Annotated[int, typer.Option(min=0, help="Updates; the recipe's own where 0.")] = 0,
    batch_size: Annotated[int, typer.Option(min=0, help="Windows an update; the recipe's own where 0.")] = 0,
    minutes: Annotated[
        float, typer.Option(min=0, help="Train for so long in all, whatever the steps; 0 counts steps.")
    ] = 0,
    save_every: Annotated[float, typer.Option(help="Seconds between checkpoints.")] = 180,
    precision: Annotated[str, typer.Option(help="auto, no (float32), bf16 or fp16.")] = "auto",
) -> None:
    """Train a model, or fine-tune one."""
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
    try:
        start = MusicVAE.from_pretrained(base) if base else None
        plan = _plan(recipe, start, base)
        if steps or batch_size:
            plan = dataclasses.replace(plan, steps=steps or plan.steps, batch_size=batch_size or plan.batch_size)
        train(plan, data, out, start, minutes or None, save_every, precision)
    except MvaeError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error


def _plan(recipe: str, start: MusicVAE | None, base: str) -> Recipe:
    """The recipe that is named, or the base's own with gentler steps."""
    if start is None:
        if not recipe:
            raise CorpusError("Neither --recipe nor --from is given; name one, for instance --recipe mel-2bar.")
        return named(recipe)
    if recipe or base in names():
        plan = named(recipe or base)
    else:
        plan = Recipe(name=base, model=start.config, steps=4000, transpose=(-5, 6), token_dropout=0.1)
    return dataclasses.replace(plan, model=start.config, **FINE_TUNING)


if __name__ == "__main__":
    typer.run(main)
