"""Model cards as a page may show them: no HTML of theirs, no picture that would be fetched from somewhere."""

import re
import tempfile
from pathlib import Path

from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url
from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from mvae.hub import CARD, bundled
from mvae.refusals import in_sentences

from .models import own_folder

LARGEST = 500_000  # bytes of a card that are shown
FRONT_MATTER = re.compile(r"\A---\r?\n.*?^---\r?$", re.DOTALL | re.MULTILINE)


def read(name: str) -> str:
    """The card of a checkpoint that the demo has loaded, in Markdown, or nothing; `CheckpointError` if it fails."""
    folder = bundled().get(name) or own_folder(name)
    data = _local(folder) if folder else _fetched(name)
    return FRONT_MATTER.sub("", data.decode("utf-8", errors="replace"), count=1).strip()


def to_html(markdown: str) -> str:
    """A card as HTML in which nothing but text, tables and links has come from it."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.add_render_rule("image", _in_words)
    reader.add_render_rule("link_open", _in_a_tab_of_its_own)
    return reader.render(markdown)


def _local(folder: Path) -> bytes:
    path = folder / CARD
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        return file.read(LARGEST)


def _fetched(repo_id: str) -> bytes:
    with in_sentences(repo_id):
        try:
            if (get_hf_file_metadata(hf_hub_url(repo_id, CARD), token=False).size or 0) > LARGEST:
                return b"The card is too long to be shown here."
            with tempfile.TemporaryDirectory() as cache:
                return Path(hf_hub_download(repo_id, CARD, token=False, cache_dir=cache)).read_bytes()
        except LocalEntryNotFoundError:
            raise
        except EntryNotFoundError:
            return b""


def _in_words(self: RendererHTML, tokens: list[Token], index: int, options: object, env: object) -> str:
    """What a picture shows, in place of the picture."""
    words = tokens[index].content
    return f"<em>{escapeHtml(words)}</em>" if words else ""


def _in_a_tab_of_its_own(self: RendererHTML, tokens: list[Token], index: int, options: object, env: object) -> str:
    tokens[index].attrSet("target", "_blank")
    tokens[index].attrSet("rel", "noopener noreferrer nofollow")
    return self.renderToken(tokens, index, options, env)  # pyright: ignore[reportArgumentType]
