"""A visitor's own checkpoint: its card, and a place in the lists of all tabs that it fits."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from mvae import Config

from .. import machine, model_card, models
from ..actions.checkpoint import Checkpoint
from ..actions.checkpoint import checkpoint as act
from ..given import Given
from ..paper import Paper
from ..sentences import in_sentences

FOR_ALL = "A public model that was trained or fine-tuned with mvae, and pushed to the Hub."
AT_HOME = "A model that was trained or fine-tuned with mvae: a public one on the Hub, or a folder of yours."
Known = dict[str, Config]


@dataclass(frozen=True)
class Place:
    """Another tab of the demo: its name, itself, its list of models, and which configs fit it."""

    name: str
    tab: gr.Tab
    choice: gr.Dropdown
    fits: Any

    @property
    def own(self) -> list[tuple[str, str]]:
        """The models that it lists for everybody."""
        return [(label, str(value)) for label, value in self.choice.choices]


def build(tabs: gr.Tabs, places: Sequence[Place]) -> None:
    """Lay out the tab within the current `gr.Blocks`, and wire it up to the others."""
    own = machine.is_own()
    with gr.Row(elem_classes="studio"):
        with gr.Column(elem_classes="controls"):
            name = gr.Textbox(
                label="Checkpoint",
                placeholder="owner/name, or a folder" if own else "owner/name",
                info=AT_HOME if own else FOR_ALL,
                max_lines=1,
            )
            button = gr.Button("Open", variant="primary", size="lg")
            ways = [gr.Button(f"Play it in {place.name}", size="lg", visible=False) for place in places]
            opened, known = Given({"type": "object"}), gr.State({})
        with gr.Column(elem_classes="results"):
            paper = Paper("Name a checkpoint, and press Open: its card appears, and the tabs that it fits can play it.")

    @in_sentences
    def checkpoint(name: str) -> dict[str, object]:
        """Open a checkpoint: what it is, what its card says, and which tabs can play it.

        Args:
            name: owner/name of a public repository on the Hub, or a bundled checkpoint.
        """
        return _described(act(name), places)

    @in_sentences
    def spread(opened: dict[str, Any], known: Known) -> list[Any]:
        """Show the card, and put the model into the lists of the tabs that it fits."""
        name = opened["name"]
        known = {**known, name: models.load(name).config}
        fitting = [place.name in opened["tabs"] for place in places]
        lists = [_list(place, known, name if fits else None) for place, fits in zip(places, fitting, strict=True)]
        shown = [gr.Tab(visible=True) if fits else gr.skip() for fits in fitting]
        return [_page(opened), known, *lists, *shown, *(gr.Button(visible=fits) for fits in fitting)]

    choices, others = [place.choice for place in places], [place.tab for place in places]
    gr.on(
        [button.click, name.submit],
        checkpoint,
        name,
        opened,
        api_name="checkpoint",
        preprocess=False,  # the action checks the name, and says what is wrong in our words
        trigger_mode="always_last",
        show_progress="hidden",
    ).success(
        spread,
        [opened, known],
        [paper, known, *choices, *others, *ways],
        api_visibility="private",
        show_progress="minimal",
    )
    for place, way in zip(places, ways, strict=True):
        way.click(lambda name=place.name: gr.Tabs(selected=name), None, tabs, api_visibility="private")


def _described(opened: Checkpoint, places: Sequence[Place]) -> dict[str, object]:
    return {
        "name": opened.name,
        "kind": opened.config.kind,
        "bars": opened.config.bars,
        "parameters": opened.parameters,
        "attributes": opened.attributes,
        "tabs": [place.name for place in places if place.fits(opened.config)],
        "card": opened.card,
    }


def _list(place: Place, known: Known, chosen: str | None) -> Any:
    """The models of a tab, with those of this visitor that fit it; `chosen` is the one to play with now."""
    if chosen is None:
        return gr.skip()
    ours = [value for _, value in place.own]
    theirs = [
        (f"{models.short(name)} – {models.describe(config)}", name)
        for name, config in known.items()
        if name not in ours and place.fits(config)
    ]
    return gr.Dropdown(choices=[*place.own, *theirs], value=chosen)


def _page(opened: dict[str, Any]) -> str:
    """The page about a checkpoint: its name, what it is, where it can be played, and its card."""
    bars = "1 bar" if opened["bars"] == 1 else f"{opened['bars']} bars"
    facts = f"{opened['kind']}, {bars}, {opened['parameters'] / 1e6:.1f} M parameters"
    tabs = " and ".join(filter(None, [", ".join(opened["tabs"][:-1]), *opened["tabs"][-1:]]))
    where = f"It can be played now in {tabs}." if tabs else "No tab can play this kind of music yet."
    body = model_card.to_html(opened["card"]) or "<p>It has no card.</p>"
    return (
        f"<header><h2>{html.escape(opened['name'])}</h2><p>{html.escape(facts)}</p>"
        f"<p>{html.escape(where)}</p></header>{body}"
    )
