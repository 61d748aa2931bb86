"""What is fitted to a checkpoint after its training, and taken off it while it is trained further."""

from typing import NamedTuple

from mvae import Config, MusicVAE
from mvae.language_model import LanguageModel
from mvae.operators import Operators
from mvae.prior import FlowPrior
from mvae.song_model import SongModel


class Fitted(NamedTuple):
    """What a checkpoint has that is fitted after its training, and what its config says of that."""

    config: Config
    prior: FlowPrior | None
    language: LanguageModel | SongModel | None
    operators: Operators | None


def take_off(model: MusicVAE) -> Fitted:
    """Take off `model` what is of codes that training moves, or of music that it hears no more."""
    fitted = Fitted(model.config, model.prior, model.language, model.operators)
    model.adopt_prior(None)
    model.adopt_language(None)
    model.adopt_operators(None)
    model.attributes.clear()
    return fitted
