"""A language model of long pieces, which knows form: it is told which bars come again, and has those before it.

An LSTM forgets what it played eight bars ago. Here each step also hears what the bar that this one is like had at this
step, and at the next; so a bar that comes again is the same by construction, or changed as the form says. The parts of
a trio are written together, each hearing those before it. In shapes: N pieces, T steps, P parts, B bars, F descriptors.
"""

from typing import Any

import torch
from torch import Tensor, nn

from .converters import Converter
from .decoders import InitialState, pick
from .elbo import cross_entropies
from .form import FEATURES, Form, form_of, moved
from .inputs import START, shift, table
from .song_descriptors import song_descriptors, song_descriptors_size

BANK = 2048  # pieces whose form and descriptors are kept with a model
TOKEN_SIZE, PLAN_SIZE, HIDDEN_SIZE = 48, 64, 512


class SongModel(nn.Module):
    """An LSTM of `size` over the tokens of all parts, told descriptors and form.

    `bank` (BANK, F) and `forms` (BANK, B, P, 3) are those of real music, one of which a new piece follows.
    """

    bank: Tensor
    forms: Tensor

    def __init__(self, converter: Converter, size: int) -> None:
        super().__init__()
        self.converter, self.size = converter, size
        self.bars, self.parts = converter.bars, converter.parts
        self.bar_steps = converter.steps // converter.bars
        told = song_descriptors_size(converter)
        of_bars = self.bars * self.parts * FEATURES
        self.tables: Any = nn.ModuleList(table(count + 1, TOKEN_SIZE) for count in converter.classes)
        self.sources: Any = nn.ModuleList(table(count + 1, TOKEN_SIZE) for count in converter.classes)
        self.plan = nn.Sequential(
            nn.Linear(told + of_bars, HIDDEN_SIZE), nn.SiLU(), nn.Linear(HIDDEN_SIZE, self.bars * PLAN_SIZE)
        )
        self.initial = InitialState(told, (size,))
        width = 3 * TOKEN_SIZE * self.parts + PLAN_SIZE + self.parts * FEATURES + self.bar_steps
        self.layer: Any = nn.LSTM(width, size, batch_first=True)
        self.outputs: Any = nn.ModuleList(nn.Linear(size, count) for count in converter.classes)
        self.hearing: Any = nn.ModuleList(
            nn.Linear(TOKEN_SIZE * part, count, bias=False) for part, count in enumerate(converter.classes) if part
        )
        self.repeating = nn.Linear(size, self.parts)
        self.register_buffer("bank", torch.zeros(BANK, told))
        self.register_buffer("forms", torch.zeros(BANK, self.bars, self.parts, 3))

    def remember(self, tokens: Tensor) -> None:
        """Keep the descriptors and forms of `BANK` windows (BANK, T, P)."""
        self.bank.copy_(song_descriptors(self.converter, tokens))
        self.forms.copy_(form_of(self.converter, tokens).pack())

    def nats(self, tokens: Tensor) -> Tensor:
        """What tokens (N, T, P) cost, told their own descriptors and form, in nats: (N,)."""
        logits = self.logits(tokens, song_descriptors(self.converter, tokens), form_of(self.converter, tokens))
        return cross_entropies(logits, tokens)

    def logits(self, tokens: Tensor, told: Tensor, form: Form) -> tuple[Tensor, ...]:
        """The logits of each part, P tensors (N, T, classes), where each step sees the tokens (N, T, P) before it."""
        references = self._references(tokens, form)
        rows = [
            self._seen(self.tables, shift(tokens, None)),
            self._seen(self.sources, references),
            self._seen(self.sources, self._ahead(references)),
            self._bars(told, form).repeat_interleave(self.bar_steps, 1),
            self._clock().expand(len(tokens), -1, -1),
        ]
        cell, hidden = self.initial(told)[0]
        states, _ = self.layer(torch.cat(rows, -1), (hidden.unsqueeze(0), cell.unsqueeze(0)))
        return tuple(self._logits(part, states, tokens[..., :part], references) for part in range(self.parts))

    def draw(self, n: int, temperature: float, generator: torch.Generator) -> Tensor:
        """Tokens (n, T, P) of new music, each with the form and the descriptors of a real piece."""
        rows = torch.randint(BANK, (n,), generator=generator, device=self.bank.device)
        return self.write(self.bank[rows], Form.unpack(self.forms[rows]), temperature, generator)

    def write(self, told: Tensor, form: Form, temperature: float | None, generator: torch.Generator | None) -> Tensor:
        """Tokens (N, T, P) of music with these descriptors (N, F) and form."""
        n, device = len(told), told.device
        tokens = torch.full((n, self.bars * self.bar_steps, self.parts), START, device=device)
        last = tokens[:, 0]
        bars, clock = self._bars(told, form), self._clock()
        (cell, hidden), weights = self.initial(told)[0], self._weights()
        for bar in range(self.bars):
            references = self._reference(tokens, form, bar)
            sources = self._seen(self.sources, references)
            ahead = self._seen(self.sources, self._ahead(references))
            known = torch.cat(
                [sources, ahead, bars[:, bar : bar + 1].expand(-1, self.bar_steps, -1)]
                + [clock[:, : self.bar_steps].expand(n, -1, -1)],
                -1,
            )
            gates = nn.functional.linear(known, weights[1], self.layer.bias_ih_l0 + self.layer.bias_hh_l0)
            for step in range(self.bar_steps):
                cell, hidden = self._advance(gates[:, step], last, cell, hidden, weights[0])
                last = self._choose(hidden, references[:, step], temperature, generator)
                tokens[:, bar * self.bar_steps + step] = last
        return tokens

    def _weights(self) -> tuple[Tensor, Tensor]:
        """What the layer multiplies with the last tokens, and with all that is known before a bar begins."""
        own = TOKEN_SIZE * self.parts
        by_last, by_known = self.layer.weight_ih_l0.split([own, self.layer.weight_ih_l0.shape[1] - own], -1)
        return by_last, by_known

    def _advance(
        self, gates: Tensor, last: Tensor, cell: Tensor, hidden: Tensor, by_last: Tensor
    ) -> tuple[Tensor, Tensor]:
        heard = nn.functional.linear(self._seen(self.tables, last), by_last)
        i, f, g, o = (gates + heard + nn.functional.linear(hidden, self.layer.weight_hh_l0)).chunk(4, -1)
        cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
        return cell, torch.sigmoid(o) * torch.tanh(cell)

    def _choose(
        self, hidden: Tensor, references: Tensor, temperature: float | None, generator: torch.Generator | None
    ) -> Tensor:
        """The tokens (N, P) of a step, part by part."""
        written: list[Tensor] = []
        for part in range(self.parts):
            before = torch.stack(written, -1) if written else hidden.new_empty(len(hidden), 0, dtype=torch.long)
            written.append(pick(self._logits(part, hidden, before, references), temperature, generator))
        return torch.stack(written, -1)

    def _logits(self, part: int, states: Tensor, before: Tensor, references: Tensor) -> Tensor:
        """Logits (..., classes) of a part, which hears the tokens (..., part) of those before it at the same step.

        What the bar that it is like has there is likelier by as much as the state says.
        """
        logits = self.outputs[part](states)
        if part:
            logits = logits + self.hearing[part - 1](self._seen(self.tables, before))
        reference = references[..., part : part + 1]
        more = self.repeating(states)[..., part : part + 1] * (reference >= 0)
        return logits.scatter_add(-1, reference.clamp(min=0), more)

    def _bars(self, told: Tensor, form: Form) -> Tensor:
        """What is said of each bar: (N, B, PLAN_SIZE + P * FEATURES)."""
        features = form.features().to(told).flatten(2)
        plan = self.plan(torch.cat([told, features.flatten(1)], -1)).unflatten(-1, (self.bars, PLAN_SIZE))
        return torch.cat([plan, features], -1)

    def _clock(self) -> Tensor:
        """Where in the bar each step is, (1, T, S)."""
        return torch.eye(self.bar_steps, device=self.bank.device, dtype=self.bank.dtype).repeat(self.bars, 1)[None]

    def _seen(self, tables: Any, tokens: Tensor) -> Tensor:
        """The rows (..., P * TOKEN_SIZE) of tokens (..., P), of which START is one."""
        return torch.cat([tables[part](tokens[..., part] + 1) for part in range(tokens.shape[-1])], -1)

    def _references(self, tokens: Tensor, form: Form) -> Tensor:
        """What the bars that each bar is like have at each of its steps: (N, T, P), START where there is none."""
        return torch.cat([self._reference(tokens, form, bar) for bar in range(self.bars)], 1)

    def _reference(self, tokens: Tensor, form: Form, bar: int) -> Tensor:
        """The tokens (N, S, P) of the bar that the `bar`th is like, moved as its form says."""
        rows, source = tokens.unflatten(1, (self.bars, -1)), form.source[:, bar]
        index = source.clamp(min=0)[:, None, None].expand(-1, 1, self.bar_steps, -1)
        found = rows.gather(1, index).squeeze(1)
        melodic = torch.tensor([not bits for bits in self.converter.masks], device=tokens.device)
        found = moved(found, form.shift[:, bar, None]).where(melodic, found)
        return found.where(source.unsqueeze(1) >= 0, START)

    def _ahead(self, references: Tensor) -> Tensor:
        """The references (N, T, P) of the steps that follow, START after the last of a bar."""
        bars = references.unflatten(1, (-1, self.bar_steps))
        return torch.cat([bars[:, :, 1:], torch.full_like(bars[:, :, :1], START)], 2).flatten(1, 2)
