"""More notes or fewer: one tune, before and after."""

from pathlib import Path

import gradio as gr

from mvae import Config

from .. import controls
from ..actions import density as actions
from ..actions.tune import KINDS
from ..pieces import Piece
from ..roll import Rolls, Target
from ..sentences import in_sentences
from ..source import Source

MODEL = "mel-2bar"
TARGET = Target("density", "Note density", "Density")
OTHERS = {
    "c_diatonic": "White keys",
    "average_interval": "Leaps",
    "syncopation_16th": "Off-beat 16ths",
    "syncopation_8th": "Off-beat 8ths",
}


def fits(config: Config) -> bool:
    """Whether a model of `config` can play here."""
    return config.kind in KINDS


def build() -> gr.Dropdown:
    """Lay out the tab within the current `gr.Blocks`, and wire it up; gives its choice of models."""
    with gr.Row(elem_classes="studio"):
        with gr.Column(elem_classes="controls"):
            tune = Source("Tune", TARGET, MODEL, "Melody")
            amount = gr.Slider(*actions.AMOUNT, 1, step=0.1, label="Note density", info="Left is fewer, right is more.")
            with gr.Accordion("More", open=False) as more:
                others = [gr.Slider(*actions.AMOUNT, 0, step=0.1, label=label) for label in OTHERS.values()]
            qpm = controls.tempo()
            model = controls.model(*KINDS, value=MODEL)  # its list opens over nothing that a click would move
            sound = controls.sound()
        with gr.Column(elem_classes="results"):
            folder = Path(tune.GRADIO_CACHE)
            first = actions.density(MODEL, tune.value, 1, {}, 120, False, folder)
            rolls = Rolls("Choose a tune.", value=first, together=True)

    @in_sentences
    def density(
        model: str,
        tune: str,
        amount: float,
        c_diatonic: float,
        average_interval: float,
        syncopation_16th: float,
        syncopation_8th: float,
        qpm: float,
        sound: bool,
    ) -> list[Piece]:
        """A tune with more notes or fewer: two pieces, before and after, whose remarks tell what is measured of each.

        Args:
            model: A bundled checkpoint of melodies or drums, or owner/name of one on the Hub.
            tune: A MIDI file; its first bars, as many as the model reads, are taken.
            amount: From -1.5, far fewer notes, to 1.5, far more.
            c_diatonic: More of the notes on white keys, from -1.5 to 1.5; this and the next three move melodies alone.
            average_interval: Larger leaps, from -1.5 to 1.5.
            syncopation_16th: More syncopated 16ths, from -1.5 to 1.5.
            syncopation_8th: More syncopated 8ths, from -1.5 to 1.5.
            qpm: The tempo, in quarter notes a minute.
            sound: Whether WAV files are wanted.
        """
        moved = dict(zip(OTHERS, (c_diatonic, average_interval, syncopation_16th, syncopation_8th), strict=True))
        return actions.density(model, tune, amount, moved, qpm, sound, folder)

    controls.follow(model, tune)
    model.change(has_others, model, more, preprocess=False, api_visibility="private", show_progress="hidden")
    gr.on(
        [tune.input, amount.release, *(other.release for other in others), qpm.release],
        density,
        [model, tune, amount, *others, qpm, sound],
        rolls,
        api_name="density",
        preprocess=False,  # actions check every value, and say what is wrong in our words
        trigger_mode="multiple",  # else one that fails takes along the one that waits behind it
        show_progress="minimal",
    )
    return model


@in_sentences
def has_others(model: str) -> gr.Accordion:
    """Show the other attributes where the model has them."""
    return gr.Accordion(visible=actions.has_others(model))
