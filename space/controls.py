"""The controls that several tabs have: each looks, is named and is explained the same everywhere."""

import json

import gradio as gr

from . import checks, models
from .given import Choice
from .source import Source

RISK = "Low is safe, high is daring."
NEW_SEED = "() => Math.floor(Math.random() * 10000)"


def model(*kinds: str, value: str = "mel-2bar", bars: int | None = None) -> gr.Dropdown:
    """Which checkpoint, of those that make one of `kinds` of music, or of all, and of `bars` bars, or any.

    At first it is `value`, if that is there.
    """
    choices = models.choices(*kinds, bars=bars)
    names = [name for _, name in choices]
    return Choice(choices, value=value if value in names else next(iter(names), None), label="Model")


def count(value: int = 4) -> gr.Slider:
    """How many pieces."""
    return gr.Slider(*checks.COUNT, value, step=1, label="How many")


def temperature(value: float = 0.5) -> gr.Slider:
    """How daring the music is."""
    return gr.Slider(*checks.TEMPERATURE, value, step=0.05, label="Temperature", info=RISK)


def tempo(value: int = 120) -> gr.Slider:
    """How fast the music is."""
    return gr.Slider(*checks.QPM, value, step=1, label="Tempo", info="Beats a minute.", elem_classes="tempo")


def seed() -> gr.Number:
    """Where chance begins, with dice beside it that throw another."""
    with gr.Row(elem_classes="seed"):
        number = gr.Number(7, label="Seed", info="Same seed, same music.", precision=0, minimum=0)
        dice = gr.Button("New seed", elem_classes="dice")
    dice.click(None, None, number, js=NEW_SEED)
    return number


def follow(model: gr.Dropdown, *sources: Source) -> None:
    """Has `sources` give tunes for the model that is chosen."""
    names = json.dumps([source.props["name"] for source in sources])
    model.change(None, model, js=f"(model) => window.follow({names}, model)")


def sound() -> gr.Checkbox:
    """Whether WAV files are wanted at once: for API clients, since cards in a browser fetch theirs one by one."""
    return gr.Checkbox(False, label="Sound", visible=False)


def seed_of_next(tab: str) -> str:
    """JavaScript, of the seed and the other inputs of a tab, that gives the seed to use.

    Whoever presses twice without changing anything wants other music, not the same again.
    """
    return f"""(seed, ...others) => {{
        const last = (window.lastPressed ??= {{}});
        const again = JSON.stringify([seed, ...others]) === last["{tab}"];
        const next = seed === null || again ? ({NEW_SEED})() : seed;
        last["{tab}"] = JSON.stringify([next, ...others]);
        return next;
    }}"""
