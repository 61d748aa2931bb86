"""The demo in a process of its own, as a visitor meets it."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).parent.parent
PATIENCE = 180  # seconds until the demo must answer


@contextmanager
def serve(
    folder: Path,
    python: str | Path = sys.executable,
    root: Path = ROOT,
    arguments: Sequence[str] = ("app.py",),
    **environment: str,
) -> Iterator[str]:
    """Run `app.py` on a free port, its temporary files in `folder`; gives its address, and stops it at the end."""
    port = free_port()
    own = {
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": str(folder / "gradio"),
        "BROWSER": "true",  # opens nothing
        "OMP_NUM_THREADS": "1",  # as in the tests, so that both decode alike to the last bit
    }
    with (folder / "log").open("w+") as log:
        command = [str(python), *arguments]
        process = subprocess.Popen(command, cwd=root, env={**os.environ, **own, **environment}, stdout=log, stderr=log)
        try:
            _wait(process, url := f"http://127.0.0.1:{port}/", folder / "log")
            yield url
        finally:
            process.terminate()
            process.wait()


@contextmanager
def loops_closed() -> Iterator[None]:
    """Closes the event loops that Gradio makes in passing, wherever a demo is built."""
    loops, make = [], asyncio.new_event_loop
    with mock.patch.object(asyncio, "new_event_loop", side_effect=lambda: loops.append(make()) or loops[-1]):
        yield
    for loop in loops:
        loop.close()


def fetch(url: str, body: bytes | None = None) -> str:
    """What an address answers, as text."""
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return answer.read().decode()


def call(demo: str, *values: object, endpoint: str = "sample") -> tuple[str, Any]:
    """The kind of the last event with which the endpoint answers, and its data; sends NaN as Python and JS write it."""
    url = f"{demo}gradio_api/call/{endpoint}"
    event = json.loads(fetch(url, json.dumps({"data": values}).encode()))["event_id"]
    *_, kind, data = fetch(f"{url}/{event}").strip().splitlines()
    return kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def upload(demo: str, content: bytes, name: str = "a.mid") -> dict[str, object]:
    """The value that stands for a file which a visitor uploads."""
    head = f'--x\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode()
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    request = urllib.request.Request(f"{demo}gradio_api/upload", head + content + b"\r\n--x--\r\n", kind)
    with urllib.request.urlopen(request) as answer:
        [path] = json.load(answer)
    return {"path": path, "orig_name": name, "meta": {"_type": "gradio.FileData"}}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}theme.css"):  # since Gradio gives itself 3 s to answer with the page
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"The demo does not answer:\n{log.read_text()}")
