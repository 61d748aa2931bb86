"""The demo in a process of its own, as a visitor meets it."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
PATIENCE = 180  # seconds until the demo must answer


@contextmanager
def serve(folder: Path, python: str | Path = sys.executable, root: Path = ROOT, **environment: str) -> Iterator[str]:
    """Run `app.py` on a free port, its temporary files in `folder`; gives its address, and stops it at the end."""
    port = free_port()
    own = {
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": str(folder / "gradio"),
        "BROWSER": "true",  # opens nothing
        "OMP_NUM_THREADS": "1",  # as in the tests, so that both decode alike to the last bit
    }
    with (folder / "log").open("w+") as log:
        command = [str(python), "app.py"]
        process = subprocess.Popen(command, cwd=root, env={**os.environ, **own, **environment}, stdout=log, stderr=log)
        try:
            _wait(process, url := f"http://127.0.0.1:{port}/", folder / "log")
            yield url
        finally:
            process.terminate()
            process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"The demo does not answer:\n{log.read_text()}")
