"""MusicVAE: an encoder, a decoder and a converter, and the verbs that musicians and researchers use.

In shapes: B or N batch, T steps, P parts, Z latent.
"""

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pretty_midi
import torch
from torch import Tensor, nn
from torch.distributions import Normal
from torch.nn.functional import softplus

from .arguments import (
    Options,
    check_codes,
    check_count,
    check_generator,
    check_keywords,
    check_temperature,
    check_tokens,
    precise,
)
from .assembly import decoder_of, encoder_of, encoder_view, language_of
from .config import Config
from .controls import control_of
from .converters import converter_of
from .errors import ArgumentError, CheckpointError
from .hub import HubMixin
from .language_model import LanguageModel
from .operations import LatentOperations, Music
from .operators import Operators, operator_names
from .prior import FlowPrior
from .profile import profile_size
from .song_model import SongModel
from .vectors import Vectors

if TYPE_CHECKING:
    from typing_extensions import Unpack

BATCH = 256  # codes decoded, or windows encoded, at once


class MusicVAE(LatentOperations, HubMixin, nn.Module):
    """A variational autoencoder of music (Roberts et al. 2018, "A Hierarchical Latent Vector Model").

    `sample`, `encode`, `decode`, `reconstruct` and the `LatentOperations` speak MIDI; `encode_tokens`, `decode_tokens`
    and `model(tokens)` speak tensors. Every random choice takes a `seed` or a `generator`: the same one gives the same
    notes on the same machine, None draws afresh, and no global seed is touched. `attributes` are the vectors (Z,) that
    `shift` adds, by name.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        if not isinstance(config, Config):
            raise ArgumentError(f"MusicVAE is made of a Config, not of {config!r}; from_pretrained loads a checkpoint.")
        self.config = config
        self.converter = converter_of(config)
        self.view = encoder_view(config, self.converter)
        self.control = control_of(config, self.converter)
        self.encoder = encoder_of(config, self.converter, self.control)
        self.mean = nn.Linear(self.encoder.size, config.z_size)
        self.stddev = nn.Linear(self.encoder.size, config.z_size)
        self.decoder = decoder_of(config, self.converter, self.control)
        self.prior = (
            FlowPrior(config.z_size, config.prior_size, profile_size(self.converter)) if config.prior_size else None
        )
        self.language = language_of(self.converter, config.language_size) if config.language_size else None
        self.operators = (
            Operators(config.z_size, config.operator_size, operator_names(config.kind))
            if config.operator_size
            else None
        )
        if unknown := sorted(set(config.operators) - set(operator_names(config.kind))):
            raise CheckpointError(f"There is no operator {unknown[0]!r} for {config.kind}; remove it from operators.")
        self.attributes: Vectors = {}

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.mean.weight.device

    @property
    def dtype(self) -> torch.dtype:
        """What the weights are kept in; codes and posteriors are in float32 at least."""
        return self.mean.weight.dtype

    @property
    def parameter_count(self) -> int:
        """How many numbers it has learnt; an LSTM of PyTorch keeps two biases, of which only the sum counts."""
        return sum(weight.numel() for name, weight in self.named_parameters() if "bias_hh_l" not in name)

    def adopt_prior(self, prior: FlowPrior | None) -> None:
        """Take a fitted prior for `sample` to draw codes from, or None for N(0, I)."""
        if prior is not None:
            sizes, needed = (
                (len(prior.mean), prior.profiles.shape[1]),
                (self.config.z_size, profile_size(self.converter)),
            )
            if sizes != needed:
                raise ArgumentError(
                    f"The prior is of {sizes[0]} dimensions and profiles of {sizes[1]}; this model has {needed}."
                )
        self.prior = prior.to(self.device, self.dtype) if prior is not None else None
        width = prior.enter.out_features if prior is not None else 0
        self.config = dataclasses.replace(self.config, prior_size=width)

    def adopt_operators(self, operators: Operators | None) -> None:
        """Take fitted operators for `shift` to move codes by, or None for vectors alone."""
        self.operators = operators.to(self.device, self.dtype) if operators is not None else None
        width, names = (operators.leave.in_features, operators.names) if operators is not None else (0, ())
        self.config = dataclasses.replace(self.config, operator_size=width, operators=names)

    def adopt_language(self, language: LanguageModel | SongModel | None) -> None:
        """Take a language model for `sample` to draw new music from, or None for the prior's codes."""
        self.language = language.to(self.device, self.dtype) if language is not None else None
        width = language.size if language is not None else 0
        self.config = dataclasses.replace(self.config, language_size=width)

    # Tensors

    def posterior(self, tokens: Tensor, control: Tensor | None = None) -> Normal:
        """Tokens (B, T, P), and rows of control (B, T, C) where the model takes some, to q(z|x), with gradients."""
        said = self.converter.said(tokens)
        rows, lengths = self.view(said), None
        if control is not None:
            rows = torch.cat([rows, control.to(rows)], -1)
        if self.config.past_end == "unseen":
            lengths = (said[..., 0] >= 0).unflatten(1, (-1, self.converter.segment_steps)).sum(-1)
        embedding, dtype = self.encoder(rows.to(self.dtype), lengths), precise(self.dtype)
        mean, stddev = self.mean(embedding).to(dtype), self.stddev(embedding).to(dtype)  # autocast would blur the KL
        return Normal(mean, softplus(stddev) + 1e-6, validate_args=False)

    def forward(
        self,
        tokens: Tensor,
        generator: torch.Generator | None = None,
        seen: Tensor | None = None,
        control: Tensor | None = None,
        seed: int | None = None,
    ) -> tuple[tuple[Tensor, ...], Normal]:
        """Tokens (B, T, P) to teacher-forced logits, P tensors (B, T, classes), and the posterior (B, Z).

        The code is drawn from the posterior with `generator` or `seed`. The decoder sees the tokens before each step;
        training may show it others in their place (`seen`, where -1 is nothing). `control` (B, T, C) is what some
        models are told beside.
        """
        tokens = check_tokens(tokens, self.converter, self.device)
        control = self.control.complete(control, len(tokens), self.device, tokens)
        q = self.posterior(tokens, control)
        noise = self._noise(len(tokens), check_generator(generator, self.device, seed))
        seen = self.converter.said(tokens) if seen is None else seen
        return self.decoder((q.mean + q.stddev * noise).to(self.dtype), seen, None, control), q

    @torch.no_grad()
    def encode_tokens(self, tokens: Tensor, control: Tensor | None = None) -> Normal:
        """Tokens (N, T, P) to the posterior q(z|x): a `Normal` whose mean and stddev are (N, Z)."""
        tokens = check_tokens(tokens, self.converter, self.device)
        control = self.control.complete(control, len(tokens), self.device, tokens)
        pieces = [self.posterior(*piece) for piece in _pieces(tokens, control)]
        return Normal(torch.cat([q.mean for q in pieces]), torch.cat([q.stddev for q in pieces]))

    @torch.no_grad()
    def decode_tokens(
        self,
        z: Tensor,
        temperature: float | None = None,
        generator: torch.Generator | None = None,
        control: Tensor | None = None,
        seed: int | None = None,
    ) -> Tensor:
        """Codes (N, Z) to canonical tokens (N, T, P): the likeliest where `temperature` is None, else drawn at it."""
        z = check_codes(z, self.config.z_size, self.device, self.dtype).to(self.dtype)
        check_temperature(temperature)
        generator = check_generator(generator, self.device, seed)
        control = self.control.complete(control, len(z), self.device)
        pieces = [
            self.decoder.generate(piece, temperature, generator, None, told) for piece, told in _pieces(z, control)
        ]
        return self.converter.canonical(torch.cat(pieces))

    @torch.no_grad()
    def sample_codes(self, n: int, generator: torch.Generator | None = None, seed: int | None = None) -> Tensor:
        """Codes (n, Z) of new music.

        They are of what the checkpoint's language model writes, where it has one; else they are drawn from its prior,
        the flow fitted to real music, or from N(0, I).
        """
        check_count("n", n)
        generator = check_generator(generator, self.device, seed)
        if self.language is not None:
            pieces = [min(BATCH, n - start) for start in range(0, n, BATCH)]
            written = [self.language.draw(piece, self.config.language_temperature, generator) for piece in pieces]
            return self.encode_tokens(self.converter.canonical(torch.cat(written))).mean
        noise = self._noise(n, generator)
        if self.prior is None:
            return noise
        return self.prior.draw(self.config.prior_spread * noise, generator, self.config.prior_guidance)

    def _noise(self, n: int, generator: torch.Generator) -> Tensor:
        noise = torch.randn(n, self.config.z_size, generator=generator, device=self.device, dtype=torch.float32)
        return noise.to(precise(self.dtype))  # drawn the same whatever the dtype

    # Music

    # `options` are generator=, in place of seed=, and for models that take them chords= or hits=: see `Options`.

    def sample(
        self,
        n: int = 1,
        temperature: float | None = 0.5,
        seed: int | None = None,
        qpm: float = 120.0,
        **options: "Unpack[Options]",
    ) -> list[pretty_midi.PrettyMIDI]:
        """`n` new pieces of music, at `qpm` quarters a minute; a lower `temperature` plays safer."""
        check_keywords(self.sample, options)
        generator = check_generator(options.pop("generator", None), self.device, seed)
        tokens = self.decode_tokens(self.sample_codes(n, generator), temperature, generator, self.control.said(options))
        return self._to_midi(tokens, qpm)

    def encode(
        self, music: Music, start_bar: int = 0, part: int | str | None = None, chords: Sequence[str] | None = None
    ) -> Tensor:
        """The posterior means (N, Z) of N files or `PrettyMIDI`s, of the window that begins at `start_bar` of each."""
        tokens = self.converter.to_tokens(music, part=part, start_bar=start_bar)
        return self.encode_tokens(tokens, self.control.said({"chords": chords})).mean

    def decode(
        self,
        z: Tensor,
        temperature: float | None = None,
        seed: int | None = None,
        qpm: float = 120.0,
        **options: "Unpack[Options]",
    ) -> list[pretty_midi.PrettyMIDI]:
        """Codes (N, Z), or one code (Z,), as music: greedy where `temperature` is None."""
        check_keywords(self.decode, options)
        generator = check_generator(options.pop("generator", None), self.device, seed)
        return self._to_midi(self.decode_tokens(z, temperature, generator, self.control.said(options)), qpm)

    def reconstruct(
        self,
        music: Music,
        temperature: float | None = None,
        seed: int | None = None,
        qpm: float = 120.0,
        **options: "Unpack[Options]",
    ) -> list[pretty_midi.PrettyMIDI]:
        """What the model makes of music that it encodes and decodes again."""
        check_keywords(self.reconstruct, options)
        generator = check_generator(options.pop("generator", None), self.device, seed)
        tokens = self.converter.to_tokens(music, start_bar=0)
        z = self.encode_tokens(tokens, self.control.said({"chords": options.get("chords")})).mean
        told = self.control.complete(self.control.said(options), len(tokens), self.device, tokens)
        return self._to_midi(self.decode_tokens(z, temperature, generator, told), qpm)

    def _to_midi(self, tokens: Tensor, qpm: float) -> list[pretty_midi.PrettyMIDI]:
        return [self.converter.to_midi(one, qpm) for one in tokens.cpu()]


def _pieces(rows: Tensor, control: Tensor | None) -> Iterator[tuple[Tensor, Tensor | None]]:
    """Rows (N, ...) and their control (N, T, C) in pieces that are worked on at once."""
    told = itertools.repeat(None) if control is None else control.split(BATCH)
    return zip(rows.split(BATCH), told, strict=False)
