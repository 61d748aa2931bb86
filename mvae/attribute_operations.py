"""What a model can do with attributes: give music more or less of them, and learn those of one's own.

In shapes: N codes, Z latent. Given nothing but codes, operations return codes.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, overload

import pretty_midi
import torch
from torch import Tensor

from .arguments import check_codes, check_keywords
from .config import Config
from .converters import Converter
from .errors import ArgumentError
from .midi import Midi
from .operators import Operators
from .vectors import Vectors, amounts_of, check_name, mean_code, shifted, unknown

Music = Midi | Sequence[Midi]
Tunes = list[pretty_midi.PrettyMIDI]


class AttributeOperations:
    """The verbs of `MusicVAE` that know attributes; what moves codes is learnt operators, or vectors that are added."""

    config: Config
    converter: Converter
    attributes: Vectors
    operators: Operators | None
    device: torch.device
    dtype: torch.dtype
    encode: Callable[..., Tensor]
    decode: Callable[..., Tunes]
    encode_tokens: Callable[..., torch.distributions.Normal]

    @overload
    def shift(self, a: Tensor, by: Mapping[str, float] | None = None, **amounts: Any) -> Tensor: ...

    @overload
    def shift(
        self,
        a: Music,
        by: Mapping[str, float] | None = None,
        *,
        temperature: float | None = None,
        seed: int | None = None,
        qpm: float = 120.0,
        generator: torch.Generator | None = None,
        chords: Sequence[str] | None = None,
        hits: Music | None = None,
        **amounts: float,
    ) -> Tunes: ...

    def shift(
        self,
        a: Music | Tensor,
        by: Mapping[str, float] | None = None,
        *,
        temperature: float | None = None,
        seed: int | None = None,
        qpm: float = 120.0,
        generator: torch.Generator | None = None,
        chords: Sequence[str] | None = None,
        hits: Music | None = None,
        **amounts: float,
    ) -> Tunes | Tensor:
        """Each piece of `a` with more or less of some attributes, as in `note_density=1.0, c_diatonic=-0.5`.

        0 is the reconstruction; 1.0 is as far as from the third of the training music that has least of it to the third
        that has most, or for attributes in the checkpoint's `operators` as far as a musician would go at once.
        `attributes` has the names. `by` is a table of such amounts, which takes names that would be
        other keywords, too: `{"temperature": 1.0}`. Codes (N, Z) give codes.
        """
        names = tuple(dict.fromkeys([*self.attributes, *self.config.operators]))
        check_keywords(self.shift, amounts, names, lambda name: unknown(name, names))
        moved, as_codes = amounts_of(by, amounts, names), are_codes(a)
        codes = self._codes(a, chords)
        for name, amount in moved.items():
            if self.operators is not None and name in self.config.operators:
                codes = self.operators.move(codes, name, float(amount))
            else:
                codes = shifted(codes, self.attributes, {name: amount})
        if as_codes:
            return codes
        return self.decode(codes, temperature, seed, qpm, generator=generator, chords=chords, hits=hits)

    def fit_attribute(self, name: str, like: Music, unlike: Music) -> Tensor:
        """Learn an attribute of your own from music that has it and music that has not; returns its vector (Z,).

        `like` and `unlike` are folders of MIDI, or lists of music; the vector leads from the mean code of the one to
        that of the other. `shift(a, {name: 1.0})` uses it and `save_pretrained` keeps it. Files that cannot be read are
        left out with a warning; raises `MidiError` where that is all of them.
        """
        check_name(name)
        wanted, unwanted = (
            mean_code(music, self.converter, lambda tokens: self.encode_tokens(tokens).mean) for music in (like, unlike)
        )
        if torch.equal(wanted, unwanted):
            raise ArgumentError(
                f"{name}: the music that is like it and that is not are the same; nothing tells them apart."
            )
        self.attributes[name] = wanted - unwanted
        kept = tuple(one for one in self.config.operators if one != name)
        self.config = dataclasses.replace(self.config, operators=kept)
        return self.attributes[name]

    def _codes(self, a: Music | Tensor, chords: Sequence[str] | None = None, most: int | None = None) -> Tensor:
        """Codes (N, Z), of music or as given; at most `most` of them."""
        codes = a if isinstance(a, Tensor) else self.encode(a, chords=chords)
        return check_codes(codes, self.config.z_size, self.device, self.dtype, most)


def are_codes(*given: object) -> bool:
    """Whether all that was given are codes, not music."""
    return all(isinstance(one, Tensor) for one in given)
