"""Addresses of files that this demo has handed out, which clients send back in place of the files.

Nothing is fetched, from nowhere: what names a file of ours is turned into its path, and that is looked at as any path
that is sent, with the same checks. What is left over names somebody else's, and is refused.
"""

from collections.abc import Collection
from typing import Any
from urllib.parse import unquote, urlsplit

from gradio_client.utils import is_http_url_like

ROUTE = "/gradio_api/file="
LOOPBACK = "127.0.0.1", "localhost", "[::1]", "0.0.0.0"


def hosts(*addresses: str | None) -> set[str]:
    """The hosts, each with its port, at which a server is reached that bears these addresses."""
    found = {urlsplit(address).netloc.lower() for address in addresses if address}
    for host in frozenset(found):
        name, _, port = host.rpartition(":")
        if name in LOOPBACK:
            found |= {f"{alias}:{port}" for alias in LOOPBACK}
    return found


def paths_in(value: Any, ours: Collection[str]) -> Any:
    """The same value with paths in place of the addresses of files at `ours`, the hosts of this server."""
    if isinstance(value, str):
        return _path(value, ours) or value
    if isinstance(value, list):
        return [paths_in(one, ours) for one in value]
    if not isinstance(value, dict):
        return value
    if isinstance(url := value.get("url"), str) and not value.get("path") and (path := _path(url, ours)):
        return {**value, "path": path}
    return {key: paths_in(one, ours) for key, one in value.items()}


def is_elsewhere(value: Any) -> bool:
    """Whether a file that Gradio would fetch from another host is in a value."""
    if isinstance(value, dict):
        return is_http_url_like(value.get("path")) or any(map(is_elsewhere, value.values()))
    return isinstance(value, list) and any(map(is_elsewhere, value))


def _path(address: str, ours: Collection[str]) -> str | None:
    """The path of a file of ours that an address names."""
    if not is_http_url_like(address):
        return None
    try:
        parts = urlsplit(address)
    except ValueError:  # of brackets that make no host
        return None
    path = unquote(parts.path.partition(ROUTE)[2])
    return path if path and parts.netloc.lower() in ours else None
