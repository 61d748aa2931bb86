"""Tiny models, a Hub on loopback that every test's client talks to, and a watch over the global random generators."""

import dataclasses
import os
import pickle
import random
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import numpy as np
import pytest
import torch
from accelerate.state import AcceleratorState, PartialState
from torch import nn

from tests import loopback

with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    PORT = probe.getsockname()[1]
os.environ |= {  # read when huggingface_hub is imported, so that no test ever asks huggingface.co
    "HF_ENDPOINT": f"http://127.0.0.1:{PORT}",
    "HF_HOME": tempfile.mkdtemp(prefix="mvae-hub-"),
    "HF_TOKEN": loopback.TOKEN,
    "HF_HUB_DISABLE_XET": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
}

from mvae import Config, MusicVAE  # noqa: E402

pytest_plugins = ["tests.browsing"]
PLAIN = Config(kind="melody", bars=2, z_size=8, enc_rnn_size=(12,), dec_rnn_size=(16,))
SHAPES: dict[str, dict[str, object]] = {
    "plain": {},
    "deep": {"enc_rnn_size": (12, 10), "dec_rnn_size": (16, 14)},
    "readout": {"readout_size": 3, "plan_size": 6, "hidden_size": 9},
    "prior": {"bars": 1, "dec_rnn_size": (16, 14), "plan_size": 6, "hidden_size": 9, "prior_size": 10},
}
DENSE = {"readout_size": 3, "plan_size": 6, "hidden_size": 9}
LARGE: dict[str, dict[str, object]] = {
    "conducted": {"bars": 4, "encoder": "hierarchical", "conductor_rnn_size": (14,), "embedding_size": 10, **DENSE},
    "carried": {"bars": 4, "conductor_rnn_size": (16, 14), "dec_rnn_size": (16, 14), "bar_crossing": "carried"},
    "trio": {
        "kind": "trio",
        "bars": 4,
        "encoder": "hierarchical",
        "decoder": "parts",
        "conductor_rnn_size": (14,),
        "encoder_view": "roll",
        "decoder_view": "roll",
        **DENSE,
    },
    "apart": {
        "kind": "trio",
        "bars": 4,
        "encoder": "hierarchical",
        "decoder": "parts",
        "conductor_rnn_size": (14,),
        "embedding_size": 9,
        "encoder_view": "roll",
        "decoder_view": "roll",
        "parts_read": "apart",
        "shortcut": "linear",
        **DENSE,
    },
    "band": {"kind": "multitrack", "bars": 1, "encoder": "hierarchical", "conductor_rnn_size": (14,)},
}
Tiny = Callable[..., MusicVAE]


def pytest_unconfigure() -> None:
    shutil.rmtree(os.environ["HF_HOME"], ignore_errors=True)


def pytest_configure() -> None:
    torch.set_num_threads(1)
    hypothesis.settings.register_profile("mvae", max_examples=30, deadline=None, derandomize=True)
    hypothesis.settings.load_profile("mvae")


@pytest.fixture(scope="session")
def tiny() -> Tiny:
    """Builds a tiny model: `tiny("deep", bars=1)`. Its weights are large, so that every step is another choice."""

    def build(shape: str = "plain", seed: int = 2, **changes: object) -> MusicVAE:
        values = {**SHAPES.get(shape, LARGE.get(shape, {})), **changes}
        with torch.random.fork_rng(), torch.no_grad():
            torch.manual_seed(seed)
            model = MusicVAE(dataclasses.replace(PLAIN, **values))  # pyright: ignore[reportArgumentType]
            for name, weight in model.named_parameters():
                weight.normal_(0, 1.5 if name.startswith("decoder") else 0.4)
            for name, bias in model.decoder.named_parameters():
                if name.endswith("output.bias") and "conductor" not in name:
                    bias[:2] += torch.tensor([4.5, 3.0])  # more silence than notes
        return model.eval()

    return build


@pytest.fixture(params=list(SHAPES))
def model(request: pytest.FixtureRequest, tiny: Tiny) -> MusicVAE:
    """A tiny model of each shape."""
    return tiny(request.param)


@pytest.fixture
def untouched() -> Iterator[None]:
    """Fails where the test changes a global random generator."""
    before = _global_states()
    yield
    changed = [name for name, state in _global_states().items() if state != before[name]]
    assert not changed, f"the global generator of {changed} was used"


def _global_states() -> dict[str, bytes]:
    return {
        "torch": torch.get_rng_state().numpy().tobytes(),
        "numpy": pickle.dumps(np.random.get_state()),
        "random": pickle.dumps(random.getstate()),
    }


@pytest.fixture(scope="session")
def flatten() -> Callable[[nn.Module], nn.Module]:
    """Lays the weights of each LSTM into one storage, as cuDNN does on a GPU."""

    def lay(module: nn.Module) -> nn.Module:
        for lstm in (part for part in module.modules() if isinstance(part, nn.LSTM)):
            weights = list(lstm.parameters())
            flat = torch.cat([weight.detach().flatten() for weight in weights])
            for weight, piece in zip(weights, flat.split([w.numel() for w in weights]), strict=True):
                weight.data = piece.view_as(weight)
        return module

    return lay


@pytest.fixture
def folder(tiny: Tiny, tmp_path: Path) -> Path:
    """A sound checkpoint."""
    tiny().save_pretrained(tmp_path / "tune-2bar")
    return tmp_path / "tune-2bar"


@pytest.fixture
def fresh_accelerate() -> None:
    """Accelerate keeps its state for the process; each test is a process of its own to it."""
    AcceleratorState._reset_state(True)
    PartialState._reset_state()


@pytest.fixture(scope="session")
def _server() -> Iterator[loopback.Hub]:
    with loopback.serving(PORT) as hub:
        yield hub


@pytest.fixture
def hub(_server: loopback.Hub) -> loopback.Hub:
    """An empty Hub on loopback, for this process and those that it starts."""
    _server.clear()
    return _server
