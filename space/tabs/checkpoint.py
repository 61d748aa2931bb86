"""A visitor's own checkpoint, by its name on the Hub."""

from pathlib import Path

import gradio as gr

from .. import actions
from ..pieces import Piece
from ..roll import Rolls
from ..sentences import in_sentences
from .sample import RISK

HINT = "A public model that was trained or fine-tuned with mvae, and pushed to the Hub."


def build() -> None:
    """Lay out the tab within the current `gr.Blocks`, and wire it up."""
    with gr.Row(elem_classes="studio"):
        with gr.Column(elem_classes="controls"):
            repository = gr.Textbox(label="Checkpoint", placeholder="owner/name", info=HINT, max_lines=1)
            n = gr.Slider(*actions.COUNT, 4, step=1, label="How many")
            temperature = gr.Slider(*actions.TEMPERATURE, 0.5, step=0.05, label="Temperature", info=RISK)
            qpm = gr.Slider(*actions.QPM, 120, step=1, label="Tempo", info="Quarter notes a minute.")
            seed = gr.Number(7, label="Seed", info="Same seed, same music.", precision=0, minimum=0)
            sound = gr.Checkbox(False, label="Sound", visible=False)  # for API clients; cards fetch theirs one by one
            button = gr.Button("Fetch and sample", variant="primary", size="lg")
        with gr.Column(elem_classes="results"):
            rolls = Rolls("Name a checkpoint, and press Fetch and sample.")

    @in_sentences
    def checkpoint(repository: str, n: int, temperature: float, seed: int, qpm: float, sound: bool) -> list[Piece]:
        """New music from a checkpoint of the Hub, owner/name: each piece as /sample gives it."""
        return actions.sample_visitor(repository, n, temperature, seed, qpm, sound, Path(rolls.GRADIO_CACHE))

    gr.on(
        [button.click, repository.submit],
        checkpoint,
        [repository, n, temperature, seed, qpm, sound],
        rolls,
        api_name="checkpoint",
        preprocess=False,  # actions check every value, and say what is wrong in our words
        trigger_mode="always_last",
        show_progress="minimal",
    )
