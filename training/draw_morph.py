"""Draw the README's morph: from a bass line to a melody, in data space above, in latent space below.

    python -m training.draw_morph mel-2bar --out cards/morph.png

The bass line is ours; the melody is the beginning of the Ode to Joy (Beethoven, 1824).
"""

from pathlib import Path
from typing import Annotated

import torch
import typer
from torch import Tensor

from mvae import MusicVAE
from mvae.converters.melody import melody_tokens
from mvae.dataspace import cross_fade
from mvae.notes import Note
from mvae.terminal import sentences, start

from .figures import draw_morphs
from .windows import CorpusError

STEPS = 9
BASS = ((36, 4), (36, 2), (43, 2), (45, 4), (43, 4), (41, 4), (41, 2), (48, 2), (43, 4), (47, 4))
MELODY = ((64, 4), (64, 4), (65, 4), (67, 4), (67, 4), (65, 4), (64, 4), (62, 4))


def morphs(model: MusicVAE, seed: int = 0) -> dict[str, Tensor]:
    """The bass line, 9 steps, and the melody, as tokens (11, T) for each space."""
    if (model.converter.kind, model.converter.bars) != ("melody", 2):
        raise CorpusError("The morph is of two-bar melodies; give a checkpoint like mel-2bar.")
    bass, melody = _tokens(BASS), _tokens(MELODY)
    faded = cross_fade(model.converter, bass, melody, STEPS, torch.Generator().manual_seed(seed))
    first, last = model.encode_tokens(torch.stack([bass, melody])).mean
    walked = model.decode_tokens(model.interpolate(first, last, STEPS))
    spaces = {"In data space: each 16th from the one or the other": faded, "In latent space: MusicVAE": walked}
    return {title: torch.stack([bass, *steps, melody])[..., 0] for title, steps in spaces.items()}


def _tokens(line: tuple[tuple[int, int], ...]) -> Tensor:
    """Tokens (T, 1) of pitches and their lengths in 16ths."""
    starts = [sum(length for _, length in line[:number]) for number in range(len(line))]
    notes = [Note(start, start + length, pitch) for start, (pitch, length) in zip(starts, line, strict=True)]
    return torch.from_numpy(melody_tokens(notes, notes[-1].end)).long()[:, None]


@sentences()
def main(
    checkpoint: Annotated[str, typer.Argument(help="A bundled name, a folder, or owner/name.")] = "mel-2bar",
    out: Annotated[Path, typer.Option(help="The picture to write.")] = Path("cards/morph.png"),
) -> None:
    """Draw the README's morph."""
    draw_morphs(morphs(MusicVAE.from_pretrained(checkpoint)), out)
    typer.echo(f"Drawn: {out}.")


if __name__ == "__main__":
    start(main)
