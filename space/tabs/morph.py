"""From one tune to another in small steps, or between four on a square."""

from pathlib import Path
from typing import Any

import gradio as gr

from mvae import Config

from .. import controls
from ..actions import morph as actions
from ..actions.morph import Blends
from ..actions.tune import KINDS
from ..morphs import Morphs
from ..pieces import Piece
from ..roll import Target
from ..sentences import in_sentences
from ..source import Source
from ..square import Square
from . import density

MODEL = "mel-2bar"
A, B, C, D = (Target(f"morph-{letter.lower()}", "Morph", f"Morph {letter}") for letter in "ABCD")
TARGETS = A, B


def fits(config: Config) -> bool:
    """Whether a model of `config` can play here."""
    return config.kind in KINDS


def build() -> gr.Dropdown:
    """Lay out the tab within the current `gr.Blocks`, and wire it up; gives its choice of models."""
    with gr.Row(elem_classes="studio"):
        with gr.Column(elem_classes="controls"):
            model = controls.model(*KINDS, value=MODEL)
            four = gr.Checkbox(
                False, label="Four tunes", info="A square of blends between four corners.", elem_classes="four"
            )
            steps = gr.Slider(*actions.STEPS, 9, step=1, label="Steps", elem_classes="of-two")
            rows, columns = (
                gr.Slider(*actions.SIDE, 5, step=1, label=label, elem_classes="of-four")
                for label in ("Rows", "Columns")
            )
            qpm = controls.tempo()
            fade = gr.Checkbox(
                False,
                label="Compare with a cross-fade",
                info="The notes of A and B mixed, no model.",
                elem_classes="of-two",
            )
            sound = controls.sound()
        with gr.Column(elem_classes="results"):
            with gr.Row(elem_classes="sources"):
                a = Source("A", A, MODEL, "Bassline")
                b = Source("B", B, MODEL, "Melody")
                c = Source("C", C, MODEL, "Ode to Joy", elem_classes="of-four")
                d = Source("D", D, MODEL, "Arpeggio", elem_classes="of-four")
            folder = Path(a.GRADIO_CACHE)
            first = actions.morph(MODEL, a.value, b.value, 9, 120, False, False, folder)
            rolls = Morphs("Choose two tunes.", value=first, elem_classes="of-two")
            board = Square((A, B, C, D, density.TARGET), elem_classes="of-four")

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

    @in_sentences
    def morph_square(model: str, a: str, b: str, c: str, d: str, rows: int, columns: int, qpm: float) -> Blends:
        """The square that four tunes span, as tiles row by row: the tunes in its corners, the model's blends between.

        Args:
            model: A bundled checkpoint of melodies or drums, or owner/name of one on the Hub.
            a: A MIDI file; its first bars, as many as the model reads, are the corner at the top left.
            b: A MIDI file, the corner at the top right.
            c: A MIDI file, the corner at the bottom left.
            d: A MIDI file, the corner at the bottom right.
            rows: How many rows, from 2 to 9.
            columns: How many columns, from 2 to 9.
            qpm: The tempo, in quarter notes a minute.
        """
        return actions.square(model, a, b, c, d, rows, columns, qpm, folder)

    of_two, of_four = [model, a, b, steps, qpm, fade, sound], [model, a, b, c, d, rows, columns, qpm]

    def show(four: bool, *values: Any) -> tuple[Any, Any]:
        """What is seen of the two: the way between two tunes, or the square between four."""
        if four is True:
            return gr.skip(), morph_square(*values[len(of_two) :])
        return morph(*values[: len(of_two)]), gr.skip()

    controls.follow(model, a, b, c, d)
    gr.on(
        [
            *(one.input for one in (a, b, c, d)),
            *(one.release for one in (steps, rows, columns, qpm)),
            *(one.change for one in (four, fade)),
        ],
        show,
        [four, *of_two, *of_four],
        [rolls, board],
        api_visibility="private",
        preprocess=False,  # actions check every value, and say what is wrong in our words
        trigger_mode="multiple",  # else one that fails takes along the one that waits behind it
        show_progress="minimal",
    )
    for endpoint, given, made in ((morph, of_two, rolls), (morph_square, of_four, board)):
        gr.Button(visible=False).click(endpoint, given, made, preprocess=False)
    return model
