"""New music out of nowhere: how many, how daring, how fast."""

from pathlib import Path

import gradio as gr

from .. import actions, models
from ..pieces import Piece
from ..roll import Rolls
from ..sentences import in_sentences

RISK = "Low is safe, high is daring."
NEW_SEED = "() => Math.floor(Math.random() * 10000)"
# whoever samples twice without changing anything wants other music, not the same again
SEED_OF_NEXT = f"""(seed, ...others) => {{
    const again = JSON.stringify([seed, ...others]) === window.lastSampled;
    const next = seed === null || again ? ({NEW_SEED})() : seed;
    window.lastSampled = JSON.stringify([next, ...others]);
    return next;
}}"""


def build() -> None:
    """Lay out the tab within the current `gr.Blocks`, and wire it up."""
    with gr.Row(elem_classes="studio"):
        with gr.Column(elem_classes="controls"):
            model = gr.Dropdown(models.choices(), value="mel-2bar", label="Model")
            n = gr.Slider(*actions.COUNT, 4, step=1, label="How many")
            temperature = gr.Slider(*actions.TEMPERATURE, 0.5, step=0.05, label="Temperature", info=RISK)
            qpm = gr.Slider(*actions.QPM, 120, step=1, label="Tempo", info="Quarter notes a minute.")
            with gr.Row(elem_classes="seed"):
                seed = gr.Number(7, label="Seed", info="Same seed, same music.", precision=0, minimum=0)
                dice = gr.Button("New seed", elem_classes="dice")
            sound = gr.Checkbox(False, label="Sound", visible=False)  # for API clients; cards fetch theirs one by one
            button = gr.Button("Sample", variant="primary", size="lg")
        with gr.Column(elem_classes="results"):
            rolls = Rolls("Press Sample, and listen. Press it again for more.")

    @in_sentences
    def sample(model: str, n: int, temperature: float, seed: int, qpm: float, sound: bool) -> list[Piece]:
        """New music from a model: each piece with its notes and a MIDI file, and a WAV file if `sound` is wanted."""
        return actions.sample(model, n, temperature, seed, qpm, sound, Path(rolls.GRADIO_CACHE))

    dice.click(None, None, seed, js=NEW_SEED)
    button.click(None, [seed, model, n, temperature, qpm], seed, js=SEED_OF_NEXT).then(
        sample,
        [model, n, temperature, seed, qpm, sound],
        rolls,
        api_name="sample",
        preprocess=False,  # actions check every value, and say what is wrong in our words
        trigger_mode="always_last",
        show_progress="minimal",
    )
