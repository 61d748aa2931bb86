"""The demo as a whole: its look, its header, and its tabs."""

from pathlib import Path
from types import ModuleType

import gradio as gr
from gradio import themes

from mvae.hub import bundled

from . import models
from .page import Page
from .sounds import Sounds
from .tabs import band, checkpoint, density, loops, morph, palette, sample, trio

STYLE = Path(__file__).with_name("ui.css")
FONT = ("ui-sans-serif", "system-ui", "sans-serif")  # the visitor's own: no font is fetched from anywhere
THEME = themes.Base(
    primary_hue="indigo", neutral_hue="slate", radius_size="lg", font=FONT, font_mono=("ui-monospace", "monospace")
).set(
    body_background_fill="*neutral_50",
    color_accent="*primary_600",
    body_text_color_subdued="*neutral_600",
    body_text_color_subdued_dark="*neutral_300",
    block_info_text_color="*neutral_600",
    block_info_text_color_dark="*neutral_300",
    block_title_text_color="*neutral_800",
    block_title_text_color_dark="*neutral_100",
    checkbox_border_color="*neutral_500",
    checkbox_border_color_dark="*neutral_400",
    button_primary_background_fill="*primary_600",
    button_primary_background_fill_hover="*primary_700",
    button_primary_background_fill_dark="*primary_600",
    button_primary_background_fill_hover_dark="*primary_700",
)
HEADER = """<header><h1>MusicVAE</h1><p>Draw new music from a space of tunes that all make sense. Listen, keep what you
like, take it home as MIDI.</p></header>"""
TABS = {
    "Sample": sample,
    "Morph": morph,
    "Trio": trio,
    "Note density": density,
    "Beat palette": palette,
    "Loops": loops,
    "Band": band,
}
CHECK, KEEP = 60, 3600  # seconds between looks at the files that visitors were given, and how long those are kept
WAITING = 100  # calls, after which Gradio turns visitors away: on ZeroGPU it would after the first, if not told this
SESSIONS = 200  # that Gradio remembers, 0.1 MB each: a page that is open, or a call of the API by somebody without one


def build() -> gr.Blocks:
    """The demo, ready to launch with `THEME` and `STYLE`."""
    with Page(title="MusicVAE", analytics_enabled=False, delete_cache=(CHECK, KEEP)) as demo:
        gr.HTML(HEADER)
        Sounds()
        with gr.Tabs() as tabs:
            places = [_place(name, module) for name, module in TABS.items()]
            with gr.Tab("Your checkpoint"):
                checkpoint.build(tabs, places)
    return demo.queue(max_size=WAITING, default_concurrency_limit=2)


def _place(name: str, module: ModuleType) -> checkpoint.Place:
    """A tab, which is shown where a bundled model fits it, or as soon as a visitor has one that does."""
    fitting = [one for one in bundled() if module.fits(models.load(one).config)]
    with gr.Tab(name, id=name, visible=bool(fitting)) as tab:
        return checkpoint.Place(name, tab, module.build(), module.fits)
