"""The checkpoints that the demo plays with: the bundled ones, each read once, and the last few that visitors named."""

import os
import re
import reprlib
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePath
from typing import Any

from huggingface_hub import get_hf_file_metadata, hf_hub_url
from torch import Tensor

from mvae import CheckpointError, Config, MusicVAE, MvaeError
from mvae.hub import WEIGHTS, bundled
from mvae.refusals import in_sentences

from . import gpu, machine

SECONDS = 10  # of a lent GPU: sixteen pieces of sixteen bars take half of it
LARGEST = 200  # MB of weights that are fetched for a visitor
VISITORS = 3  # checkpoints of visitors that are kept
REPOSITORY = re.compile(r"\w[\w.-]{0,95}/\w[\w.-]{0,95}", re.ASCII)

_lock, _visiting = threading.Lock(), threading.Lock()
_loaded: dict[str, MusicVAE] = {}
_visitors: OrderedDict[str, MusicVAE] = OrderedDict()


def choices(*kinds: str, bars: int | None = None) -> list[tuple[str, str]]:
    """What to call each bundled checkpoint that makes one of `kinds` of music, or any, of `bars` bars, and its name."""
    configs = {name: load(name).config for name in bundled()}
    return [
        (f"{name} – {describe(config)}", name)
        for name, config in configs.items()
        if (not kinds or config.kind in kinds) and bars in (None, config.bars)
    ]


def short(name: object) -> str:
    """The name of a checkpoint without its owner, or its folder."""
    return PurePath(str(name)).name


def describe(config: Config) -> str:
    """What a model makes, in a few words."""
    return f"{config.kind}, {config.bars} {'bar' if config.bars == 1 else 'bars'}"


def load(name: object) -> MusicVAE:
    """The checkpoint `name`, from memory after the first time: a bundled one, or a visitor's, "owner/name".

    Raises `CheckpointError` for any other name, and for what `visit` refuses.
    """
    folders = bundled()
    if not isinstance(name, str) or name not in folders:
        return visit(name)
    if name in _loaded:  # without the lock, which a worker may have been forked with
        return _loaded[name]
    with _lock:
        if name not in _loaded:
            model = MusicVAE.from_pretrained(folders[name])
            _loaded[name] = model.to(gpu.device(is_heavy(model.config)))
        return _loaded[name]


def of_kind(name: object, *kinds: str) -> MusicVAE:
    """The checkpoint `name`, which must make one of `kinds` of music; else `CheckpointError` says what it makes."""
    model = load(name)
    if model.config.kind not in kinds:
        accepted = " or ".join(kinds)
        raise CheckpointError(f"{short(name)} makes {model.config.kind}; a model of {accepted} is needed here.")
    return model


def is_heavy(config: Config) -> bool:
    """Whether a bundled model takes so long on a CPU that a lent GPU is worth asking for."""
    return config.bars > 2


def play(name: object, verb: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What a verb of the checkpoint `name` answers, or a function of it, computed where it belongs; codes on the CPU.

    Whatever needs weights goes through here: see `gpu`. A function is one of a module, for it may run in a worker.
    """
    model = load(name)
    is_lent = gpu.ZERO and name in bundled() and is_heavy(model.config)  # those of visitors stay on the CPU
    answer = (_play_on_gpu if is_lent else _play)(name, verb, args, kwargs)
    if isinstance(answer, MvaeError):
        raise answer
    return answer


def _play(name: object, verb: str | Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The answer or, since `spaces` passes on no sentence but only the name of its class, the error."""
    model = load(name)
    try:
        answer = (getattr(model, verb) if isinstance(verb, str) else partial(verb, model))(*args, **kwargs)
    except MvaeError as error:
        return error
    return answer.cpu() if isinstance(answer, Tensor) else answer


_play_on_gpu = gpu.lent(SECONDS)(_play)


def visit(name: object, anew: bool = False) -> MusicVAE:
    """A checkpoint that a visitor names: a public one of the Hub, fetched with nobody's token, on the CPU.

    On the visitor's own machine it may be a folder, which is read once more if that is to be done `anew`. Raises
    `CheckpointError` for what is neither, or not there, or damaged, or more than `LARGEST`.
    """
    folder = own_folder(name)
    if not isinstance(name, str) or (folder is None and not is_repository(name)):
        ours, folders = ", ".join(bundled()), ", or a folder" if machine.is_own() else ""
        raise CheckpointError(
            f"There is no model {reprlib.repr(name)}; there is {ours}, or owner/name on the Hub{folders}."
        )
    with _visiting:
        if name not in _visitors or (folder and anew):
            _visitors[name] = MusicVAE.from_pretrained(folder) if folder else _fetch(name)
        _visitors.move_to_end(name)
        while len(_visitors) > VISITORS:
            _visitors.popitem(last=False)
        return _visitors[name]


def own_folder(name: object) -> Path | None:
    """The folder that `name` is, for a visitor whose own machine this is."""
    path = os.path.expanduser(name) if isinstance(name, str) and machine.is_own() else ""
    return Path(path) if path and os.path.isdir(path) else None


def is_repository(name: str) -> bool:
    """Whether `name` could be that of a repository of the Hub, and is not of a file here."""
    return bool(REPOSITORY.fullmatch(name)) and not Path(name).exists()


def _fetch(repo_id: str) -> MusicVAE:
    """Download a checkpoint, and keep nothing of it on the disk."""
    with in_sentences(repo_id):
        size = get_hf_file_metadata(hf_hub_url(repo_id, WEIGHTS), token=False).size or 0
    if size > LARGEST * 10**6:
        raise CheckpointError(f"The weights of {repo_id} are {size / 1e6:.0f} MB; up to {LARGEST} MB are fetched here.")
    with tempfile.TemporaryDirectory() as cache:
        return MusicVAE.from_pretrained(repo_id, token=False, cache_dir=cache)
