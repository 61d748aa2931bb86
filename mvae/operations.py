"""What a model can do with codes of music: walk between them, vary them, lay out palettes, move attributes.

In shapes: N codes, Z latent. Each operation takes codes as well as music: given nothing but codes it returns codes.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, overload

import torch
from torch import Tensor

from . import latent
from .arguments import (
    Options,
    check_count,
    check_fraction,
    check_generator,
    check_keywords,
    check_places,
)
from .attribute_operations import AttributeOperations, Music, Tunes, are_codes
from .errors import ArgumentError
from .midi import Midi
from .palette import NoiseSpace, Space
from .prior import FlowPrior
from .profile import profile

if TYPE_CHECKING:
    from typing_extensions import Unpack


class LatentOperations(AttributeOperations):
    """The verbs of `MusicVAE` that work on codes; all of a call's music is decoded as one batch.

    `temperature`, `seed` and `qpm` are those of `MusicVAE.decode`, and so are the `Options`: `generator`, in place of
    `seed`, and `chords` and `hits` of models that take them.
    """

    prior: FlowPrior | None
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
        first, last = (self._codes(one, options.get("chords"), most=1) for one in (a, b))
        codes = self._space.walk(first, last, steps) if spherical else latent.walk(first[0], last[0], steps, False)
        return codes if are_codes(a, b) else self.decode(codes, temperature, seed, qpm, **options)

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
        code = self._codes(a, options.get("chords"), most=1)
        generator = check_generator(options.get("generator"), self.device, seed)
        others = self.sample_codes(n, generator)
        codes = self._space.towards(code, others, float(similarity))
        return codes if are_codes(a) else self.decode(codes, temperature, seed, qpm, **options)

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
        codes = self._space.on_palette(self._corners(corners, options.get("chords")), latent.grid(rows, columns))
        if are_codes(*corners):
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
        codes = self._space.on_palette(
            self._corners(corners, options.get("chords")), latent.along(check_places(points), steps)
        )
        return codes if are_codes(*corners) else self.decode(codes, temperature, seed, qpm, **options)

    @property
    def _space(self) -> Space:
        """Where morphs, palettes and variations of this checkpoint lie."""
        if self.prior is None or self.config.space == "codes":
            return Space()
        return NoiseSpace(self.prior, lambda codes: profile(self.converter, self.decode_tokens(codes)))

    def _corners(
        self, corners: Tensor | Sequence[Tensor] | Sequence[Midi], chords: Sequence[str] | None = None
    ) -> Tensor:
        """The codes (4, Z) of four corners, each music or a code."""
        if isinstance(corners, str) or not isinstance(corners, Tensor | Sequence) or len(corners) != 4:
            found = f"{len(corners)} of them" if isinstance(corners, list | tuple | Tensor) else repr(corners)
            raise ArgumentError(
                f"The corners are {found}; four are needed: top left, top right, bottom left, bottom right."
            )
        return torch.cat([self._codes(corner, chords, most=1) for corner in corners])
