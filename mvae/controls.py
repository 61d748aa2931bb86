"""What some models are told beside codes and tokens: the chords that are played, or which drums to hit when."""

from collections.abc import Sequence
from typing import Any, TypedDict

import torch
from torch import Tensor

from .chords import ENCODINGS, NO_CHORD, chord_rows
from .config import Config
from .converters import Converter, MultitrackConverter
from .errors import ArgumentError, TokenError
from .midi import Midi


class Controls(TypedDict, total=False):
    """How callers say it: `chords`, names that share the time evenly, or `hits`, music whose drums are to be hit."""

    chords: Sequence[str] | None
    hits: Midi | Sequence[Midi] | None


class Control:
    """What a model is told beside codes and tokens, as rows (N, T, C) of numbers; `size` is C.

    This one is of the models, ours among them, that are told nothing.
    """

    keyword: str | None = None
    size = 0

    def __init__(self, converter: Converter) -> None:
        self.converter = converter

    def said(self, controls: Controls) -> Tensor | None:
        """What a caller said as rows (1 or N, T, C); None where nothing was said."""
        given: dict[str, Any] = {name: value for name, value in controls.items() if value is not None}
        if wrong := [name for name in given if name != self.keyword]:
            takes = f"takes {self.keyword}" if self.keyword else "is told nothing but codes and tokens"
            raise ArgumentError(f"{wrong[0]} was given; this model {takes}.")
        return self.rows(given[str(self.keyword)]) if given else None

    def complete(
        self, rows: Tensor | None, n: int, device: torch.device, tokens: Tensor | None = None
    ) -> Tensor | None:
        """Rows (n, T, C) from (T, C), (1, T, C) or (n, T, C), or what stands for None; `tokens` (n, T, P) if known."""
        if rows is None:
            rows = self.default(tokens)
        elif not isinstance(rows, Tensor) or rows.dim() not in (2, 3):
            raise self._misshapen(rows, n)
        if rows is None:
            return None
        wanted = (n, self.converter.steps, self.size)
        if not self.size or rows.shape[-2:] != wanted[1:] or (rows.dim() == 3 and len(rows) not in (1, n)):
            raise self._misshapen(rows, n)
        return rows.to(device, torch.float32).expand(wanted)

    def rows(self, value: Any) -> Tensor:
        """What a caller gave under `keyword` as rows (1 or N, T, C)."""
        raise NotImplementedError

    def default(self, tokens: Tensor | None) -> Tensor | None:
        """The rows that stand for none given."""
        return None

    def _misshapen(self, rows: Any, n: int) -> TokenError:
        found = f"a tensor {tuple(rows.shape)}" if isinstance(rows, Tensor) else type(rows).__name__
        needed = f"a tensor {(n, self.converter.steps, self.size)}" if self.size else "None"
        return TokenError(f"The control is {found}; {needed} is needed.")


class ChordControl(Control):
    """Chords by name; where none are given, no chord."""

    keyword = "chords"

    def __init__(self, converter: Converter, encoding: str) -> None:
        super().__init__(converter)
        self.encoding, self.size = encoding, ENCODINGS[encoding][0]

    def rows(self, value: Any) -> Tensor:
        if not isinstance(self.converter, MultitrackConverter):
            return chord_rows(value, self.converter.steps, self.encoding).unsqueeze(0)
        program = chord_rows([NO_CHORD], 1, self.encoding)  # beside the first token, which names the instrument
        events = chord_rows(value, self.converter.segment_steps - 1, self.encoding)
        return torch.cat([program, events]).repeat(self.converter.segments, 1).unsqueeze(0)

    def default(self, tokens: Tensor | None) -> Tensor | None:
        return self.rows([NO_CHORD])


class HitControl(Control):
    """Which of the nine drums are hit when: the model finds how hard, and how far off the grid."""

    keyword = "hits"
    size = 9

    def rows(self, value: Any) -> Tensor:
        return self._hits(self.converter.to_tokens(value, start_bar=0))

    def default(self, tokens: Tensor | None) -> Tensor | None:
        if tokens is None:
            raise ArgumentError(
                "This model plays the hits that it is given: hits=, a MIDI file or PrettyMIDI of drums."
            )
        return self._hits(tokens)

    def _hits(self, tokens: Tensor) -> Tensor:
        return tokens[..., : self.size].float()


def control_of(config: Config, converter: Converter) -> Control:
    """What the model of a config is told."""
    if config.control in ENCODINGS:
        return ChordControl(converter, config.control)
    return {"none": Control, "hits": HitControl}[config.control](converter)
