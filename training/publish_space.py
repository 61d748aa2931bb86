"""Put the demo on a Space: stage what it consists of, and push it.

    python -m training.publish_space OWNER/NAME                 # a new Space runs on ZeroGPU, others on what they have
    python -m training.publish_space OWNER/NAME --hardware cpu-basic
    python -m training.publish_space OWNER/NAME --folder staged    # only look at what would be pushed

Run it from a clone. The Space holds `app.py`, `mvae/` with its checkpoints and `space/`; at its root lie the page,
the requirements, the system packages and the picture that `space/` keeps for it. Files that are no longer part of it
are deleted.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer
from huggingface_hub import HfApi

from mvae.errors import CheckpointError, MvaeError
from mvae.refusals import in_sentences
from mvae.terminal import sentences, start

ROOT = Path(__file__).parent.parent
CODE = "app.py", "mvae", "space"
AT_THE_ROOT = "README.md", "requirements.txt", "packages.txt"
THUMBNAIL = "pictures/morph.png"  # of what is in `space/`
HARDWARE = "zero-a10g"  # ZeroGPU, which a free account may have two Spaces on; one on a CPU has to be paid for
LEFT_OUT = "__pycache__", "*.pyc", "*.pyi", "pictures"


def stage(folder: Path, repo_id: str) -> None:
    """Write into the empty `folder` what the Space `repo_id` consists of."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise CheckpointError(f"{folder} is not empty; the Space is staged into a new or an empty folder.")
    for name in CODE:
        source = ROOT / name
        if source.is_dir():
            elsewhere = AT_THE_ROOT if name == "space" else ()
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns(*LEFT_OUT, *elsewhere))
        else:
            shutil.copyfile(source, folder / name)
    for name in AT_THE_ROOT:
        text = (ROOT / "space" / name).read_text(encoding="utf-8").replace("owner/name", repo_id)
        (folder / name).write_text(text.replace("owner/", f"{repo_id.split('/')[0]}/"), encoding="utf-8")
    shutil.copyfile(ROOT / "space" / THUMBNAIL, folder / "thumbnail.png")


def publish_space(repo_id: str, private: bool | None = None, hardware: str | None = None) -> str:
    """Stage the Space and push it to `repo_id`; the address of the Space. Raises `CheckpointError`.

    A new Space runs on `HARDWARE`, and one that is there on what it has, unless `hardware` names another.
    """
    api = HfApi()
    with tempfile.TemporaryDirectory() as name, in_sentences(repo_id):
        stage(Path(name), repo_id)
        is_there = api.repo_exists(repo_id, repo_type="space")
        options: dict[str, Any] = {"repo_type": "space", "space_sdk": "gradio", "space_hardware": hardware or HARDWARE}
        address = api.create_repo(repo_id, private=private, exist_ok=True, **options)
        if is_there and hardware:
            api.request_space_hardware(repo_id, hardware)  # pyright: ignore[reportArgumentType]
        api.upload_folder(
            repo_id=repo_id,
            folder_path=name,
            repo_type="space",
            delete_patterns="*",
            commit_message="Publish the demo",
        )
    return str(address)


@sentences()
def main(
    repo_id: Annotated[str, typer.Argument(help="OWNER/NAME of the Space.")],
    folder: Annotated[Path | None, typer.Option(help="Only stage the Space into this folder; push nothing.")] = None,
    private: Annotated[bool, typer.Option("--private", help="Make a new Space private.")] = False,
    hardware: Annotated[str, typer.Option(help="What it is to run on: a new one is on zero-a10g, else as it is.")] = "",
) -> None:
    """Put the demo on a Space."""
    try:
        if folder is not None:
            stage(folder, repo_id)
            typer.echo(f"{folder} holds what {repo_id} would.")
        else:
            typer.echo(publish_space(repo_id, private or None, hardware or None))
    except MvaeError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error


if __name__ == "__main__":
    start(main)
