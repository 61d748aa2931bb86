"""A visitor's own checkpoint: what it is, and what its card says."""

from dataclasses import dataclass

from mvae import Config
from mvae.hub import bundled

from .. import model_card, models


@dataclass(frozen=True)
class Checkpoint:
    """A model that can be played with under its `name`; its `card` is in Markdown, and may be empty."""

    name: str
    config: Config
    parameters: int
    attributes: list[str]
    card: str


def checkpoint(name: object) -> Checkpoint:
    """Open a checkpoint: owner/name on the Hub, a bundled one, or on one's own machine a folder.

    Raises `CheckpointError` for what is none of these, or damaged.
    """
    asked = name.strip() if isinstance(name, str) else name
    is_ours = isinstance(asked, str) and asked in bundled()
    model = models.load(asked) if is_ours else models.visit(asked, anew=True)
    return Checkpoint(
        str(asked), model.config, model.parameter_count, list(model.attributes), model_card.read(str(asked))
    )
