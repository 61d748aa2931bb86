"""Steady a checkpoint's decoder: teach it to make music of codes that lie a little off those of real music.

    python -m training.steady CHECKPOINT --data prepared/mel-2bar --blur 3

Codes that are sampled, or lie on the way between two tunes, are never quite those of real music, and a decoder that has
only seen these takes each deviation for a note. So it learns, the encoder and the prior left as they are, from
posteriors that are up to `blur` times as wide as they should be, and comes to trust the notes it has just played; and
at blends of two codes it learns to play what it would play half-way between the noises that the prior carries to them,
which is music, since noise in between is noise, and the prior carries all of it to codes of music.

What is kept lies between the weights before and after: `share` of the way, at which it copies nearly as well as the one
and samples and blends nearly as well as the other (Wortsman et al. 2022).
"""

import copy
from pathlib import Path
from typing import Annotated

import torch
import typer
from torch import Tensor

from mvae import MusicVAE, latent
from mvae.terminal import sentences, start

from .batches import Batches
from .checkpoint import opened
from .descent import descend
from .windows import CorpusError, Windows

SHRINKAGE = 0.15  # of the noise half-way between two: what lies there is likelier than the two


def steady(
    model: MusicVAE,
    windows: Windows,
    steps: int,
    blur: float = 3.0,
    transposition: tuple[int, int] = (0, 0),
    balance: float = 1.0,
    batch_size: int = 64,
    learning_rate: float = 5e-4,
    share: float = 0.5,
    seed: int = 0,
) -> None:
    """Train the decoder of `model` for `steps` updates, and move its weights by `share` of the way.

    Half of each batch have codes as wide as they should be; as many blends of two codes are learnt from as codes.
    """
    if model.prior is None:
        raise CorpusError("The checkpoint has no prior to blend codes with; fit it: python -m training.fit_prior.")
    batches = Batches(windows, model.converter, batch_size, transposition, balance, seed=seed)
    generator = batches.generator
    teacher = copy.deepcopy(model).eval()
    before = {name: weight.clone() for name, weight in model.decoder.state_dict().items()}

    def loss(_: float) -> Tensor:
        tokens = batches()
        with torch.no_grad():
            q = model.posterior(tokens)
        excess = (torch.rand(batch_size, 1, generator=generator) * 2 - 1).clamp(min=0) * (blur - 1)
        z = q.mean + q.stddev * (1 + excess) * torch.randn(q.mean.shape, generator=generator)
        with torch.no_grad():
            blends, blended = blend(teacher, q.mean, generator)
        codes, said = torch.cat([z, blends]), model.converter.said(torch.cat([tokens, blended]))
        return model.decoder.nats(model.decoder(codes, torch.cat([tokens, blended])), said).mean()

    descend(model.decoder, loss, steps, learning_rate, "steadying")
    after = model.decoder.state_dict()
    model.decoder.load_state_dict({name: torch.lerp(weight, after[name], share) for name, weight in before.items()})


def blend(model: MusicVAE, codes: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Blends (N, Z) of each of the codes (N, Z) and the next, anywhere between, and tokens (N, T, P) to play there."""
    assert model.prior is not None
    at = torch.rand(len(codes), generator=generator)
    noise = model.prior.inverse(codes)
    between = latent.slerp(noise, noise.roll(1, 0), at) * (1 - SHRINKAGE * 4 * at * (1 - at)).unsqueeze(-1)
    return latent.slerp(codes, codes.roll(1, 0), at), model.decode_tokens(model.prior(between), None, None)


@sentences()
def main(
    checkpoint: Annotated[Path, typer.Argument(help="A checkpoint folder; its decoder is trained further.")],
    data: Annotated[Path, typer.Option(help="Windows from training.prepare.")],
    steps: Annotated[int, typer.Option(help="Updates.")] = 5000,
    blur: Annotated[float, typer.Option(help="How many times as wide as it should be a posterior may get.")] = 3.0,
    share: Annotated[float, typer.Option(help="How far to go from the weights before to those after.")] = 0.5,
    balance: Annotated[float, typer.Option(help="Sources weigh by their size to this power.")] = 1.0,
    low: Annotated[int, typer.Option(help="The lowest transposition in semitones.")] = -5,
    high: Annotated[int, typer.Option(help="The highest transposition in semitones.")] = 6,
) -> None:
    """Steady a checkpoint's decoder."""
    with opened(checkpoint) as model:
        steady(model, Windows.load(data), steps, blur, (low, high), balance, share=share)
        model.save_pretrained(checkpoint)
    typer.echo(f"The decoder of {checkpoint} is steadied.")


if __name__ == "__main__":
    start(main)
