"""Paths as people type them."""

import os
from pathlib import Path


def expanded(path: str | os.PathLike[str]) -> Path:
    """A path whose `~` or `~somebody` is the home folder it stands for, as a shell would have it."""
    try:
        return Path(path).expanduser()
    except RuntimeError:  # nobody is called that
        return Path(path)
