"""What the Hub's client raises, as one sentence each: in the Hub's own words, where it answered with any."""

from collections.abc import Iterator
from contextlib import contextmanager

from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    LocalTokenNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from .config import CONFIG
from .errors import CheckpointError
from .weights import WEIGHTS

ADVISED = 401, 403, 408, 429  # of the Hub's refusals: whoever meets these can log in, or wait


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
        if isinstance(error, OSError) and _is_of_the_disk(error):
            raise CheckpointError(
                f"{repo_id} cannot be kept on this disk ({error.filename or 'the cache'}: {error.strerror}); make"
                " room, or give another folder with cache_dir= or HF_HOME."
            ) from error
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


def _is_of_the_disk(error: OSError) -> bool:
    """Whether a file or a folder is to blame, not the network."""
    network = HfHubHTTPError, ConnectionError, TimeoutError
    return (error.errno or 0) > 0 and not isinstance(error, network)
