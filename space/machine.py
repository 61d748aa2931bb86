"""Where the demo runs, and so who its visitors are."""

import os

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def is_own() -> bool:
    """Whether only whoever started the demo can reach it: not on a Space, not from other machines, not by a link."""
    shared = "SPACE_ID" in os.environ or os.environ.get("GRADIO_SHARE", "").lower() == "true"
    return not shared and os.environ.get("GRADIO_SERVER_NAME", LOOPBACK[0]) in LOOPBACK
