"""The service that lends GPUs on Hugging Face, on loopback: what the `spaces` package asks of it, and in what order."""

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Lender:
    """What it was asked, each request a path and its parameters; it lends to everybody, and always the same GPU."""

    address: str = ""
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    is_warm: bool = False  # whether the worker of the call before may go on with its GPU

    def asked(self, path: str) -> list[dict[str, str]]:
        """The parameters of each request for `path`."""
        return [parameters for asked, parameters in self.requests if asked == path]


class Request(BaseHTTPRequestHandler):
    """One request."""

    lender: Lender

    def do_POST(self) -> None:  # noqa: N802
        address = urlsplit(self.path)
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.lender.requests.append((address.path, dict(parse_qsl(address.query))))
        gpu = {"idle": self.lender.is_warm, "nvidiaIndex": 0, "nvidiaUUID": "GPU-0", "allowToken": "loopback"}
        data = json.dumps(gpu if address.path == "/schedule" else {}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def lending() -> Iterator[Lender]:
    """Run a lender on a free port; `SPACES_ZERO_DEVICE_API_URL` is its `address`."""
    lender = Lender()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Request,), {"lender": lender}))
    lender.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield lender
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
