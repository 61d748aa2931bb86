"""What a model can do with codes of music: walk between them, vary them, lay out palettes, move attributes.

In shapes: N codes, Z latent. Each operation takes codes as well as music: given nothing but codes it returns codes.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

import pretty_midi
import torch
from torch import Tensor

from . import latent, palette
from .arguments import (
    Options,
    check_codes,
    check_count,
    check_fraction,
    check_generator,
    check_keywords,
    check_places,
)
from .config import Config
from .converters import Converter
from .errors import ArgumentError
from .midi import Midi
from .operators import Operators
from .prior import FlowPrior
from .profile import profile
from .vectors import Vectors, amounts_of, check_name, mean_code, shifted, unknown

if TYPE_CHECKING:
    from typing_extensions import Unpack

Music = Midi | Sequence[Midi]
Tunes = list[pretty_midi.PrettyMIDI]


class LatentOperations:
    """The verbs of `MusicVAE` that work on codes; all of a call's music is decoded as one batch.

    `temperature`, `seed` and `qpm` are those of `MusicVAE.decode`, and so are the `Options`: `generator`, in place of
    `seed`, and `chords` and `hits` of models that take them.
    """

    config: Config
    converter: Converter
    attributes: Vectors
    prior: FlowPrior | None
    operators: Operators | None
    device: torch.device
    dtype: torch.dtype
    encode: Callable[..., Tensor]
    decode: Callable[..., Tunes]
    encode_tokens: Callable[..., torch.distributions.Normal]
    decode_tokens: Callable[..., Tensor]
    sample_codes: Callable[..., Tensor]

    @overload
    def interpolate(self, a: Tensor, b: Tensor, steps: int = 9, *, spherical: bool = True) -> Tensor: ...

    @overload
    def interpolate(
        self,
        a: Music | Tensor,
        b: Music | Tensor,
        steps: int = 9,
        temperature: float | None = None,
        seed: int | None = None,
        qpm: float = 120.0,
        spherical: bool = True,
        **options: "Unpack[Options]",
    ) -> Tunes: ...

    def interpolate(
        self,
        a: Music | Tensor,
        b: Music | Tensor,
        steps: int = 9,
        temperature: float | None = None,
        seed: int | None = None,
        qpm: float = 120.0,
        spherical: bool = True,
        **options: "Unpack[Options]",
    ) -> Tunes | Tensor:
        """The way from `a` to `b` in `steps` steps, both ends included: music for music, codes (steps, Z) for codes.

        It leads through the noise of the prior where that is the checkpoint's `space`, else along the great arc between
        the posterior means, or along the straight line between them where `spherical` is False.
        """
        check_keywords(self.interpolate, options)
        check_count("steps", steps, least=2)
        first, last = (self._code(one, options.get("chords")) for one in (a, b))
        codes = self._morph(first, last, steps) if spherical else latent.walk(first[0], last[0], steps, False)
        return codes if _are_codes(a, b) else self.decode(codes, temperature, seed, qpm, **options)

    @overload
    def similar(
        self,
        a: Tensor,
        n: int = 4,
        similarity: float = 0.8,
        *,
        seed: int | None = None,
        generator: torch.Generator | None = None,
    ) -> Tensor: ...

    @overload
    def similar(
        self,
        a: Music,
        n: int = 4,
        similarity: float = 0.8,
        temperature: float | None = None,
        seed: int | None = None,
        qpm: float = 120.0,
        **options: "Unpack[Options]",
    ) -> Tunes: ...

    def similar(
        self,
        a: Music | Tensor,
        n: int = 4,
        similarity: float = 0.8,
        temperature: float | None = None,
        seed: int | None = None,
        qpm: float = 120.0,
        **options: "Unpack[Options]",
    ) -> Tunes | Tensor:
        """`n` variations of `a`: it is moved towards as many new pieces; 1 is `a` itself, 0 is any of these."""
        check_keywords(self.similar, options)
        check_count("n", n)
        check_fraction("similarity", similarity)
        code = self._code(a, options.get("chords"))
        generator = check_generator(options.get("generator"), self.device, seed)
        others = self.sample_codes(n, generator)
        codes = self._vary(code, others, float(similarity))
        return codes if _are_codes(a) else self.decode(codes, temperature, seed, qpm, **options)

    @overload
    def palette(self, corners: Tensor | Sequence[Tensor], rows: int = 11, columns: int = 11) -> Tensor: ...

    @overload
    def palette(
        self,
        corners: Sequence[Midi],
        rows: int = 11,
        columns: int = 11,
        temperature: float | None = None,
        seed: int | None = None,
        qpm: float = 120.0,
        **options: "Unpack[Options]",
    ) -> list[Tunes]: ...

    def palette(
        self,
        corners: Tensor | Sequence[Tensor] | Sequence[Midi],
        rows: int = 11,
        columns: int = 11,
        temperature: float | None = None,
        seed: int | None = None,
        qpm: float = 120.0,
        **options: "Unpack[Options]",
    ) -> list[Tunes] | Tensor:
        """Blends of four corners on a grid: `rows` lists of `columns` tunes for music, (rows, columns, Z) for codes.

        `corners` are in reading order: top left, top right, bottom left, bottom right; the corner cells are their
        reconstructions. The others blend them bilinearly: in the noise of the prior where that is the checkpoint's
        `space`, else on the sphere, along each edge, then down each column.
        """
        check_keywords(self.palette, options)
        check_count("rows", rows)
        check_count("columns", columns)
        check_count("rows times columns", rows * columns)
        codes = self._on_palette(self._corners(corners, options.get("chords")), latent.grid(rows, columns))
        if _are_codes(*corners):
            return codes
        tunes = self.decode(codes.flatten(0, 1), temperature, seed, qpm, **options)
        return [tunes[at : at + columns] for at in range(0, len(tunes), columns)]

    @overload
    def path(
        self, corners: Tensor | Sequence[Tensor], points: Sequence[tuple[float, float]], steps: int = 16
    ) -> Tensor: ...

    @overload
    def path(
        self,
        corners: Sequence[Midi],
        points: Sequence[tuple[float, float]],
        steps: int = 16,
        temperature: float | None = None,
        seed: int | None = None,
        qpm: float = 120.0,
        **options: "Unpack[Options]",
    ) -> Tunes: ...

    def path(
        self,
        corners: Tensor | Sequence[Tensor] | Sequence[Midi],
        points: Sequence[tuple[float, float]],
        steps: int = 16,
        temperature: float | None = None,
        seed: int | None = None,
        qpm: float = 120.0,
        **options: "Unpack[Options]",
    ) -> Tunes | Tensor:
        """`steps` pieces along a line drawn on the palette of `corners`, both ends included; (steps, Z) for codes.

        `points` are the line's corners (x, y), from (0, 0) at the top left to (1, 1) at the bottom right; the pieces
        are equally far apart on it.
        """
        check_keywords(self.path, options)
        check_count("steps", steps)
        codes = self._on_palette(
            self._corners(corners, options.get("chords")), latent.along(check_places(points), steps)
        )
        return codes if _are_codes(*corners) else self.decode(codes, temperature, seed, qpm, **options)

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
        moved, as_codes = amounts_of(by, amounts, names), _are_codes(a)
        code = a if isinstance(a, Tensor) else self.encode(a, chords=chords)
        codes = check_codes(code, self.config.z_size, self.device, self.dtype)
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

    def _morph(self, first: Tensor, last: Tensor, steps: int) -> Tensor:
        """The codes (steps, Z) between two, each (1, Z)."""
        if self._moves_over_noise:
            at = torch.linspace(0, 1, steps, dtype=first.dtype, device=first.device)
            return self._blended(torch.cat([first, last]), palette.pair_weights(at))
        return latent.walk(first[0], last[0], steps)

    def _vary(self, code: Tensor, others: Tensor, similarity: float) -> Tensor:
        """Others (N, Z) moved towards a code (1, Z) by `similarity`."""
        if self._moves_over_noise:
            towards = torch.eye(len(others), dtype=code.dtype, device=code.device) * (1 - similarity)
            weights = torch.cat([code.new_full((len(others), 1), similarity), towards], 1)
            return self._blended(torch.cat([code, others]), weights)
        return latent.slerp(others, code.expand_as(others), similarity)

    def _on_palette(self, corners: Tensor, places: Tensor) -> Tensor:
        """The codes (..., Z) at places (..., 2) of the palette of four (4, Z)."""
        if self._moves_over_noise:
            weights = palette.square_weights(places.flatten(0, -2).to(corners))
            return self._blended(corners, weights).unflatten(0, places.shape[:-1])
        return latent.on_palette(corners, places)

    @property
    def _moves_over_noise(self) -> bool:
        return self.prior is not None and self.config.space == "noise"

    def _blended(self, corners: Tensor, weights: Tensor) -> Tensor:
        assert self.prior is not None
        profiles = profile(self.converter, self.decode_tokens(corners)).to(corners)
        return palette.blended(self.prior, corners, profiles, weights)

    def _code(self, a: Music | Tensor, chords: Sequence[str] | None = None) -> Tensor:
        """One code (1, Z), of music or as given."""
        code = a if isinstance(a, Tensor) else self.encode(a, chords=chords)
        return check_codes(code, self.config.z_size, self.device, self.dtype, most=1)

    def _corners(
        self, corners: Tensor | Sequence[Tensor] | Sequence[Midi], chords: Sequence[str] | None = None
    ) -> Tensor:
        """The codes (4, Z) of four corners, each music or a code."""
        if isinstance(corners, str) or not isinstance(corners, Tensor | Sequence) or len(corners) != 4:
            found = f"{len(corners)} of them" if isinstance(corners, list | tuple | Tensor) else repr(corners)
            raise ArgumentError(
                f"The corners are {found}; four are needed: top left, top right, bottom left, bottom right."
            )
        return torch.cat([self._code(corner, chords) for corner in corners])


def _are_codes(*given: object) -> bool:
    return all(isinstance(one, Tensor) for one in given)
