"""Checkpoints in and out: bundled, in a folder, or on the Hugging Face Hub; safetensors only, strictly checked.

A checkpoint folder holds `config.json`, `model.safetensors`, `README.md`, the card, and `attributes.safetensors` where
the model has attribute vectors. The class speaks `huggingface_hub.PyTorchModelHubMixin`; overridden is what it gets
wrong: silent loading of half a checkpoint, pickles, unknown keys dropped, weights that share storage, and a card on the
Hub overwritten by a stub.
"""

import os
import tempfile
from importlib.resources import files
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from huggingface_hub import (
    _CACHED_NO_EXIST,
    HfApi,
    ModelCard,
    ModelCardData,
    PyTorchModelHubMixin,
    hf_hub_download,
    try_to_load_from_cache,
)
from huggingface_hub.errors import (
    EntryNotFoundError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from . import vectors, weights
from .arguments import check_keywords, either
from .config import CONFIG, Config, read_config
from .errors import ArgumentError, CheckpointError
from .magenta import MAGENTA
from .paths import expanded
from .refusals import in_sentences
from .weights import WEIGHTS

if TYPE_CHECKING:
    from typing_extensions import Self

CARD = "README.md"
CHECKPOINTS = Path(str(files("mvae") / "checkpoints"))
PUSHED = tuple(one for one in signature(PyTorchModelHubMixin.push_to_hub).parameters if one not in ("self", "repo_id"))


def bundled() -> dict[str, Path]:
    """The names and folders of the checkpoints that come with the package."""
    return {path.parent.name: path.parent for path in sorted(CHECKPOINTS.glob(f"*/{CONFIG}"))}


class HubMixin(PyTorchModelHubMixin, library_name="mvae", license="apache-2.0", tags=["music", "midi", "musicvae"]):
    """`from_pretrained`, `save_pretrained` and `push_to_hub` of a model with a `Config`."""

    config: Config

    @classmethod
    def from_config(cls, config: Config | str) -> "Self":
        """A fresh model of a config, or of the one that Magenta calls by a name such as "hierdec-trio_16bar"."""
        if isinstance(config, str) and config not in MAGENTA:
            raise ArgumentError(f"Magenta has no config {config!r}; it has {', '.join(MAGENTA)}.")
        model: Any = cls
        return model(MAGENTA[config] if isinstance(config, str) else config)

    @classmethod
    def from_pretrained(
        cls,
        name: str | os.PathLike[str],
        *,
        revision: str | None = None,
        token: str | bool | None = None,
        cache_dir: str | Path | None = None,
        local_files_only: bool = False,
        force_download: bool = False,
        map_location: str | torch.device | None = None,
        dtype: str | torch.dtype | None = None,
        device: str | torch.device | None = None,
        torch_dtype: str | torch.dtype | None = None,
    ) -> "Self":
        """Load a folder, a bundled checkpoint ("mel-2bar") or a repository of the Hub ("owner/name"), ready for use.

        A folder with a config comes before a bundled checkpoint of the same name. The weights come in `dtype`: float32
        where it isn't given, as they were saved where it is "auto", or one such as torch.bfloat16 or "bfloat16"; they
        come to `device`, the CPU where it isn't given, whatever torch's defaults are. `torch_dtype` and `map_location`
        are other names for the two. All else means what it means in `huggingface_hub`. Raises `CheckpointError` for
        what is missing, damaged, of a later format or of another library, and `ArgumentError`.
        """
        source, place = _name(name), either("device", device, "map_location", map_location)
        kind = weights.dtype_of(either("dtype", dtype, "torch_dtype", torch_dtype))
        folder = folder_of(source) or _download(source, revision, token, cache_dir, local_files_only, force_download)
        config = read_config(folder / CONFIG, source)
        model: Any = cls
        with torch.device("meta"):  # shapes are compared before any memory is taken
            model = model(config)
        shapes = {name: weight.shape for name, weight in model.state_dict().items()}
        model.load_state_dict(weights.read(folder / WEIGHTS, source, shapes, kind), assign=True)
        model.attributes = vectors.load(folder, source, config.z_size)
        try:
            return model.to("cpu" if place is None else place).eval()
        except (AssertionError, RuntimeError, TypeError) as error:  # no such device, or none here
            raise ArgumentError(f"device is {place!r}, which is no device here; try 'cpu'.") from error

    def save_pretrained(
        self,
        save_directory: str | os.PathLike[str],
        *,
        repo_id: str | None = None,
        push_to_hub: bool = False,
        model_card_kwargs: dict[str, Any] | None = None,
        **push_to_hub_kwargs: Any,
    ) -> str | None:
        """Write the checkpoint into a folder, which is made if need be; a card that lies there is kept.

        The weights are written in the dtype that they have. What fails half-way leaves an earlier checkpoint as it was.
        With `push_to_hub` the model is also uploaded to `repo_id`, or where that isn't given to a repository that is
        called as the folder is, with the other arguments of `push_to_hub`; returns the address of the commit then.
        """
        check_keywords(self.save_pretrained, push_to_hub_kwargs, PUSHED)
        folder = expanded(save_directory)
        folder.mkdir(parents=True, exist_ok=True)
        self._save_pretrained(folder)
        if not (folder / CARD).exists():
            self.generate_model_card(**(model_card_kwargs or {})).save(folder / CARD)
        if not push_to_hub:
            return None
        return self.push_to_hub(
            repo_id or folder.resolve().name, model_card_kwargs=model_card_kwargs, **push_to_hub_kwargs
        )

    def _save_pretrained(self, save_directory: Path) -> None:
        """Write everything beside what is there, and put it in its place in the end."""
        module: Any = self
        with tempfile.TemporaryDirectory(prefix=".saving-", dir=save_directory) as name:
            config = Path(name, CONFIG)
            config.write_text(self.config.to_json(), encoding="utf-8")
            weights.write(module.state_dict(), Path(name, WEIGHTS), config.stat().st_mode)
            if module.attributes:
                vectors.write(module.attributes, Path(name)).replace(save_directory / vectors.FILE)
            else:
                (save_directory / vectors.FILE).unlink(missing_ok=True)
            for part in (WEIGHTS, CONFIG):
                Path(name, part).replace(save_directory / part)

    def generate_model_card(self, *args: Any, **kwargs: Any) -> ModelCard:
        """The card of a checkpoint that nobody has written one for: what it is, and how to use it."""
        data = ModelCardData(library_name="mvae", license="apache-2.0", tags=["music", "midi", "musicvae"])
        return ModelCard(_CARD.format(data=data.to_yaml(), kind=self.config.kind, bars=self.config.bars))

    def push_to_hub(self, repo_id: str, **kwargs: Any) -> str:
        """Save and upload to `repo_id` ("owner/name"); returns the address of the commit.

        The arguments are those of `PyTorchModelHubMixin.push_to_hub`: `private`, `commit_message`, `branch`,
        `create_pr`, `token`. A card that the repository has already is kept.
        """
        check_keywords(self.push_to_hub, kwargs, PUSHED)
        branch = kwargs.get("branch")
        with in_sentences(repo_id, branch):
            if has_card(repo_id, kwargs.get("token"), branch):
                ignored = kwargs.get("ignore_patterns") or []
                kwargs["ignore_patterns"] = [CARD, *([ignored] if isinstance(ignored, str) else ignored)]
            return super().push_to_hub(repo_id, **kwargs)


_CARD = """---
{data}
---

# A MusicVAE of {kind} loops, {bars} bars long

```python
from mvae import MusicVAE

model = MusicVAE.from_pretrained("path/or/repository")
tunes = model.sample(n=4, temperature=0.5, seed=7)
```
"""


def _name(name: Any) -> str:
    """What `from_pretrained` was given, as text."""
    if not isinstance(name, str | os.PathLike) or not os.fspath(name):
        raise CheckpointError(f"The checkpoint is {name!r}; a bundled name, a folder or owner/name is needed.")
    return str(name)


def folder_of(name: str) -> Path | None:
    """The folder of a checkpoint on this disk, or of a bundled one; None where `name` is neither.

    Raises `CheckpointError` where it is a file.
    """
    path = expanded(name)
    if not os.path.isfile(path / CONFIG) and name in bundled():
        return bundled()[name]
    if os.path.isfile(path):
        raise CheckpointError(f"{name} is a file; a checkpoint is the folder of {CONFIG} and {WEIGHTS}.")
    return path if os.path.isdir(path) else None


def has_card(repo_id: str, token: str | bool | None = None, revision: str | None = None) -> bool:
    """Whether a repository of the Hub is there, and has a card."""
    try:
        return HfApi(token=token).file_exists(repo_id, CARD, revision=revision)
    except (RepositoryNotFoundError, RevisionNotFoundError):
        return False


def _download(
    repo_id: str,
    revision: str | None,
    token: str | bool | None,
    cache_dir: str | Path | None,
    local_files_only: bool,
    force_download: bool,
) -> Path:
    """Fetch a repository's checkpoint into the cache; returns its folder."""

    def fetch(filename: str) -> str:
        return hf_hub_download(
            repo_id,
            filename,
            revision=revision,
            token=token,
            cache_dir=cache_dir and expanded(cache_dir),
            local_files_only=local_files_only,
            force_download=force_download,
        )

    if repo_id.count("/") != 1 or repo_id.startswith((".", "/", "~")):
        raise CheckpointError(
            f"There is no checkpoint {repo_id!r}: bundled are {', '.join(bundled()) or 'none'}; else give a folder that"
            " exists, or owner/name of a repository on the Hugging Face Hub."
        )
    with in_sentences(repo_id, revision):
        config, _ = fetch(CONFIG), fetch(WEIGHTS)
        try:
            fetch(vectors.FILE)
        except LocalEntryNotFoundError:  # nobody can be asked, but perhaps it is remembered that there is none
            if (
                try_to_load_from_cache(repo_id, vectors.FILE, cache_dir and expanded(cache_dir), revision)
                is not _CACHED_NO_EXIST
            ):
                raise
        except EntryNotFoundError:
            pass  # a model without attributes
    return Path(config).parent
