"""New music out of nowhere: how many, how daring, how fast."""

from pathlib import Path

import gradio as gr

from mvae import Config

from .. import controls
from ..actions.sample import sample as act
from ..pieces import Piece
from ..roll import Rolls
from ..sentences import in_sentences
from . import density, morph


def fits(config: Config) -> bool:
    """Whether a model of `config` can play here."""
    return True


def build() -> gr.Dropdown:
    """Lay out the tab within the current `gr.Blocks`, and wire it up; gives its choice of models."""
    with gr.Row(elem_classes="studio"):
        with gr.Column(elem_classes="controls"):
            model = controls.model()
            n = controls.count()
            temperature = controls.temperature()
            qpm = controls.tempo()
            seed = controls.seed()
            sound = controls.sound()
            button = gr.Button("Sample", variant="primary", size="lg")
        with gr.Column(elem_classes="results"):
            rolls = Rolls(
                "Press Sample, and listen. Press it again for more.", targets=(*morph.TARGETS, density.TARGET)
            )

    @in_sentences
    def sample(model: str, n: int, temperature: float, seed: int, qpm: float, sound: bool) -> list[Piece]:
        """New music from a model: each piece with its notes and a MIDI file, and a WAV file if `sound` is wanted.

        Args:
            model: A bundled checkpoint, or owner/name of one on the Hub.
            n: How many pieces, from 1 to 16.
            temperature: How daring, from 0.1 to 1.5.
            seed: Where chance begins; the same seed gives the same music.
            qpm: Quarter notes a minute, from 40 to 240.
            sound: Whether WAV files are wanted.
        """
        return act(model, n, temperature, seed, qpm, sound, Path(rolls.GRADIO_CACHE))

    button.click(None, [seed, model, n, temperature, qpm], seed, js=controls.seed_of_next("sample")).then(
        sample,
        [model, n, temperature, seed, qpm, sound],
        rolls,
        api_name="sample",
        preprocess=False,  # actions check every value, and say what is wrong in our words
        trigger_mode="always_last",
        show_progress="minimal",
    )
    return model
