"""Trios: two of them, each new as often as one likes, and the way between them, on a mixing desk."""

from pathlib import Path

import gradio as gr

from mvae import Config

from .. import controls
from ..actions.trio import COUNT, KIND, STEPS
from ..actions.trio import morph as act_morph
from ..actions.trio import trio as act
from ..given import FILE, Given
from ..instruments import TRIO
from ..mixer import Mixer
from ..pieces import Piece
from ..sentences import in_sentences

HINT = "Press Sample, and hear a band of three. Mute a part, or give it another instrument."
THEIR_FILES = "(a, b) => [a?.[0].midi ?? null, b?.[0].midi ?? null]"


def fits(config: Config) -> bool:
    """Whether a model of `config` can play here."""
    return config.kind == KIND


def build() -> gr.Dropdown:
    """Lay out the tab within the current `gr.Blocks`, and wire it up; gives its choice of models."""
    with gr.Row(elem_classes="studio"):
        with gr.Column(elem_classes="controls"):
            model = controls.model(KIND, value="trio-16bar")
            temperature = controls.temperature()
            qpm = controls.tempo()
            seed = controls.seed()
            button = gr.Button("Sample", variant="primary", size="lg")
            steps = gr.Slider(*STEPS, 5, step=1, label="Steps of the morph", info="Both ends included.")
            walk = gr.Button("Morph A into B", size="lg", interactive=False)
            n = gr.Slider(*COUNT, 1, step=1, label="How many", visible=False)
            instruments = [
                gr.Dropdown(list(offered), value=next(iter(offered)), label=part, visible=False)
                for part, offered in TRIO.items()
            ]
            own_seed = gr.Number(7, visible=False, precision=0)
            files = [Given(FILE, label=name) for name in "ab"]
        with gr.Column(elem_classes="results"):
            pair = [Mixer(hint, TRIO, name, "Another") for name, hint in {"Trio A": HINT, "Trio B": ""}.items()]
            way = Mixer("", TRIO)

    @in_sentences
    def trio(
        model: str, n: int, temperature: float, seed: int, qpm: float, melody: str, bass: str, drums: str
    ) -> list[Piece]:
        """New trios of melody, bass and drums, sixteen bars long: each with its notes and a MIDI file.

        Args:
            model: A bundled checkpoint that makes trios, or owner/name of one on the Hub.
            n: How many, from 1 to 8.
            temperature: How daring, from 0.1 to 1.5.
            seed: Where chance begins; the same seed gives the same music.
            qpm: Quarter notes a minute, from 40 to 240.
            melody: The instrument that plays the melody.
            bass: The instrument that plays the bass.
            drums: The drum kit.
        """
        return act(model, n, temperature, seed, qpm, (melody, bass, drums), Path(way.GRADIO_CACHE))

    @in_sentences
    def trio_morph(
        model: str, a: str, b: str, steps: int, qpm: float, melody: str, bass: str, drums: str
    ) -> list[Piece]:
        """The way from one trio to another: steps from what the model makes of one to what it makes of the other.

        Args:
            model: A bundled checkpoint that makes trios, or owner/name of one on the Hub.
            a: A MIDI file with a melody, a bass and drums.
            b: Another one.
            steps: How many trios, from 3 to 9, both ends included.
            qpm: Quarter notes a minute, from 40 to 240.
            melody: The instrument that plays the melody.
            bass: The instrument that plays the bass.
            drums: The drum kit.
        """
        return act_morph(model, a, b, steps, qpm, (melody, bass, drums), Path(way.GRADIO_CACHE))

    @in_sentences
    def two(model: str, temperature: float, seed: int, qpm: float, *instruments: str) -> tuple:
        """Two new trios, decoded as one batch; no way between them yet, and the button that asks for it."""
        a, b = act(model, 2, temperature, seed, qpm, instruments, Path(way.GRADIO_CACHE))
        return [a], [b], None, gr.Button(interactive=True)

    checked = {
        "preprocess": False,  # actions check every value, and say what is wrong in our words
        "trigger_mode": "always_last",
        "show_progress": "minimal",
    }
    both, one = [model, temperature, seed, qpm, *instruments], [model, n, temperature, own_seed, qpm, *instruments]
    pressed = button.click(None, [seed, model, temperature, qpm], seed, js=controls.seed_of_next("trio"))
    pressed.then(two, both, [*pair, way, walk], api_visibility="private", **checked)
    for card, seen in zip(pair, ({"api_name": "trio"}, {"api_visibility": "private"}), strict=True):
        card.again(None, None, own_seed, js=controls.NEW_SEED).then(trio, one, card, **seen, **checked)
    walk.click(None, pair, files, js=THEIR_FILES).then(
        trio_morph, [model, *files, steps, qpm, *instruments], way, api_name="trio_morph", **checked
    )
    return model
