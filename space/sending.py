"""How what the page is made of is sent: made once, and compressed once, for all visitors.

Gradio makes its page anew for each of them, and sends it as it is; what the page asks for it compresses anew each time.
"""

import asyncio
import gzip
from collections import OrderedDict
from collections.abc import Callable

import anyio
import brotli
from gradio.route_utils import API_PREFIX, get_root_url
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .widget import PLACE, VERSION

PAGES = "/", "/config", f"{API_PREFIX}/info"  # which tell where the demo is found
FILES = "/theme.css", "/favicon.ico", "/manifest.json"
HASHED, FOLDERS = "/assets/", ("/static/", f"{API_PREFIX}/file={PLACE['path']}/")
HARMLESS = {"", "page=", "__theme=light", "__theme=dark", "__theme=system"}  # after the address of a page
LEAST, MOST = 500, 2 * 10**6  # bytes of what is compressed
KEPT = 32 * 10**6  # bytes
FOR_EVER = "public, max-age=31536000, immutable"
CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda body: brotli.compress(body, mode=brotli.MODE_TEXT, quality=9),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
}


class Sending:
    """Middleware that keeps what Gradio answers to those who ask for the page and its files, compressed.

    Whatever else is asked for goes through untouched, and everything where visitors have to log in.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.making = asyncio.Lock()  # so that of ten visitors at once one waits for Gradio, and nine for that one
        self.kept: OrderedDict[tuple[str, ...], Response] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_for_all(scope):
            return await self.app(scope, receive, send)
        coding = next((one for one in CODINGS if one in Headers(scope=scope).get("accept-encoding", "")), "")
        key = (*_what(scope), coding)
        if key not in self.kept:
            async with self.making:
                if key not in self.kept:
                    answer = await self._make(scope, receive, coding)
                    if answer.status_code != 200:
                        return await answer(scope, receive, send)
                    self._keep(key, answer)
        return await self.kept[key](scope, receive, send)

    def _keep(self, key: tuple[str, ...], answer: Response) -> None:
        self.kept[key] = answer
        while sum(len(one.body) for one in self.kept.values()) > KEPT and len(self.kept) > 1:
            self.kept.popitem(last=False)

    async def _make(self, scope: Scope, receive: Receive, coding: str) -> Response:
        """What Gradio answers, compressed."""
        start, parts = {}, []

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                parts.append(message.get("body", b""))

        await self.app({**scope, "method": "GET"}, receive, collect)
        body = b"".join(parts)
        headers = MutableHeaders(raw=list(start["headers"]))
        if coding and LEAST <= len(body) <= MOST:
            body = await anyio.to_thread.run_sync(CODINGS[coding], body)
            headers["content-encoding"] = coding
            headers.add_vary_header("Accept-Encoding")
        if scope["path"].startswith(HASHED) or scope["query_string"] == VERSION.encode():
            headers["cache-control"] = FOR_EVER
        headers["content-length"] = str(len(body))
        answer = Response(body, start["status"])
        answer.raw_headers = headers.raw
        return answer


def _is_for_all(scope: Scope) -> bool:
    """Whether what is asked for is the same for all visitors who ask for it where this one does."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or "range" in Headers(scope=scope):
        return False
    if scope["app"].auth is not None or scope["app"].auth_dependency is not None:
        return False
    path, query = scope["path"], scope["query_string"].decode("latin-1")
    if path in PAGES:
        return query in HARMLESS and (path == "/" or scope["method"] == "GET")
    is_file = path in FILES or path.startswith((HASHED, *FOLDERS))
    return is_file and query in ("", VERSION) and scope["method"] == "GET"


def _what(scope: Scope) -> tuple[str, ...]:
    """What is asked for, and of which demo, found where."""
    path, query = scope["path"], scope["query_string"].decode("latin-1")
    if path not in PAGES:
        return path, query
    root = get_root_url(Request(scope), path, scope.get("root_path"))
    return path, query, root, str(scope["app"].get_blocks().app_id)
