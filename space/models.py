"""The checkpoints that the demo plays with: the bundled ones, each read once, and the last few that visitors named."""

import re
import reprlib
import tempfile
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

from huggingface_hub import get_hf_file_metadata, hf_hub_url
from torch import Tensor

from mvae import CheckpointError, Config, MusicVAE
from mvae.hub import WEIGHTS, bundled, in_sentences

from . import gpu

SECONDS = 10  # of a lent GPU: sixteen pieces of sixteen bars take half of it
LARGEST = 200  # MB of weights that are fetched for a visitor
VISITORS = 3  # checkpoints of visitors that are kept
REPOSITORY = re.compile(r"\w[\w.-]{0,95}/\w[\w.-]{0,95}", re.ASCII)

_lock, _visiting = threading.Lock(), threading.Lock()
_loaded: dict[str, MusicVAE] = {}
_visitors: OrderedDict[str, MusicVAE] = OrderedDict()


def choices() -> list[tuple[str, str]]:
    """What to call each bundled checkpoint, and its name."""
    return [(f"{name} – {describe(load(name).config)}", name) for name in bundled()]


def describe(config: Config) -> str:
    """What a model makes, in a few words."""
    return f"{config.kind}, {config.bars} {'bar' if config.bars == 1 else 'bars'}"


def load(name: object) -> MusicVAE:
    """The bundled checkpoint `name`, from memory after the first time; any other name is a `CheckpointError`."""
    folders = bundled()
    if not isinstance(name, str) or name not in folders:
        raise CheckpointError(f"There is no model {reprlib.repr(name)}; there is {', '.join(folders)}.")
    if name in _loaded:  # without the lock, which a worker may have been forked with
        return _loaded[name]
    with _lock:
        if name not in _loaded:
            model = MusicVAE.from_pretrained(folders[name])
            _loaded[name] = model.to(gpu.device(heavy=model.config.bars > 2))
        return _loaded[name]


def play(name: object, verb: str, *args: Any) -> Any:
    """What a verb of the bundled checkpoint `name` answers, computed where its weights lie; codes come to the CPU."""
    return (_play_on_gpu if load(name).device.type == "cuda" else _play)(name, verb, args)


def _play(name: object, verb: str, args: tuple[Any, ...]) -> Any:
    answer = getattr(load(name), verb)(*args)
    return answer.cpu() if isinstance(answer, Tensor) else answer


_play_on_gpu = gpu.lent(SECONDS)(_play)


def visit(repo_id: object) -> MusicVAE:
    """A public checkpoint of the Hub that a visitor names, fetched with nobody's token, on the CPU.

    Raises `CheckpointError` for what is no repository's name, or not there, or damaged, or more than `LARGEST`.
    """
    if not isinstance(repo_id, str) or not REPOSITORY.fullmatch(repo_id) or Path(repo_id).exists():
        raise CheckpointError(f"{reprlib.repr(repo_id)} is no repository; give owner/name of one on the Hub.")
    with _visiting:
        if repo_id not in _visitors:
            _visitors[repo_id] = _fetch(repo_id)
        _visitors.move_to_end(repo_id)
        while len(_visitors) > VISITORS:
            _visitors.popitem(last=False)
        return _visitors[repo_id]


def _fetch(repo_id: str) -> MusicVAE:
    """Download a checkpoint, and keep nothing of it on the disk."""
    with in_sentences(repo_id):
        size = get_hf_file_metadata(hf_hub_url(repo_id, WEIGHTS), token=False).size or 0
    if size > LARGEST * 10**6:
        raise CheckpointError(f"The weights of {repo_id} are {size / 1e6:.0f} MB; up to {LARGEST} MB are fetched here.")
    with tempfile.TemporaryDirectory() as cache:
        return MusicVAE.from_pretrained(repo_id, token=False, cache_dir=cache)
