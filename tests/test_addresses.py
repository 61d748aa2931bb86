"""Addresses that clients send: those of files of ours become paths, and nobody else's does."""

import pytest

pytest.importorskip("gradio", reason="gradio is not installed: pip install '.[app]'")

from space.addresses import hosts, is_elsewhere, paths_in  # noqa: E402

OURS = hosts("http://127.0.0.1:7860/", "https://Us-Demo.hf.space", None)
FILE = "/gradio_api/file=/tmp/gradio/pieces-x/a%20b.mid"
PATH = "/tmp/gradio/pieces-x/a b.mid"


@pytest.mark.parametrize(
    "address",
    [
        f"http://127.0.0.1:7860{FILE}",
        f"http://localhost:7860{FILE}",
        f"https://us-demo.hf.space{FILE}",
        f"http://us-demo.hf.space/under/a/root{FILE}",
        f"https://us-demo.hf.space{FILE}?download=1#t=3",
    ],
)
def test_ours_becomes_a_path_wherever_it_is_sent(address):
    for sent, expected in [
        (address, PATH),
        ({"path": address, "url": address}, {"path": PATH, "url": PATH}),
        ({"url": address, "orig_name": "a.mid"}, {"url": address, "orig_name": "a.mid", "path": PATH}),
        ({"path": None, "url": address}, {"path": PATH, "url": address}),
        ([["Rock", None, {"loops": [address]}]], [["Rock", None, {"loops": [PATH]}]]),
    ]:
        assert paths_in(sent, OURS) == expected
        assert not is_elsewhere(paths_in(sent, OURS))


@pytest.mark.parametrize(
    "address",
    [
        f"http://127.0.0.1:7861{FILE}",
        f"http://us-demo.hf.space.evil.example{FILE}",
        f"http://us-demo.hf.space@evil.example{FILE}",
        f"http://evil.example/?us-demo.hf.space{FILE}",
        "https://us-demo.hf.space/gradio_api/info",
        "https://us-demo.hf.space/gradio_api/file=",
        "http://[::1",
    ],
)
def test_nobody_elses_does(address):
    for sent in (address, {"path": address}, {"url": address}, [{"a": {"path": address}}]):
        assert paths_in(sent, OURS) == sent
    assert is_elsewhere({"path": address})


@pytest.mark.parametrize("value", ["mel-2bar", "/tmp/a.mid", "ftp://127.0.0.1:7860/a", 3, None, True, {"path": 3}, []])
def test_all_else_stays_as_it_is(value):
    assert paths_in(value, OURS) == value
    assert not is_elsewhere(value)
