"""Paths as published files word them: none of them tells where on whose disk something lay."""

import os
import re
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Annotated

import typer

from mvae.paths import expanded

from .windows import CorpusError

Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what an earlier call has written there.")]
# An absolute path in a text, but no address of the web, and no tag of HTML.
BEFORE, END = r"(?<![\w/:.<~-])(?:file://)?", r"""[^\s"'`()<>\[\]{}|,;:*?]"""
POSIX = re.compile(rf"{BEFORE}(/{END}+)")
WINDOWS = re.compile(rf"(?<!\w)(?:file:///)?([A-Za-z]:(?:\\\\?|/){END}+)")
HOMES = {"home", "Users", "root", "mnt", "media", "Volumes"}  # also where there is no such folder


def worded(path: str | os.PathLike[str]) -> str:
    """A path as seen from the folder that one works in, or its last part where it leads out of that.

    A bundled name and owner/name stay as they are.
    """
    given = expanded(path)
    if not given.is_absolute() and ".." not in given.parts:
        return given.as_posix()
    whole, here = given.resolve(), Path.cwd().resolve()
    return whole.relative_to(here).as_posix() if whole.is_relative_to(here) else whole.name


def without_places(text: str) -> str:
    """A text in which every absolute path is worded; what lies in the home folder is seen from there."""
    places = {str(one) for place in (Path.cwd(), Path.home()) for one in (place, place.resolve())}
    for folder in sorted((place for place in places if place != os.sep), key=len, reverse=True):
        for whole in (folder + os.sep, (folder + os.sep).replace("\\", "\\\\")):  # the latter is JSON's
            text = re.sub(BEFORE + re.escape(whole), "", text)
    text = WINDOWS.sub(lambda match: PureWindowsPath(match[1].replace("\\\\", "\\")).name, text)
    return POSIX.sub(_posix, text)


def _posix(match: re.Match[str]) -> str:
    path = PurePosixPath(match[1])
    is_path = len(path.parts) > 2 and (path.parts[1] in HOMES or os.path.isdir(f"/{path.parts[1]}"))
    return path.name if is_path else match[0]


def check_new(path: Path, overwrite: bool) -> None:
    """Refuse to write where an earlier call has written `path`, unless that is to be overwritten."""
    if path.exists() and not overwrite:
        raise CorpusError(f"{path} would be overwritten; give another folder, or --overwrite.")
