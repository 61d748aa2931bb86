"""From one tune to another in small steps, or between four on a plane."""

from pathlib import Path

import gradio as gr

from mvae import Config

from .. import controls
from ..actions import morph as actions
from ..actions.tune import KINDS
from ..morphs import Morphs
from ..pieces import Piece
from ..roll import Target
from ..sentences import in_sentences
from ..source import Source

MODEL = "mel-2bar"
TARGETS = Target("morph-a", "Morph", "Morph A"), Target("morph-b", "Morph", "Morph B")


def fits(config: Config) -> bool:
    """Whether a model of `config` can play here."""
    return config.kind in KINDS


def build() -> gr.Dropdown:
    """Lay out the tab within the current `gr.Blocks`, and wire it up; gives its choice of models."""
    with gr.Row(elem_classes="studio"):
        with gr.Column(elem_classes="controls"):
            model = controls.model(*KINDS, value=MODEL)
            steps = gr.Slider(*actions.STEPS, 9, step=1, label="Steps")
            qpm = controls.tempo()
            fade = gr.Checkbox(False, label="Compare with a cross-fade", info="The notes of A and B mixed, no model.")
            sound = controls.sound()
        with gr.Column(elem_classes="results"):
            with gr.Row(elem_classes="sources"):
                a = Source("A", TARGETS[0], MODEL, "Bassline")
                b = Source("B", TARGETS[1], MODEL, "Melody")
            folder = Path(a.GRADIO_CACHE)
            first = actions.morph(MODEL, a.value, b.value, 9, 120, False, False, folder)
            rolls = Morphs("Choose two tunes.", value=first)

    @in_sentences
    def morph(model: str, a: str, b: str, steps: int, qpm: float, fade: bool, sound: bool) -> list[Piece]:
        """The way from one tune to another: one piece, `a`, then `steps` steps of the model's, then `b`.

        Args:
            model: A bundled checkpoint of melodies or drums, or owner/name of one on the Hub.
            a: A MIDI file; its first bars, as many as the model reads, are where the way begins.
            b: A MIDI file, where the way ends.
            steps: How many steps the model makes, from what it makes of `a` to what it makes of `b`.
            qpm: The tempo, in quarter notes a minute.
            fade: Whether a second piece is wanted whose steps mix the notes of `a` and `b` without a model.
            sound: Whether WAV files are wanted.
        """
        return actions.morph(model, a, b, steps, qpm, fade, sound, folder)

    controls.follow(model, a, b)
    gr.on(
        [a.input, b.input, steps.release, qpm.release, fade.change],
        morph,
        [model, a, b, steps, qpm, fade, sound],
        rolls,
        api_name="morph",
        preprocess=False,  # actions check every value, and say what is wrong in our words
        trigger_mode="multiple",  # else one that fails takes along the one that waits behind it
        show_progress="minimal",
    )
    return model
