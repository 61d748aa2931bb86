"""Loops near a melody that the visitor paints, and songs of them."""

from pathlib import Path
from typing import Any

import gradio as gr

from mvae import Config

from .. import controls, scales
from ..actions import loops as act
from ..given import ADDRESS, NOTES, Given, a_list
from ..loops import Loops
from ..pieces import Piece
from ..roll import Rolls
from ..sentences import in_sentences
from ..sketch import KEY, SCALE, Sketch, rows_of

LOOPS = a_list(1, act.LONGEST, NOTES, ADDRESS)


def fits(config: Config) -> bool:
    """Whether a model can be played with here."""
    return act.fits(config)


def build() -> gr.Dropdown:
    """Lay out the tab within the current `gr.Blocks`, and wire it up; gives its choice of models."""
    with gr.Row(elem_classes="studio"):
        with gr.Column(elem_classes="controls"):
            key = gr.Dropdown(list(scales.KEYS), value=KEY, label="Key")
            scale = gr.Dropdown(list(scales.SCALES), value=SCALE, label="Scale")
            in_scale = gr.Checkbox(True, label="Keep loops in the scale")
            distance = gr.Slider(*act.DISTANCE, 0.35, step=0.05, label="How far", info="From your sketch to the loops.")
            qpm = controls.tempo(110)
            button = gr.Button("Find loops", variant="primary", size="lg")
            with gr.Accordion("More", open=False):
                model = controls.model("melody", bars=act.BARS)
                temperature = controls.temperature(0.3)
                seed = controls.seed()
            sound = controls.sound()
            midi = gr.File(visible=False)  # for API clients
        with gr.Column(elem_classes="results"):
            sketch = Sketch()
            board = Loops()
    tuning = gr.State(KEY)
    inputs = [model, sketch, key, scale, in_scale, distance, temperature, seed, qpm, sound]
    folder = Path(board.GRADIO_CACHE)

    @in_sentences
    def loops(
        model: str,
        sketch: list[dict[str, int]],
        key: str,
        scale: str,
        in_scale: bool,
        distance: float,
        temperature: float,
        seed: int,
        qpm: float,
        sound: bool,
        midi: dict[str, Any] | None = None,
    ) -> list[Piece]:
        """A palette of loops near a melody, 4 rows of 5, each of two bars: the melody itself, then what it leads to.

        Each loop is a card, as those of /sample.

        Args:
            model: A bundled checkpoint of melodies of two bars, or owner/name of one on the Hub.
            sketch: The melody: notes {"pitch": 60, "start": 0, "end": 4}, in 16ths from 0 to 32.
            key: The key that loops are in, as in C or F♯.
            scale: The scale that loops are in, as in Major or Minor pentatonic.
            in_scale: Whether notes of the model that are not in the scale are moved into it.
            distance: How far from the melody the loops go, from 0 to 1.
            temperature: How daring the model is, from 0.1 to 1.5.
            seed: Where chance begins.
            qpm: Quarter notes a minute of the MIDI files.
            sound: Whether WAV files are wanted, too.
            midi: A MIDI file whose first two bars are the melody, in place of the sketch.
        """
        return act.loops(model, midi or sketch, key, scale, in_scale, distance, temperature, seed, qpm, sound, folder)

    @in_sentences
    def more(event: gr.EventData, *values: Any) -> list[Piece]:
        """A palette near a loop of the palette before."""
        model, _, *others = values
        notes = event._data.get("notes") if isinstance(event._data, dict) else None
        return act.loops(model, notes, *others, folder=folder)

    options: dict[str, Any] = {"preprocess": False, "trigger_mode": "always_last", "show_progress": "minimal"}
    private: dict[str, Any] = {**options, "api_visibility": "private"}
    button.click(
        None, [seed, *[one for one in inputs if one is not seed]], seed, js=controls.seed_of_next("loops")
    ).then(loops, [*inputs, midi], board, api_name="loops", **options)
    board.opened(loops, inputs, board, **private)
    board.more(more, inputs, board, **private)

    @in_sentences
    def tune(notes: object, before: object, key: str, scale: str) -> tuple[Any, Any]:
        """The grid in another key and scale, the notes on it moved along."""
        moved = act.retune(notes, before, key, scale)
        return gr.update(value=moved, rows=rows_of(key, scale)), key

    gr.on([key.change, scale.change], tune, [sketch, tuning, key, scale], [sketch, tuning], **private)
    _song(folder)
    return model


def _song(folder: Path) -> None:
    """The endpoint that joins loops; in a browser the song itself asks for its file."""
    with gr.Group(visible=False):
        loops, qpm, sound = Given(LOOPS), controls.tempo(), controls.sound()
        button, rolls = gr.Button(), Rolls("")

    @in_sentences
    def song(loops: list[list[dict[str, int]]], qpm: float, sound: bool) -> list[Piece]:
        """One piece of several loops, one after another: a card as of /sample.

        Args:
            loops: Up to 32 loops of two bars: notes {"pitch": 60, "start": 0, "end": 4} in 16ths, or MIDI files.
            qpm: Quarter notes a minute.
            sound: Whether a WAV file is wanted, too.
        """
        return [act.song(loops, qpm, sound, folder)]

    button.click(song, [loops, qpm, sound], rolls, api_name="song", preprocess=False)
