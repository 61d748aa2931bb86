"""Put checkpoints on the Hub, each with its card, its pictures and the sound of four samples.

    python -m training.publish OWNER                        # all bundled checkpoints, each under its name
    python -m training.publish OWNER/NAME my-model/best     # one checkpoint folder

Publishing again uploads what has changed. A card that somebody has written or edited on the Hub is kept. HF_ENDPOINT
names another server, to try it on.
"""

import hashlib
import re
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from huggingface_hub import HfApi, constants, hf_hub_download

from mvae import MusicVAE
from mvae.audio import missing, write_wav
from mvae.errors import CheckpointError
from mvae.hub import CARD, bundled, folder_of, has_card
from mvae.refusals import in_sentences
from mvae.terminal import sentences, start

from .paths import without_places

PARTS = "config.json", "*.safetensors", "*.json", "*.png", CARD
SOUNDS, TEMPERATURE, SEED = 4, 0.5, 7  # the samples of the card's picture
SEAL = "<!-- rendered by mvae {} -->\n"


def publish(folder: Path, repo_id: str, private: bool | None = None, create_pr: bool = False) -> tuple[str, bool]:
    """Upload the checkpoint in `folder` to `repo_id`; the address of the commit, and whether the Hub's card was kept.

    The folder is loaded first, strictly. Raises `CheckpointError`, also for what the Hub refuses.
    """
    model = MusicVAE.from_pretrained(folder)
    if not (folder / CARD).exists():
        raise CheckpointError(f"{folder} has no {CARD}, the card; write one, or let training.train make it.")
    with tempfile.TemporaryDirectory() as name, in_sentences(repo_id):
        stage, api = Path(name), HfApi()
        _stage(model, folder, stage, repo_id)
        kept = _is_by_hand(repo_id, str(model.generate_model_card()))
        api.create_repo(repo_id, private=private, exist_ok=True)
        commit = api.upload_folder(
            repo_id=repo_id,
            folder_path=stage,
            commit_message=f"Publish {repo_id.split('/')[-1]}",
            create_pr=create_pr,
            ignore_patterns=[CARD] if kept else None,
        )
    return commit.pr_url or commit.commit_url, kept


def _stage(model: MusicVAE, folder: Path, stage: Path, repo_id: str) -> None:
    """Put into `stage` what the repository is to hold."""
    for path in {path for part in PARTS for path in folder.glob(part)}:
        shutil.copyfile(path, stage / path.name)
    for path in stage.glob("*.json"):  # of an earlier mvae, or by hand
        path.write_text(without_places(path.read_text(encoding="utf-8")), encoding="utf-8")
    sounds = _sounds(model, stage)
    text = card(without_places((folder / CARD).read_text(encoding="utf-8")), repo_id, sounds)
    (stage / CARD).write_text(text, encoding="utf-8")


def card(text: str, repo_id: str, sounds: list[str]) -> str:
    """A checkpoint's card as it stands on the Hub: its usage names the repository, its samples can be heard."""
    text = re.sub(r'from_pretrained\("[^"]*"\)', f'from_pretrained("{repo_id}")', text, count=1)
    place = f"{constants.ENDPOINT}/{repo_id}/resolve/main"
    players = "\n".join(f'<audio controls src="{place}/{sound}"></audio>' for sound in sounds)
    if players:
        text = re.sub(r"(?m)^!\[.*\)$", lambda picture: f"{picture[0]}\n\n{players}", text, count=1)
    return text + SEAL.format(_digest(text))


def _sounds(model: MusicVAE, folder: Path) -> list[str]:
    """Write the samples of the card's picture as sound into `folder`, where that is possible; the files' names."""
    if missing():
        return []
    tunes = model.sample(SOUNDS, TEMPERATURE, SEED)
    return [write_wav(tune, folder / f"sample-{number}.wav").name for number, tune in enumerate(tunes, 1)]


def _is_by_hand(repo_id: str, stub: str) -> bool:
    """Whether the repository has a card that is neither `stub` nor, to the letter, one that `card` has made."""
    if not has_card(repo_id):
        return False
    text = Path(hf_hub_download(repo_id, CARD)).read_text(encoding="utf-8")
    match = re.fullmatch("(?s)(.*)" + SEAL.format("([0-9a-f]+)"), text)
    return text != stub and (match is None or match[2] != _digest(match[1]))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@sentences()
def main(
    to: Annotated[str, typer.Argument(help="OWNER, for all bundled checkpoints; OWNER/NAME, for one.")],
    checkpoint: Annotated[
        str, typer.Argument(help="A checkpoint folder, or a bundled name; NAME where it is not given.")
    ] = "",
    private: Annotated[bool, typer.Option("--private", help="Make new repositories private.")] = False,
    create_pr: Annotated[bool, typer.Option("--create-pr", help="Open pull requests in place of commits.")] = False,
) -> None:
    """Put checkpoints on the Hub, each with its card, its pictures and its sound."""
    for folder, repo_id in _what(to, checkpoint):
        address, kept = publish(folder, repo_id, private or None, create_pr)
        typer.echo(f"{repo_id}: {address}")
        if kept:
            typer.echo(f"{repo_id} has a card that somebody wrote or edited; it is kept. Delete it for ours.")
    if problem := missing():
        typer.echo(f"Published without the sound of samples. {problem}")


def _what(to: str, checkpoint: str) -> list[tuple[Path, str]]:
    """The folders that are meant, each with its repository."""
    here = bundled()
    if "/" not in to and not checkpoint:
        return [(folder, f"{to}/{name}") for name, folder in here.items()]
    name = checkpoint or to.split("/")[-1]
    folder = folder_of(name)
    if "/" not in to or folder is None:
        raise CheckpointError(
            f"{to} {checkpoint}".rstrip() + " names no checkpoint and repository; give OWNER for all bundled ones"
            f" ({', '.join(here)}), or OWNER/NAME and a folder."
        )
    return [(folder, to)]


if __name__ == "__main__":
    start(main)
