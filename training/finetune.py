"""Fine-tuning: a gentler recipe for going on from a checkpoint, and what makes its result ready to be published."""

import dataclasses
import json
from pathlib import Path

from mvae import Config, MusicVAE
from mvae.attributes import ATTRIBUTES
from mvae.hub import CARD
from mvae.language_model import LanguageModel

from .evaluate import examine
from .fit_attributes import fit_attributes
from .fit_blends import fit_blends
from .fit_language import fit_language
from .fit_operators import fit_operators
from .fit_prior import fit_prior
from .fitted import Fitted
from .recipe import Recipe, named, names
from .render_cards import beside, render_results
from .windows import CorpusError, Windows

# The base lies where a long run came to rest. Large steps would carry it away, and minutes would not bring it back; the
# moving average must not begin with the noise of the first of them.
CHANGES = {
    "learning_rate": 2e-4,
    "warmup": 50,
    "beta_warmup": 0.0,
    "balance": 1.0,
    "exclude": (),
    "averaged": 500,
    "tolerance": 0.1,
}
PRIOR_STEPS = 3000, 15_000  # from the base's prior, and from nothing
LANGUAGE_STEPS, OPERATOR_STEPS, BLEND_STEPS = 1000, 1000, 300
LARGEST_BATCH = 48
CODES_OF_A_WINDOW, MOST_CODES = 40, 30_000


def plan(model: MusicVAE, base: str, recipe: str = "") -> Recipe:
    """How to fine-tune `model`, the checkpoint `base`: as `recipe` or the recipe of its kind trains, more gently.

    Beta is the base's own from the first step on, every source counts by its windows, and none is left out.
    """
    shape = _bare(model.config)
    known = named(recipe) if recipe else _alike(shape)
    if known is None:
        keys = (-5, 6) if shape.kind == "melody" else (0, 0)
        known = Recipe(name=base, model=shape, steps=4000, transpose=keys, token_dropout=0.1)
    return dataclasses.replace(known, model=shape, **CHANGES)


def _alike(shape: Config) -> Recipe | None:
    """The recipe of models of this very shape."""
    recipes = (named(name) for name in names())
    return next((recipe for recipe in recipes if _bare(recipe.model) == shape), None)


def _bare(config: Config) -> Config:
    """The config of what is trained, without what is fitted afterwards."""
    space = {"prior_spread": 0.6, "prior_guidance": 3.0, "space": "codes", "language_temperature": 1.0}
    return dataclasses.replace(config, prior_size=0, language_size=0, operator_size=0, operators=(), **space)


def check(windows: Windows, data: Path) -> None:
    """Refuse music that leaves nothing to train on, or nothing to tell learning from learning by heart."""
    if len(windows.split("train")) and len(windows.split("validation")):
        return
    songs = len({song["group"] for song in windows.songs})
    raise CorpusError(
        f"{data} has {songs} {'song' if songs == 1 else 'songs'} that can be used, and none to hold out whose windows"
        " are not in the others, too; give more music."
    )


def finish(best: Path, prepared: Path, recipe: Recipe, base: str, fitted: Fitted, name: str) -> None:
    """Fit the prior and the attributes of the checkpoint `best`, and measure it beside `base`.

    The prior goes on from that of the base where it had one, and so do a language model and operators. Results,
    pictures and card are written into it.
    """
    model, windows = MusicVAE.from_pretrained(best), Windows.load(prepared)
    steps = PRIOR_STEPS[0] if fitted.prior is not None else PRIOR_STEPS[1]
    codes = min(MOST_CODES, CODES_OF_A_WINDOW * len(windows.split("train")))
    batch_size = min(LARGEST_BATCH, len(windows.split("train")))
    if fitted.operators is not None:
        model.adopt_operators(fitted.operators)
        fit_operators(model, windows, OPERATOR_STEPS, recipe.transpose, batch_size=batch_size)
    fit_prior(model, windows, steps, recipe.transpose, codes=codes, start=fitted.prior)
    if fitted.language is not None:
        model.adopt_language(fitted.language)
        temperature = fitted.config.language_temperature
        mixing = recipe.drum_mixing
        fit_language(
            model, windows, LANGUAGE_STEPS, recipe.transpose, mixing, batch_size=batch_size, temperature=temperature
        )
        if isinstance(model.language, LanguageModel):
            fit_blends(model, windows, BLEND_STEPS, recipe.transpose, batch_size=batch_size)
    model.config = dataclasses.replace(model.config, operators=fitted.config.operators)
    if recipe.model.kind in ATTRIBUTES:
        fit_attributes(model, windows, recipe.transpose, codes)
    model.save_pretrained(best)
    results = examine(str(best), prepared, name, best, run=best.parent, base=base, usage=str(best))
    (best / CARD).write_text(beside(render_results(name, results)), encoding="utf-8")


def verdict(out: Path, base: str) -> str:
    """What the held-out songs say of a run: what it gained, and whether it had begun to learn by heart."""
    curve = json.loads((out / "curve.json").read_text(encoding="utf-8"))
    first, best, last = curve[0], min(curve, key=lambda row: row["loss"]), curve[-1]
    if best is first:
        return (
            f"No step of the way was better on the held-out songs than {base} itself, which is kept; give more music."
        )
    text = (
        f"On the held-out songs the loss fell from {first['loss']:.2f} to {best['loss']:.2f} nats, and note F1 went"
        f" from {first['note_f1']:.4f} to {best['note_f1']:.4f}, in {best['seconds'] / 60:.1f} minutes."
    )
    if last["loss"] > 1.02 * best["loss"]:
        text += (
            f" After that it rose to {last['loss']:.2f}: the model had begun to learn by heart, and the best is kept."
        )
    return text
