"""Magenta's own trained melodies; needs `../shared/magenta`, which users lack.

The decoder is Magenta's, the encoder's kernels are random: they were not to be had.
"""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from mvae import CheckpointError, MusicVAE
from training.magenta.porting import port

FOLDER = Path(__file__).parents[2] / "shared" / "magenta" / "mel_2bar_small"
pytestmark = pytest.mark.skipif(
    not FOLDER.exists(), reason="Magenta's model in ../shared/magenta is not on this machine"
)


@pytest.fixture(scope="module")
def wanted() -> dict[str, Tensor]:
    with np.load(FOLDER / "golden.npz") as arrays:
        return {name: torch.from_numpy(arrays[name]) for name in arrays.files}


@pytest.fixture(scope="module")
def model() -> MusicVAE:
    return port(FOLDER / "tfjs_random_encoder").model


def test_it_decodes_what_magenta_decodes(model: MusicVAE, wanted: dict[str, Tensor]):
    found = model.decoder.generate(wanted["z"], None, None)
    assert torch.equal(found[..., 0], wanted["greedy_tokens"].long())


@torch.no_grad()
def test_it_gives_magenta_s_numbers(model: MusicVAE, wanted: dict[str, Tensor]):
    tokens = wanted["greedy_tokens"].long().unsqueeze(-1)
    (logits,) = model.decoder(wanted["z"], tokens)
    torch.testing.assert_close(logits, wanted["logits_teacher_forced_on_greedy"], rtol=0, atol=1e-4)
    torch.testing.assert_close(model.decoder.nats((logits,), tokens), wanted["r_loss"], rtol=0, atol=1e-4)


def test_its_tunes_are_magenta_s(model: MusicVAE, wanted: dict[str, Tensor]):
    for number in range(3):
        (tune,) = model.decode(wanted["z"][number])
        theirs = model.converter.to_tokens(FOLDER / f"greedy_{number}.mid")[0]
        assert torch.equal(model.converter.to_tokens(tune)[0], theirs)


def test_what_is_missing_is_named():
    with pytest.raises(CheckpointError, match="has no file 'encoder_cell_0_bidirectional_rnn_bw_multi_rnn_cell"):
        port(FOLDER / "deeplearnjs")
