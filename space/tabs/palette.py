"""A palette of beats: four corners, and everything between them."""

from pathlib import Path
from typing import Any

import gradio as gr

from mvae import Config

from .. import controls
from ..actions import palette as act
from ..actions.palette import Blend
from ..beats import BEATS
from ..given import ADDRESS, PLACES, Given, a_list
from ..palette import Palette
from ..pieces import Piece
from ..roll import Rolls
from ..sentences import in_sentences

MODEL, QPM, LOOPS = "drums-2bar", 110, 4
NAMES = "Rock", "House", "Bossa", "Toms"
FOUND = "document.querySelector('.palette').palette"
PACE = "(qpm, loops) => document.dispatchEvent(new CustomEvent('pace', { detail: { qpm, loops } }))"
ASK = f"(model, corners, seed) => [model, {FOUND}.wanted, ({controls.NEW_SEED})()]"
RENEW = f"(...inputs) => ({FOUND}.renew(), ({ASK})(...inputs))"
WALK = f"(model, corners, points, ...others) => [model, ...{FOUND}.walk, ...others]"

NAME = {"type": "string", "examples": list(BEATS)}
MASKS = {"type": "array", "items": {"type": "integer"}, "description": "Of nine drums, one for each 16th."}
CORNERS = a_list(4, 4, NAME, MASKS, ADDRESS, {"type": "null"})


def fits(config: Config) -> bool:
    """Whether a model of `config` can play here."""
    return act.fits(config)


def build() -> gr.Dropdown:
    """Lay out the tab within the current `gr.Blocks`, and wire it up; gives its choice of models."""
    with gr.Row(elem_classes=["studio", "instrument"]):
        with gr.Column(elem_classes="controls"):
            model = controls.model("drums", value=MODEL)
            qpm = controls.tempo(QPM)
            loops = gr.Slider(
                *act.LOOPS, LOOPS, step=1, label="Path length", info="How often the beat goes round on the way."
            )
            button = gr.Button("Four new beats", variant="primary", size="lg")
            corners, points = Given(CORNERS, label="Corners"), Given(PLACES, label="Points")
            seed, sound = gr.Number(7, visible=False, label="Seed"), controls.sound()
        with gr.Column(elem_classes="results"):
            start = act.palette(MODEL, list(NAMES), 0, Path(sound.GRADIO_CACHE))
            board = Palette(start, NAMES, list(BEATS), QPM, LOOPS)
            keep = gr.Button("Keep what I hear as MIDI", size="lg")
            rolls = Rolls("", elem_classes="kept")

    @in_sentences
    def palette(model: str, corners: list[Any], seed: int) -> Blend:
        """Beats between four corners, on 11 x 11 cells: bit masks of nine drums, one for each 16th.

        Args:
            model: A bundled checkpoint that makes drums, or owner/name of one on the Hub.
            corners: Top left and right, bottom left and right: "Rock", …, bit masks, a MIDI file, or null for any.
            seed: Decides what the model makes up.
        """
        return act.palette(model, corners, seed, Path(board.GRADIO_CACHE))

    @in_sentences
    def palette_path(
        model: str, corners: list[Any], points: list[Any], loops: int, qpm: float, seed: int, sound: bool
    ) -> list[Piece]:
        """The way along a line on a palette of beats, as one piece: a card with its notes and a MIDI file.

        Args:
            model: A bundled checkpoint that makes drums, or owner/name of one on the Hub.
            corners: The four corners, as in /palette.
            points: The line, a list of [x, y] from [0, 0] at the top left to [1, 1]; one point stays where it is.
            loops: How often the beat goes round on the way.
            qpm: Quarter notes a minute.
            seed: Decides what the model makes up.
            sound: Whether a WAV file is wanted, too.
        """
        return act.walk(model, corners, points, loops, qpm, seed, sound, Path(rolls.GRADIO_CACHE))

    gr.on([qpm.change, loops.change], None, [qpm, loops], None, js=PACE)
    asked = {"fn": palette, "inputs": [model, corners, seed], "outputs": board, "preprocess": False}
    asked |= {"trigger_mode": "always_last", "show_progress": "minimal"}
    board.blend(**asked, js=ASK, api_name="palette")
    gr.on([button.click, model.change], **asked, js=RENEW, api_visibility="private")
    keep.click(
        palette_path,
        [model, corners, points, loops, qpm, seed, sound],
        rolls,
        js=WALK,
        api_name="palette_path",
        preprocess=False,  # actions check every value, and say what is wrong in our words
        trigger_mode="always_last",
        show_progress="minimal",
    )
    return model
