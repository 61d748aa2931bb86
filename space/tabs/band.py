"""Bands: two bars, each arranged for up to eight instruments, and the way from one to the other."""

from pathlib import Path

import gradio as gr

from mvae import Config

from .. import controls
from ..actions.band import KIND, STEPS
from ..actions.band import band as act
from ..pieces import Piece
from ..sentences import in_sentences
from ..tour import Tour

HINT = "Press Sample: two bands, and the way between them. Then press one of the bars, and it goes round and round."


def fits(config: Config) -> bool:
    """Whether a model of `config` can play here."""
    return config.kind == KIND


def build() -> gr.Dropdown:
    """Lay out the tab within the current `gr.Blocks`, and wire it up; gives its choice of models."""
    with gr.Row(elem_classes="studio"):
        with gr.Column(elem_classes="controls"):
            model = controls.model(KIND, value="band-1bar")
            steps = gr.Slider(*STEPS, 7, step=1, label="Steps", info="Both ends included.")
            temperature = controls.temperature(0.2)
            qpm = controls.tempo(100)
            seed = controls.seed()
            button = gr.Button("Sample", variant="primary", size="lg")
        with gr.Column(elem_classes="results"):
            tour = Tour(HINT)

    @in_sentences
    def band(model: str, steps: int, temperature: float, seed: int, qpm: float) -> list[Piece]:
        """Two new bars for up to eight instruments, and the way between them: each with its notes and a MIDI file.

        Args:
            model: A bundled checkpoint that makes arrangements, or owner/name of one on the Hub.
            steps: How many bars, from 2 to 9, both ends included.
            temperature: How daring, from 0.1 to 1.5.
            seed: Where chance begins; the same seed gives the same music.
            qpm: Quarter notes a minute, from 40 to 240.
        """
        return act(model, steps, temperature, seed, qpm, Path(tour.GRADIO_CACHE))

    button.click(None, [seed, model, steps, temperature, qpm], seed, js=controls.seed_of_next("band")).then(
        band,
        [model, steps, temperature, seed, qpm],
        tour,
        api_name="band",
        preprocess=False,  # the action checks every value, and says what is wrong in our words
        trigger_mode="always_last",
        show_progress="minimal",
    )
    return model
