"""Checkpoints in and out: bundled, in a folder, or on the Hugging Face Hub; safetensors only, strictly checked.

A checkpoint folder holds `config.json`, `model.safetensors`, `README.md`, the card, and `attributes.safetensors` where
the model has attribute vectors. The class speaks `huggingface_hub.PyTorchModelHubMixin`; overridden is what it gets
wrong: silent loading of half a checkpoint, pickles, unknown keys dropped, weights that share storage, and a card on the
Hub overwritten by a stub.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import safetensors
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
    GatedRepoError,
    HFValidationError,
    LocalEntryNotFoundError,
    LocalTokenNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from safetensors.torch import save_file

from . import vectors
from .config import Config
from .errors import ArgumentError, CheckpointError
from .magenta import MAGENTA

if TYPE_CHECKING:
    from typing_extensions import Self

CONFIG, WEIGHTS, CARD = "config.json", "model.safetensors", "README.md"
CHECKPOINTS = Path(str(files("mvae") / "checkpoints"))
MAX_CONFIG = 2**16  # bytes
FLOATS = "F64", "F32", "F16", "BF16"
ADVISED = 401, 403, 408, 429  # of the Hub's refusals: whoever meets these can log in, or wait


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
        map_location: str | torch.device = "cpu",
    ) -> "Self":
        """Load a bundled checkpoint ("mel-2bar"), a folder, or a repository of the Hub ("owner/name"), ready for use.

        `map_location` is the device to put it on; the other arguments mean what they mean in `huggingface_hub`. Raises
        `CheckpointError` for what is missing, damaged, of a later format or of another library.
        """
        source = _name(name)
        folder = _folder(source) or _download(source, revision, token, cache_dir, local_files_only, force_download)
        config = read_config(folder / CONFIG, source)
        model: Any = cls
        with torch.device("meta"):  # shapes are compared before any memory is taken
            model = model(config)
        weights = _read_weights(folder / WEIGHTS, source, {k: v.shape for k, v in model.state_dict().items()})
        model.load_state_dict(weights, assign=True)
        model.attributes = vectors.load(folder, source, config.z_size)
        try:
            return model.to(map_location).eval()
        except (AssertionError, RuntimeError, TypeError) as error:  # no such device, or none here
            raise ArgumentError(f"map_location is {map_location!r}, which is no device here; try 'cpu'.") from error

    def _save_pretrained(self, save_directory: Path) -> None:
        """Write config and weights, also those of an LSTM on a GPU, which share one storage."""
        config, fresh = save_directory / CONFIG, save_directory / f"{WEIGHTS}.new"
        config.write_text(self.config.to_json(), encoding="utf-8")
        module: Any = self
        weights = {k: v.detach().cpu().contiguous() for k, v in module.state_dict().items()}
        save_file(weights, fresh, metadata={"format": "pt"})
        fresh.chmod(config.stat().st_mode)  # safetensors lets nobody but the owner read it
        fresh.replace(save_directory / WEIGHTS)  # a model that was loaded from the old file still maps it
        vectors.save(module.attributes, save_directory)

    def generate_model_card(self, *args: Any, **kwargs: Any) -> ModelCard:
        """The card of a checkpoint that nobody has written one for: what it is, and how to use it."""
        data = ModelCardData(library_name="mvae", license="apache-2.0", tags=["music", "midi", "musicvae"])
        return ModelCard(_CARD.format(data=data.to_yaml(), kind=self.config.kind, bars=self.config.bars))

    def push_to_hub(self, repo_id: str, **kwargs: Any) -> str:
        """Save and upload to `repo_id` ("owner/name"); returns the address of the commit.

        The arguments are those of `PyTorchModelHubMixin.push_to_hub`: `private`, `commit_message`, `branch`,
        `create_pr`, `token`. A card that the repository has already is kept.
        """
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
    if os.path.isfile(name):
        raise CheckpointError(f"{os.fspath(name)} is a file; a checkpoint is the folder of {CONFIG} and {WEIGHTS}.")
    return str(name)


def _folder(source: str) -> Path | None:
    """The folder of a checkpoint that is bundled or on this disk."""
    return bundled().get(source) or (Path(source) if os.path.isdir(source) else None)


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
            cache_dir=cache_dir,
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
            if try_to_load_from_cache(repo_id, vectors.FILE, cache_dir, revision) is not _CACHED_NO_EXIST:
                raise
        except EntryNotFoundError:
            pass  # a model without attributes
    return Path(config).parent


@contextmanager
def in_sentences(repo_id: str, revision: str | None = None) -> Iterator[None]:
    """Turn what the Hub's client raises into one sentence each."""
    try:
        yield
    except GatedRepoError:
        raise CheckpointError(
            f"{repo_id} is gated: ask for access on its page, and log in with hf auth login."
        ) from None
    except RepositoryNotFoundError:
        raise CheckpointError(
            f"{repo_id} is no folder, and no repository on the Hub, or a private one: check the name,"
            " or log in with hf auth login."
        ) from None
    except RevisionNotFoundError:
        raise CheckpointError(f"{repo_id} has no revision {revision!r}; name a branch, a tag or a commit.") from None
    except LocalEntryNotFoundError:
        raise CheckpointError(
            f"{repo_id} is not in the cache and the Hub cannot be reached; connect to the network once to fetch it."
        ) from None
    except EntryNotFoundError:
        raise CheckpointError(
            f"{repo_id} has no {CONFIG} or no {WEIGHTS}; it is no checkpoint of mvae, which reads safetensors only."
        ) from None
    except HFValidationError:
        raise CheckpointError(f"{repo_id!r} is no name of a repository; owner/name is accepted.") from None
    except (CheckpointError, TypeError):
        raise
    except Exception as error:  # the client's, those of the HTTP library below it, the disk's
        raise CheckpointError(_said(error, repo_id)) from error


def _said(error: Exception, repo_id: str) -> str:
    """A sentence for an error that has none here: in the Hub's own words, where it answered with any."""
    status = getattr(getattr(error, "response", None), "status_code", 0)
    reason = next(iter(str(error).splitlines()), type(error).__name__)
    advice = "try again later"
    if status in (401, 403) or isinstance(error, LocalTokenNotFoundError):
        advice = "log in with hf auth login"
    words = " ".join((getattr(error, "server_message", None) or "").split())
    if not 400 <= status < 500:
        return f"The Hub did not answer for {repo_id} ({reason}); {advice}."
    answer = f"The Hub answered {status} for {repo_id}: {(words or reason).rstrip('.')}"
    return f"{answer}; {advice}." if status in ADVISED else f"{answer}."


def read_config(path: Path, source: str) -> Config:
    """The config of the checkpoint `source`, which lies at `path`; raises `CheckpointError`."""
    try:
        with path.open("rb") as file:
            text = file.read(MAX_CONFIG + 1)
        if len(text) > MAX_CONFIG:
            raise ValueError(f"it is larger than {MAX_CONFIG // 1024} KiB")
        return Config.from_dict(json.loads(text))
    except FileNotFoundError:
        raise CheckpointError(f"{source} has no {CONFIG}; a checkpoint folder holds {CONFIG} and {WEIGHTS}.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"The {CONFIG} of {source} is damaged ({error}); fetch the checkpoint again.") from error
    except CheckpointError as error:
        raise CheckpointError(f"The {CONFIG} of {source} cannot be used: {error}") from None


def _read_weights(path: Path, source: str, shapes: dict[str, torch.Size]) -> dict[str, torch.Tensor]:
    """The weights in float32, once their names and shapes are those of the config; nothing else is read."""
    try:
        with safetensors.safe_open(path, framework="pt") as weights:
            slices = {name: weights.get_slice(name) for name in weights.keys()}  # noqa: SIM118
            found = {name: tuple(piece.get_shape()) for name, piece in slices.items()}
            _compare(found, {name: tuple(shape) for name, shape in shapes.items()}, source)
            for name, piece in slices.items():
                if piece.get_dtype() not in FLOATS:
                    raise ValueError(f"{name} is of {piece.get_dtype()}, and weights are of {', '.join(FLOATS)}")
            tensors = {name: weights.get_tensor(name).float() for name in found}
    except FileNotFoundError:
        raise CheckpointError(f"{source} has no {WEIGHTS}; only safetensors are read, no pickles.") from None
    except (OSError, ValueError, safetensors.SafetensorError) as error:
        raise CheckpointError(f"The {WEIGHTS} of {source} is damaged ({error}); fetch it again.") from error
    broken = [name for name, tensor in tensors.items() if not torch.isfinite(tensor).all()]
    if broken:
        raise CheckpointError(f"The weight {broken[0]} of {source} holds NaN or infinity; the checkpoint is damaged.")
    return tensors


def _compare(found: dict[str, tuple[int, ...]], wanted: dict[str, tuple[int, ...]], source: str) -> None:
    for name in sorted(wanted.keys() | found.keys()):
        if found.get(name) != wanted.get(name):
            has, needs = found.get(name, "missing"), wanted.get(name, "nothing of that name")
            raise CheckpointError(f"The weight {name} of {source} is {has}; its {CONFIG} asks for {needs}.")
