"""A mixing desk: a Gradio component that shows pieces as cards with a lane for each part, and mixes their sounds.

`roll.html`, `roll.css` and `mixer.css` are its frame, `picture.js` and `lane.js` draw the lanes, `mix.js` makes them
sound together, and `mixer.js` puts it all on cards.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from gradio.components.base import Component, server

from mvae import MvaeError
from mvae.audio import missing

from .pieces import Piece
from .roll import Cards, cards_of
from .stems import write_score, write_stem
from .widget import Widget

Instruments = dict[str, dict[str, int]]


class Mixer(Widget):
    """Pieces of music as cards on which parts can be muted, heard alone, and played by other instruments.

    Python gives it a sequence of `Piece`; browsers and API clients receive `Cards`. Before there are any it shows
    `hint`. `instruments` are those to choose from for parts of a name: {"Bass": {"Slap bass": 36}}; what is chosen on
    one card is so on all. `name` is what to call a single piece, if not by its title. Where `again` is a word, cards
    have a button of that name, which triggers the event `again`.
    """

    data_model = Cards
    triggers: ClassVar[tuple[str, ...]] = ("again",)

    def __init__(
        self, hint: str, instruments: Instruments | None = None, name: str = "", again: str = "", **kwargs: Any
    ) -> None:
        super().__init__(
            "roll.html",
            ["roll.css", "mixer.css"],
            ["make.js", "drums.js", "picture.js", "card.js", "lane.js", "mix.js", "mixer.js"],
            hint=hint,
            notice=missing() or "",
            instruments=instruments or {},
            name=name,
            again=again,
            **kwargs,
        )

    def postprocess(self, value: Sequence[Piece] | None) -> Cards | None:  # type: ignore[override]
        return None if value is None else cards_of(value)

    @server
    def stem(self, asked: object) -> str | None:
        """Render a part of a MIDI file that this component has handed out; says what is wrong, or None.

        `asked` is the path of the file, the number of the part, and the program that plays it.
        """
        return self._beside(write_stem, asked, 3)

    @server
    def score(self, asked: object) -> str | None:
        """Write a MIDI file that this component has handed out with other programs; says what is wrong, or None.

        `asked` is the path of the file and the list of programs.
        """
        return self._beside(write_score, asked, 2)

    def _beside(self, write: Callable[..., Path], asked: object, count: int) -> str | None:
        """Have a file written beside one of ours, to be served and deleted as that is."""
        if not isinstance(asked, list) or len(asked) != count or not self._has(asked[0]):
            return "This piece is no longer here; make it anew."
        try:
            self.temp_files.add(str(write(Path(asked[0]), *asked[1:])))
        except MvaeError as error:
            return str(error)
        return None

    def _has(self, midi: object) -> bool:
        return isinstance(midi, str) and midi.endswith(".mid") and midi in self.temp_files and Path(midi).is_file()

    def api_info(self) -> dict[str, Any]:
        return Component.api_info(self)
