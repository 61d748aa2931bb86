"""MusicVAE: an encoder, a decoder and a converter, and the verbs that musicians and researchers use.

In shapes: B or N batch, T steps, P parts, Z latent.
"""

import dataclasses
from collections.abc import Sequence
from typing import overload

import pretty_midi
import torch
from torch import Tensor, nn
from torch.distributions import Normal
from torch.nn.functional import softplus

from . import latent
from .arguments import (
    check_codes,
    check_count,
    check_fraction,
    check_generator,
    check_temperature,
    check_tokens,
    new_generator,
)
from .assembly import decoder_of, encoder_of, encoder_view
from .config import Config
from .converters import converter_of
from .errors import ArgumentError
from .hub import HubMixin
from .midi import Midi
from .prior import FlowPrior

Music = Midi | Sequence[Midi]
BATCH = 256  # codes decoded, or windows encoded, at once


class MusicVAE(HubMixin, nn.Module):
    """A variational autoencoder of music (Roberts et al. 2018, "A Hierarchical Latent Vector Model").

    `model.sample()`, `encode`, `decode`, `interpolate`, `similar` and `reconstruct` speak MIDI; `encode_tokens`,
    `decode_tokens` and `model(tokens)` speak tensors. Every random choice takes a `seed` or a `generator`: the same one
    gives the same notes on the same machine, None draws afresh, and no global seed is touched.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        if not isinstance(config, Config):
            raise ArgumentError(f"MusicVAE is made of a Config, not of {config!r}; from_pretrained loads a checkpoint.")
        self.config = config
        self.converter = converter_of(config)
        self.view = encoder_view(config, self.converter)
        self.encoder = encoder_of(config, self.converter)
        self.mean = nn.Linear(self.encoder.size, config.z_size)
        self.stddev = nn.Linear(self.encoder.size, config.z_size)
        self.decoder = decoder_of(config, self.converter)
        self.prior = FlowPrior(config.z_size, config.prior_size) if config.prior_size else None

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.mean.weight.device

    def adopt_prior(self, prior: FlowPrior | None) -> None:
        """Take a fitted prior for `sample` to draw codes from, or None for N(0, I)."""
        if prior is not None and len(prior.mean) != self.config.z_size:
            raise ArgumentError(f"The prior is of {len(prior.mean)} dimensions; this model has {self.config.z_size}.")
        self.prior = prior.to(self.device) if prior is not None else None
        width = prior.enter.out_features if prior is not None else 0
        self.config = dataclasses.replace(self.config, prior_size=width)

    # Tensors

    def posterior(self, tokens: Tensor) -> Normal:
        """Tokens (B, T, P) to q(z|x), with gradients."""
        embedding = self.encoder(self.view(self.converter.said(tokens)))
        mean, stddev = self.mean(embedding).float(), self.stddev(embedding).float()  # autocast would blur the KL
        return Normal(mean, softplus(stddev) + 1e-6, validate_args=False)

    def forward(
        self, tokens: Tensor, generator: torch.Generator | None = None, seen: Tensor | None = None
    ) -> tuple[tuple[Tensor, ...], Normal]:
        """Tokens (B, T, P) to teacher-forced logits, P tensors (B, T, classes), and the posterior (B, Z).

        The code is drawn from the posterior with `generator`. The decoder sees the tokens before each step; training
        may show it others in their place (`seen`, where -1 is nothing).
        """
        tokens = check_tokens(tokens, self.converter, self.device)
        q = self.posterior(tokens)
        noise = self._noise(len(tokens), check_generator(generator, self.device))
        return self.decoder(q.mean + q.stddev * noise, tokens if seen is None else seen), q

    @torch.no_grad()
    def encode_tokens(self, tokens: Tensor) -> Normal:
        """Tokens (N, T, P) to the posterior q(z|x): a `Normal` whose mean and stddev are (N, Z)."""
        tokens = check_tokens(tokens, self.converter, self.device)
        pieces = [self.posterior(piece) for piece in tokens.split(BATCH)]
        return Normal(torch.cat([q.mean for q in pieces]), torch.cat([q.stddev for q in pieces]))

    @torch.no_grad()
    def decode_tokens(
        self, z: Tensor, temperature: float | None = None, generator: torch.Generator | None = None
    ) -> Tensor:
        """Codes (N, Z) to canonical tokens (N, T, P): the likeliest where `temperature` is None, else drawn at it."""
        z = check_codes(z, self.config.z_size, self.device)
        check_temperature(temperature)
        generator = check_generator(generator, self.device)
        pieces = [self.decoder.generate(piece, temperature, generator) for piece in z.split(BATCH)]
        return self.converter.canonical(torch.cat(pieces))

    @torch.no_grad()
    def sample_codes(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Codes (n, Z) from the prior: the flow fitted to real music where the checkpoint has one, else N(0, I)."""
        check_count("n", n)
        noise = self._noise(n, check_generator(generator, self.device))
        return noise if self.prior is None else self.prior(noise)

    def _noise(self, n: int, generator: torch.Generator) -> Tensor:
        return torch.randn(n, self.config.z_size, generator=generator, device=self.device)

    # Music

    def sample(
        self, n: int = 1, temperature: float | None = 0.5, seed: int | None = None, qpm: float = 120.0
    ) -> list[pretty_midi.PrettyMIDI]:
        """`n` new pieces of music, at `qpm` quarters a minute; a lower `temperature` plays safer."""
        generator = new_generator(seed, self.device)
        tokens = self.decode_tokens(self.sample_codes(n, generator), temperature, generator)
        return self._to_midi(tokens, qpm)

    def encode(self, music: Music, start_bar: int = 0, part: int | str | None = None) -> Tensor:
        """The posterior means (N, Z) of N files or `PrettyMIDI`s, of the window that begins at `start_bar` of each."""
        return self.encode_tokens(self.converter.to_tokens(music, part=part, start_bar=start_bar)).mean

    def decode(
        self, z: Tensor, temperature: float | None = None, seed: int | None = None, qpm: float = 120.0
    ) -> list[pretty_midi.PrettyMIDI]:
        """Codes (N, Z), or one code (Z,), as music: greedy where `temperature` is None."""
        return self._to_midi(self.decode_tokens(z, temperature, new_generator(seed, self.device)), qpm)

    def reconstruct(
        self, music: Music, temperature: float | None = None, seed: int | None = None, qpm: float = 120.0
    ) -> list[pretty_midi.PrettyMIDI]:
        """What the model makes of music that it encodes and decodes again."""
        return self.decode(self.encode(music), temperature, seed, qpm)

    @overload
    def interpolate(self, a: Tensor, b: Tensor, steps: int = 9, *, spherical: bool = True) -> Tensor: ...

    @overload
    def interpolate(
        self,
        a: "Music | Tensor",
        b: "Music | Tensor",
        steps: int = 9,
        temperature: float | None = None,
        seed: int | None = None,
        qpm: float = 120.0,
        spherical: bool = True,
    ) -> list[pretty_midi.PrettyMIDI]: ...

    def interpolate(
        self,
        a: "Music | Tensor",
        b: "Music | Tensor",
        steps: int = 9,
        temperature: float | None = None,
        seed: int | None = None,
        qpm: float = 120.0,
        spherical: bool = True,
    ) -> "list[pretty_midi.PrettyMIDI] | Tensor":
        """The way from `a` to `b` in `steps` steps, both ends included: music for music, codes (steps, Z) for codes.

        Along the great arc between the posterior means, or the straight line where `spherical` is False.
        """
        check_count("steps", steps, least=2)
        first, last = self._code(a), self._code(b)
        codes = latent.walk(first[0], last[0], steps, spherical)
        return self._answer(codes, isinstance(a, Tensor) and isinstance(b, Tensor), temperature, seed, qpm)

    @overload
    def similar(self, a: Tensor, n: int = 4, similarity: float = 0.8, *, seed: int | None = None) -> Tensor: ...

    @overload
    def similar(
        self,
        a: Music,
        n: int = 4,
        similarity: float = 0.8,
        temperature: float | None = None,
        seed: int | None = None,
        qpm: float = 120.0,
    ) -> list[pretty_midi.PrettyMIDI]: ...

    def similar(
        self,
        a: "Music | Tensor",
        n: int = 4,
        similarity: float = 0.8,
        temperature: float | None = None,
        seed: int | None = None,
        qpm: float = 120.0,
    ) -> "list[pretty_midi.PrettyMIDI] | Tensor":
        """`n` variations of `a`: its code moved towards as many codes of the prior; 1 is `a` itself, 0 anything."""
        check_count("n", n)
        check_fraction("similarity", similarity)
        code = self._code(a)
        others = self.sample_codes(n, new_generator(seed, self.device))
        codes = latent.slerp(others, code.expand_as(others), float(similarity))
        return self._answer(codes, isinstance(a, Tensor), temperature, seed, qpm)

    def _code(self, a: "Music | Tensor") -> Tensor:
        """One code (1, Z), of music or as given."""
        return check_codes(a if isinstance(a, Tensor) else self.encode(a), self.config.z_size, self.device, most=1)

    def _answer(
        self, codes: Tensor, as_codes: bool, temperature: float | None, seed: int | None, qpm: float
    ) -> "list[pretty_midi.PrettyMIDI] | Tensor":
        return codes if as_codes else self.decode(codes, temperature, seed, qpm)

    def _to_midi(self, tokens: Tensor, qpm: float) -> list[pretty_midi.PrettyMIDI]:
        return [self.converter.to_midi(one, qpm) for one in tokens.cpu()]
