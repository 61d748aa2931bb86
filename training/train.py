"""Train a model, or fine-tune one.

    accelerate launch -m training.train --recipe mel-2bar --data prepared/mel-2bar --out runs/mel-2bar
    accelerate launch -m training.train --from mel-2bar --data my_midi/ --out my-model --minutes 15

The same line trains on one CPU, on GPUs or on many machines; several processes on one CPU are torchrun's:

    ACCELERATE_USE_CPU=true torchrun --nproc-per-node 2 -m training.train --recipe mel-2bar ...

A run that was interrupted goes on where it was when the same command is given again. Fine-tuning ends with a checkpoint
in `best/` that has its prior, figures beside those of the base, and a card; training.publish puts it on the Hub.
"""

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import torch
import typer
from accelerate import Accelerator

from mvae import MusicVAE
from mvae.converters import converter_of
from mvae.hub import CONFIG
from mvae.terminal import sentences, start

from . import finetune
from .fitted import take_off
from .lending import Lent, lenders_of
from .loop import Trainer
from .precision import precision_of
from .prepare import FILES, Report, prepare
from .recipe import Recipe, named
from .stages import pretrain
from .windows import SONGS, CorpusError, Windows


def train(
    recipe: Recipe,
    data: Path,
    out: Path,
    base: str = "",
    minutes: float | None = None,
    save_every: float = 180.0,
    precision: str = "auto",
    lend: Sequence[Path] = (),
) -> Path:
    """Train `recipe` on prepared windows or a folder of MIDI, from `base` or from nothing; the folder of the best.

    Folders of windows to `lend` have lines that parts of ensembles may play.
    """
    accelerator = Accelerator(mixed_precision=precision_of(precision))
    model = MusicVAE.from_pretrained(base) if base else fresh(recipe)
    fitted = take_off(model)
    with accelerator.main_process_first():
        prepared = _prepared(data, out, recipe)
    windows = Windows.load(prepared).fitting(model.converter)
    if lend and not recipe.lending:
        raise CorpusError(f"{recipe.name} lends nothing to its parts: its recipe's lending is 0. Leave out --lend.")
    lenders = lenders_of(lend, model.converter, recipe.balance)
    if base:
        finetune.check(windows, data)
        recipe = dataclasses.replace(recipe, batch_size=min(recipe.batch_size, len(windows.split("train"))))
    if not base and recipe.segment_steps:
        with accelerator.main_process_first():
            model = staged(recipe, model, windows, out / "pretrained", accelerator.mixed_precision == "bf16")
    trainer = Trainer(recipe, model.train(), windows, out, accelerator, lenders)
    resumed = trainer.resume()
    if resumed and accelerator.is_main_process:
        print(f"Going on from step {trainer.progress.step} of {out}.")
    if base and not resumed:
        trainer.save()  # what the base itself is worth on the held-out songs
    trainer.run(minutes, save_every)
    best = out / "best" if (out / "best").exists() else out / "last"
    if accelerator.is_main_process and base:
        print(finetune.verdict(out, base))
        finetune.finish(best, prepared, recipe, base, fitted, out.resolve().name)
        print(f"{best} is ready, with its card; publish it: python -m training.publish OWNER/NAME {best}")
    elif accelerator.is_main_process:
        print(f"The best is {best}; fit its prior: python -m training.fit_prior {best} --data {prepared}")
    accelerator.end_training()
    return best


def fresh(recipe: Recipe) -> MusicVAE:
    """A new model, the same for the same recipe."""
    with torch.random.fork_rng():
        torch.manual_seed(recipe.seed)
        return MusicVAE(recipe.model)


def staged(recipe: Recipe, model: MusicVAE, windows: Windows, folder: Path, bf16: bool = False) -> MusicVAE:
    """The model after its first stages, which are in `folder` or are trained now."""
    if not (folder / CONFIG).exists():
        pretrain(model, recipe, windows, bf16)
        model.save_pretrained(folder)
    return MusicVAE.from_pretrained(folder)


def _prepared(data: Path, out: Path, recipe: Recipe) -> Path:
    """The folder of prepared windows: `data` itself, or where those of its music are put on the first use."""
    if (data / SONGS).exists():
        return data
    folder = out / "windows"
    if not (folder / SONGS).exists():
        report = Report()
        prepare(data, converter_of(recipe.model), recipe.exclude, report=report).save(folder)
        report.save(folder / FILES)
    return folder


@sentences()
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
    save_every: Annotated[
        float, typer.Option(min=0, help="Seconds between checkpoints; where 0, 180, and 60 in fine-tuning.")
    ] = 0,
    seed: Annotated[int, typer.Option(help="Of all that is random; the recipe's own where 0.")] = 0,
    precision: Annotated[str, typer.Option(help="auto, no (float32), bf16 or fp16.")] = "auto",
    lend: Lent = [],  # noqa: B006
) -> None:
    """Train a model, or fine-tune one."""
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
    plan = _plan(recipe, base)
    plan = dataclasses.replace(
        plan, steps=steps or plan.steps, batch_size=batch_size or plan.batch_size, seed=seed or plan.seed
    )
    train(plan, data, out, base, minutes or None, save_every or (60 if base else 180), precision, lend)


def _plan(recipe: str, base: str) -> Recipe:
    """The recipe that is named, or a gentler one for going on from a checkpoint."""
    if base:
        return finetune.plan(MusicVAE.from_pretrained(base), base, recipe)
    if not recipe:
        raise CorpusError("Neither --recipe nor --from is given; name one, for instance --recipe mel-2bar.")
    return named(recipe)


if __name__ == "__main__":
    start(main)
