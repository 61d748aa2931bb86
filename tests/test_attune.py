"""Attuning: a decoder learns to play more and fewer notes where codes ask for them."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import Normal

from mvae import MusicVAE
from mvae.attributes import note_density
from tests.music import beat, melody, spell
from training.attune import attune
from training.diminution import fill, thin
from training.recipe import Recipe
from training.train import fresh
from training.windows import CorpusError, Windows

RUNS = [
    melody("C4 D4 E4 F4 G4 A4 B4 C5 D5 C5 B4 A4 G4 F4 E4 D4"),
    melody("G4 . A4 . B4 . C5 . D5 . C5 . B4 . A4 ."),
    melody("E4 . F4 G4 A4 . B4 C5 D5 . C5 B4 A4 . G4 F4"),
    melody("C5 B4 A4 G4 F4 . E4 . D4 . C4 . D4 E4 F4 G4"),
]
SPARSE, DENSE = melody("C4 . . . . . . . E4 . . . G4 . . ."), melody("A4 . G4 . F4 E4 D4 . C4 . D4 . E4 F4 G4 .")


def windows(*tunes: Tensor, kind: str = "melody") -> Windows:
    tokens = torch.stack(tunes).numpy().astype(np.int16)
    song = {"path": "a.mid", "group": "a", "source": "tests", "split": "train"}
    return Windows(tokens, np.zeros(len(tokens), dtype=np.int32), [song], kind, 1)


def density(tokens: Tensor) -> Tensor:
    return note_density(tokens[..., 0])


def test_it_learns_a_tune_and_its_diminutions_as_far_along_the_vector_as_they_are_denser(
    tiny: Callable[..., MusicVAE], untouched: None
):
    """The vector leads from the sparse third of the corpus to the dense one; nothing but the decoder moves."""
    model, learnt = tiny(bars=1), []
    torch.nn.init.zeros_(model.stddev.weight)
    torch.nn.init.constant_(model.stddev.bias, -100)  # so that a code is its mean
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    model.decoder.register_forward_pre_hook(lambda _, given: learnt.append(given))
    attune(model, windows(*[SPARSE, DENSE] * 15), 2)
    for codes, wanted in learnt:
        tunes, fewer, more = wanted.chunk(3)
        assert {spell(tune) for tune in tunes} == {spell(SPARSE), spell(DENSE)}
        assert (density(fewer) <= density(tunes)).all()
        assert (density(more) >= density(tunes)).all()
        assert len((density(wanted) - density(tunes).repeat(3)).unique()) > 5
        sparse, dense = model.encode_tokens(torch.stack([SPARSE, DENSE])).mean
        vector = (dense - sparse) / (density(DENSE) - density(SPARSE))
        moved = (density(wanted) - density(tunes).repeat(3)).unsqueeze(-1) * vector
        torch.testing.assert_close(codes, model.encode_tokens(tunes).mean.repeat(3, 1) + moved, atol=1e-4, rtol=1e-4)
    changed = {name for name, weight in model.state_dict().items() if not torch.equal(weight, before[name])}
    assert changed
    assert all(name.startswith("decoder.") for name in changed)


def heard(tokens: Tensor, control: Tensor | None = None) -> Normal:
    """Codes (N, 8) as an encoder may learn them: the first number says how dense a tune is, the next how it begins."""
    codes = torch.zeros(len(tokens), 8)
    codes[:, 0], codes[:, 1] = 4 * density(tokens) - 2, (tokens[:, 0, 0] - 50) / 6
    return Normal(codes, 0.05)


@pytest.mark.parametrize("seed", range(3))
def test_an_attuned_decoder_tells_fewer_notes_from_more_by_the_code(
    tiny: Callable[..., MusicVAE], monkeypatch: pytest.MonkeyPatch, seed: int
):
    """By what tunes cost it that it is given step by step, where the margins are wide: 57 nats or more, and 23."""
    model = fresh(Recipe("toy", tiny(bars=1, dec_rnn_size=(32,)).config, 1, seed=seed)).eval()
    monkeypatch.setattr(model, "posterior", heard)
    tunes = thin(torch.stack(RUNS), torch.full((4,), 0.5))
    fewer, more = thin(tunes, torch.full((4,), 0.6)), fill(tunes, torch.ones(4))

    def preference(wanted: Tensor, other: Tensor) -> float:
        """How much likelier the one is than the other, in nats, where the code is that of the one."""
        return nats(wanted, wanted) - nats(wanted, other)

    def nats(codes_of: Tensor, tokens: Tensor) -> float:
        with torch.no_grad():
            return -float(model.decoder.nats(model.decoder(heard(codes_of).mean, tokens), tokens).mean())

    assert abs(preference(fewer, more) + preference(more, fewer)) < 10, "much alike, so far"
    corpus = [thin(run.unsqueeze(0), torch.tensor([share]))[0] for run in RUNS for share in (0.0, 0.5, 0.8)]
    attune(model, windows(*corpus), 120, learning_rate=3e-2, batch_size=12, seed=seed)
    assert preference(fewer, more) > 25
    assert preference(more, fewer) > 5


def test_what_cannot_be_attuned_is_told(tiny: Callable[..., MusicVAE]):
    beats = windows(*[beat("K H S H")] * 30, kind="drums")
    with pytest.raises(CorpusError, match="of kind drums has no note_density"):
        attune(tiny(kind="drums", bars=1), beats, 1)
    with pytest.raises(CorpusError, match="30 windows to train on, fewer than a batch of 31"):
        attune(tiny(kind="drums", bars=1), beats, 1, batch_size=31)
