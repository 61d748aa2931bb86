"""The training loop: batches, the objective, checkpoints that a later run resumes from exactly."""

import json
import math
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor
from torch.optim.swa_utils import AveragedModel
from tqdm import tqdm

from mvae import MusicVAE
from mvae.elbo import Elbo, elbo

from .augment import augment, hide
from .lending import Lender, lend
from .metrics import reconstruction
from .progress import progress
from .recipe import Recipe
from .windows import CorpusError, Draw, Windows

VALIDATION_WINDOWS = 1024
AVERAGING = 0.999  # of a thousand updates


class Progress:
    """How far a run is, and its best validation loss; saved and restored by accelerate."""

    def __init__(self) -> None:
        self.step, self.seconds, self.best = 0, 0.0, math.inf
        self.curve: list[dict[str, float]] = []

    def state_dict(self) -> dict[str, object]:
        return dict(vars(self))

    def load_state_dict(self, state: dict[str, object]) -> None:
        vars(self).update(state)


class Trainer:
    """One run of a recipe on windows, in `out`: `state/` to resume from, `best/` and `last/` to load.

    A batch is a function of the seed, the step and the process alone, so that a resumed run sees what an unbroken one
    would have seen. With `minutes` the schedules follow the clock in place of the recipe's steps. What is validated and
    kept is the moving average of the weights, which is ahead of them by as much as a lower learning rate would be.
    """

    def __init__(
        self,
        recipe: Recipe,
        model: MusicVAE,
        windows: Windows,
        out: Path,
        accelerator: Accelerator,
        lenders: Sequence[Lender] = (),
    ) -> None:
        self.recipe, self.windows, self.out, self.accelerator = recipe, windows, out, accelerator
        self.rows = windows.to_learn(recipe.batch_size)
        self.lenders = lenders
        self.draw = Draw(windows, self.rows, recipe.balance)
        self.progress = Progress()
        optimizer = torch.optim.AdamW(
            model.parameters(), recipe.learning_rate, (0.9, 0.99), weight_decay=0.01, fused=True
        )
        self.plain = model
        self.model, self.optimizer = accelerator.prepare(model, optimizer)
        self.average = AveragedModel(model, avg_fn=_average)
        self.average.n_averaged.fill_(recipe.averaged)
        accelerator.register_for_checkpointing(self.progress, self.average)

    def resume(self) -> bool:
        """Take up the run that `out` holds, if it holds one."""
        state = next((folder for folder in (self.out / "state", self.out / "state.old") if folder.exists()), None)
        if state is None:
            return False
        try:
            self.accelerator.load_state(str(state))
        except RuntimeError as error:  # weights of other names or shapes
            raise CorpusError(f"{self.out} holds a run of another model; name another --out, or remove it.") from error
        return True

    def run(self, minutes: float | None = None, save_every: float = 180.0) -> Progress:
        """Train until the recipe's steps, or `minutes` in all, are over, or it overfits; save every `save_every` s."""
        hidden = not self.accelerator.is_main_process
        bar = progress(total=1.0, disable=hidden, bar_format="{l_bar}{bar}|{postfix}", leave=False)
        saved = then = time.monotonic()
        over = self._is_overfitting()  # it may have been, when the run was left
        while not over and (done := self._fraction(minutes)) < 1:
            figures = self._step(done)
            now = time.monotonic()
            self.progress.seconds += now - then
            then = now
            if self.progress.step % 20 == 0:
                rate = self.progress.step * self._batch_size / self.progress.seconds
                bar.set_postfix_str(
                    f"step {self.progress.step}, loss {figures.loss.item():.2f}, "
                    f"KL {figures.kl_bits.item():.0f} bits, {rate:.0f} windows/s",
                    refresh=False,
                )
                bar.update(done - bar.n)
            if self._agree(now - saved > save_every):
                self.save()
                saved = then = time.monotonic()
                over = self._is_overfitting()
        bar.close()
        self.save()
        return self.progress

    def save(self) -> None:
        """Validate, and write `state/`, `last/`, and `best/` if it is the best so far."""
        self.accelerator.wait_for_everyone()
        if self.accelerator.is_main_process:
            self._validate()
        self.accelerator.wait_for_everyone()
        state, fresh, old = (self.out / name for name in ("state", "state.new", "state.old"))
        # As safetensors accelerate would drop LSTM weights that share one storage, as cuDNN has it.
        self.accelerator.save_state(str(fresh), safe_serialization=False)
        self.accelerator.wait_for_everyone()
        if self.accelerator.is_main_process:
            if state.exists():
                shutil.rmtree(old, ignore_errors=True)
                state.rename(old)
            fresh.rename(state)
            shutil.rmtree(old, ignore_errors=True)
        self.accelerator.wait_for_everyone()

    def _validate(self) -> None:
        rows = self.windows.split("validation")
        rows = np.random.default_rng(0).permutation(rows)[:VALIDATION_WINDOWS]
        model = self.averaged
        figures = reconstruction(model, self.windows.batch(np.sort(rows))) if len(rows) else {}
        model.save_pretrained(self.out / "last")
        if not figures:
            return
        seen = self.progress.step * self._batch_size
        loss = figures["reconstruction_nats"] + self.recipe.beta * figures["kl_bits"] * math.log(2)
        self.progress.curve.append({"seconds": self.progress.seconds, "examples": seen, "loss": loss, **figures})
        (self.out / "curve.json").write_text(json.dumps(self.progress.curve), encoding="utf-8")
        tqdm.write(f"{self.progress.seconds / 60:.1f} min " + " ".join(f"{k} {v:.4g}" for k, v in figures.items()))
        if loss < self.progress.best:
            self.progress.best = loss
            model.save_pretrained(self.out / "best")

    @property
    def averaged(self) -> MusicVAE:
        """The moving average of the model, ready for use."""
        model = self.average.module
        assert isinstance(model, MusicVAE)
        return model.eval()

    def _step(self, done: float) -> Elbo:
        recipe = self.recipe
        for group in self.optimizer.param_groups:
            group["lr"] = recipe.learning_rate * self._rate(done)
        tokens, generator = self._batch()
        hidden = hide(tokens, recipe.token_dropout, generator) if recipe.token_dropout else tokens
        noise = torch.Generator(self.accelerator.device).manual_seed(int(torch.randint(2**62, (), generator=generator)))
        tokens, hidden = tokens.to(self.accelerator.device), hidden.to(self.accelerator.device)
        with self.accelerator.autocast():
            logits, q = self.model(tokens, noise, hidden)
        beta = recipe.beta * min(1.0, done / recipe.beta_warmup) ** 2 if recipe.beta_warmup else recipe.beta
        said, nats = self.plain.converter.said(tokens), self.plain.decoder.nats
        figures = elbo(logits, said, q, beta, recipe.free_bits, nats)
        self.accelerator.backward(figures.loss)
        self.accelerator.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.average.update_parameters(self.plain)
        self.progress.step += 1
        return figures

    def _batch(self) -> tuple[Tensor, torch.Generator]:
        """This step's windows (B, T, P) of this process, and a generator for what else is random in it."""
        seeds = np.random.SeedSequence([self.recipe.seed, self.progress.step, self.accelerator.process_index])
        rng = np.random.default_rng(seeds)
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        drawn = self.windows.batch(self.draw(self.recipe.batch_size, rng))
        tokens = lend(drawn, self.lenders, self.recipe.lending, rng)
        return augment(tokens, self.plain.converter, self.recipe, generator), generator

    @property
    def _batch_size(self) -> int:
        return self.recipe.batch_size * self.accelerator.num_processes

    def _fraction(self, minutes: float | None) -> float:
        """How much of the run is over; all processes hear the same number."""
        done = self.progress.step / self.recipe.steps if minutes is None else self.progress.seconds / (60 * minutes)
        return done if minutes is None else self._from_main(done)

    def _rate(self, done: float) -> float:
        """The learning rate as a share of its peak: a linear rise, then a cosine to a fiftieth."""
        rise = min(1.0, (self.progress.step + 1) / self.recipe.warmup)
        return rise * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))

    def _is_overfitting(self) -> bool:
        """Whether the validation loss has risen beyond what the recipe tolerates."""
        curve = self.progress.curve
        return self._agree(bool(curve) and curve[-1]["loss"] > (1 + self.recipe.tolerance) * self.progress.best)

    def _agree(self, wish: bool) -> bool:
        return bool(self._from_main(float(wish)))

    def _from_main(self, value: float) -> float:
        if self.accelerator.num_processes == 1:
            return value
        shared = torch.tensor([value], device=self.accelerator.device)
        torch.distributed.broadcast(shared, src=0)
        return float(shared)


def _average(average: Tensor, weight: Tensor, updates: Tensor | int) -> Tensor:
    """The average moved to the weight by a thousandth, or by more while the updates so far are few."""
    return average.lerp(weight, max(1 - AVERAGING, 9 / (10 + int(updates))))
