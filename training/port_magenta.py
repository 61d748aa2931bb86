"""Turn a checkpoint of Magenta's MusicVAE into a folder that `MusicVAE.from_pretrained` reads.

python -m training.port_magenta cat-mel_2bar_big.tar ported/mel-2bar-big
"""

from pathlib import Path
from typing import Annotated

import typer

from mvae import MusicVAE
from mvae.hub import CARD, CONFIG
from mvae.terminal import sentences, start

from .magenta.architecture import other_sizes
from .magenta.porting import port
from .paths import Overwrite, check_new

SOURCE = "A TensorFlow checkpoint, its folder, its .tar, or a folder of Magenta.js or deeplearn.js."
NAME = "The name that Magenta gives its config; by default what the file is called or its variables show."
DRUM_MAP = "How it numbers drums: 2017, as what Magenta published does, or 2019 if trained after April 2019."

PORTED = """---
library_name: mvae
license: unknown
tags: [music, midi, musicvae]
---

# {name}

A checkpoint of Google Magenta's MusicVAE ({kind}, bars: {bars}), ported from `{name}` with
`python -m training.port_magenta`. Whoever trained it has the say about the use of its weights.

```python
from mvae import MusicVAE
from mvae.terminal import sentences, start

model = MusicVAE.from_pretrained("path/or/repository")
tunes = model.sample(n=4, temperature=0.5, seed=7)
```
"""


def write(model: MusicVAE, out: Path, name: str) -> None:
    """Write a ported model as a checkpoint folder, with a card that says whose it is if there is none."""
    out.mkdir(parents=True, exist_ok=True)
    if not (out / CARD).exists():
        card = PORTED.format(name=name, kind=model.config.kind, bars=model.config.bars)
        (out / CARD).write_text(card, encoding="utf-8")
    model.save_pretrained(out)


@sentences()
def main(
    source: Annotated[Path, typer.Argument(help=SOURCE)],
    out: Annotated[Path, typer.Argument(help="The folder to write.")],
    config: Annotated[str | None, typer.Option(help=NAME)] = None,
    drum_map: Annotated[str | None, typer.Option(help=DRUM_MAP)] = None,
    overwrite: Overwrite = False,
) -> None:
    """Turn a checkpoint of Magenta's MusicVAE into a folder that `MusicVAE.from_pretrained` reads."""
    check_new(out / CONFIG, overwrite)
    model, aside = port(source, config, drum_map)
    write(model, out, source.resolve().name)
    what = f"{model.config.kind}, {model.config.bars} {'bar' if model.config.bars == 1 else 'bars'}"
    typer.echo(f"{out} holds {what}: {model.parameter_count:,} parameters.")
    if config is not None and (others := other_sizes(model.config, config)):
        typer.echo(f"Its sizes are not those that {config} has in Magenta: {', '.join(others)}.")
    if aside:
        typer.echo(f"Left aside, as no weights of the model: {', '.join(aside)}.")


if __name__ == "__main__":
    start(main)
