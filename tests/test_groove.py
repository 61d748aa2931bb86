"""Grooves: hits with how hard and how far off the grid, as tokens, as rows, and written by a decoder.

A hit is written here as `K` for a kick at velocity 80 on the grid, `S120` for a loud snare, `H+15` for a closed hat 15
ticks of 480 to a quarter behind the grid, `O40-30` for a soft open hat 30 ticks ahead of it.
"""

import re
from collections.abc import Callable

import pretty_midi
import pytest
import torch
from torch import Tensor

from mvae import MusicVAE
from mvae.converters import GrooveConverter
from mvae.converters.drums import DRUMS, MAP_2019
from mvae.converters.groove import AHEAD, silence
from mvae.errors import PartError
from mvae.inputs import START, GrooveView
from tests.music import music, part

LETTERS = dict(zip("KSHOLMTCR", range(9), strict=True))
HIT = re.compile(r"(?P<drum>[KSHOLMTCR])(?P<velocity>\d+)?(?P<behind>[+-]\d+)?")
TICK = 0.5 / 480  # seconds at 120 quarters a minute
FUNK = "K100,H70 - H50+8 K40-5 S110+12,H90 - H60 S30-20 K90,H70 - K80+3,H55 - S120+10,H85 - O75 S25+18"


def hits(line: str) -> list[tuple[int, int, int, int]]:
    """Step, drum, velocity and ticks behind the grid of each hit."""
    found = []
    for step, word in enumerate(line.split()):
        for match in HIT.finditer(word):
            place = LETTERS[match["drum"]], int(match["velocity"] or 80), int(match["behind"] or 0)
            found.append((step, *place))
    return found


def groove(line: str, bars: int = 1) -> Tensor:
    """A line as tokens (T, 27)."""
    tokens = torch.from_numpy(silence(16 * bars)).long()
    for step, drum, velocity, behind in hits(line):
        tokens[step, [drum, 9 + drum, 18 + drum]] = torch.tensor([1, velocity, AHEAD - behind])
    return tokens


def played(line: str, is_drum: bool = True) -> pretty_midi.PrettyMIDI:
    """A line as music, at 120 quarters a minute."""
    kit = pretty_midi.Instrument(0, is_drum)
    for step, drum, velocity, behind in hits(line):
        start = (step * 120 + behind) * TICK
        kit.notes.append(pretty_midi.Note(velocity, MAP_2019[drum][0], start, start + 30 * TICK))
    return music(kit)


def read(midi: pretty_midi.PrettyMIDI, bars: int = 1) -> Tensor:
    return GrooveConverter(bars).to_tokens(midi)


def test_a_groove_is_read_as_it_is_played():
    assert torch.equal(read(played(FUNK)), groove(FUNK).unsqueeze(0))
    assert torch.equal(read(played(FUNK), 2), groove(FUNK, 2).unsqueeze(0))


@pytest.mark.parametrize("seed", range(4))
def test_what_a_model_decodes_is_read_back(seed: int):
    converter, generator = GrooveConverter(2), torch.Generator().manual_seed(seed)
    hit, velocity, offset = (torch.randint(n, (32, 9), generator=generator) for n in (2, 128, 121))
    velocity[:4], offset[4:8], offset[12:16] = 0, 0, 120  # as soft, as late and as early as they can be
    tokens = converter.canonical(torch.cat([hit, velocity, offset], -1))
    assert torch.equal(converter.canonical(tokens), tokens)
    assert torch.equal(converter.to_tokens(converter.to_midi(tokens, qpm=97)), tokens.unsqueeze(0))


def test_of_two_hits_of_a_drum_in_a_step_the_harder_is_kept():
    assert torch.equal(read(played("- K40+5,K90-6,K60")), groove("- K90-6").unsqueeze(0))


def test_the_nearest_step_has_the_hit():
    assert torch.equal(read(played("K+9 S+59 H+61")), groove("K+9 S+59 - H-59").unsqueeze(0))


def test_nothing_is_heard_before_the_music():
    assert torch.equal(GrooveConverter(1).canonical(groove("K-30 S-30")), groove("K S-30"))


def test_what_is_not_hit_is_neither_loud_nor_late():
    tokens = silence(16)
    tokens[3, [9, 18]] = 90, 7
    assert torch.equal(GrooveConverter(1).canonical(torch.from_numpy(tokens).long()), groove(""))
    assert torch.equal(GrooveConverter(1).canonical(groove("K0")), groove("K1"))


def test_windows_begin_at_every_bar():
    line = " ".join(["K - - - - - - - - - - - - - - -", "S+9 - - - - - - - - - - - - - - -", "H-9"])
    windows = read(played(line), 2)
    assert len(windows) == 2
    assert torch.equal(windows[0], groove("K - - - - - - - - - - - - - - - S+9", 2))
    assert windows[1][:, :9].nonzero().tolist() == [[0, 1], [16, 2]]


def test_music_without_drums_is_refused():
    with pytest.raises(PartError, match="has no drums; notes on channel 10"):
        read(music(part("C4")))
    with pytest.raises(PartError, match="no drum that is one of the nine read: kick, snare"):
        read(music(part("C8", is_drum=True)))


# Rows


def view(name: str, line: str) -> list[Tensor]:
    """What is shown of the hits, velocities and offsets (T, 9) of a line."""
    rows = GrooveView(GrooveConverter(1).classes, name)(groove(line))
    return [*rows.chunk(3, -1)]


def test_rows_are_hits_shares_of_127_and_of_half_a_step():
    shown, hard, early = view("groove", "- K127-30 S1+60")
    assert shown.nonzero().tolist() == [[1, 0], [2, 1]]
    assert (hard[1, 0], early[1, 0]) == (1, 0.5)
    assert (hard[2, 1], early[2, 1]) == (pytest.approx(1 / 127), -1)


def test_a_score_is_hits_alone():
    shown, hard, early = view("score", FUNK)
    assert torch.equal(shown, groove(FUNK)[:, :9].float())
    assert not hard.any()
    assert not early.any()


def test_taps_are_the_hardest_hits_on_one_drum():
    shown, hard, early = view("taps", "K60+6,S90-12 - H20+3 -")
    assert shown.nonzero().tolist() == [[0, DRUMS.index("open hi-hat")], [2, DRUMS.index("open hi-hat")]]
    assert not hard.any()
    torch.testing.assert_close(early[:3, 3], torch.tensor([0.2, 0, -0.05]))


def test_the_hi_hat_to_be_added_is_not_shown():
    shown = torch.cat(view("no_hi_hat", "K,H - H50+8 S110-5,H"), -1)
    assert torch.equal(shown, torch.cat(view("groove", "K - - S110-5"), -1))


def test_the_start_is_silence():
    rows = GrooveView(GrooveConverter(1).classes, "groove")
    assert not rows(torch.full((2, 27), START)).any()


def test_rows_give_their_tokens_back():
    rows = GrooveView(GrooveConverter(1).classes, "groove")
    assert torch.equal(rows.tokens_of(rows.rows_of(groove(FUNK))), groove(FUNK))


# Models

GROOVE = {"kind": "groove", "decoder": "groove", "encoder_view": "groove", "dec_rnn_size": (16, 14)}
Tiny = Callable[..., MusicVAE]


def test_a_model_hears_only_what_its_view_shows(tiny: Tiny):
    human, quantised = played(FUNK), played(re.sub(r"[+-]\d+", "", FUNK))
    for name in ("score", "taps", "no_hi_hat", "groove"):
        model = tiny(**{**GROOVE, "encoder_view": name}, bars=1)
        assert torch.equal(model.encode(human), model.encode(quantised)) == (name == "score")


def test_the_verbs_speak_grooves(tiny: Tiny):
    model = tiny(**GROOVE)
    (tune,) = model.sample(1, temperature=1.0, seed=3)
    assert tune.instruments[0].is_drum
    assert len({note.velocity for note in tune.instruments[0].notes}) > 5
    assert any(round(note.start / TICK) % 120 for note in tune.instruments[0].notes)
    assert len(model.interpolate(tune, played(FUNK), steps=3)) == 3
    logits, _ = model(groove(FUNK, 2).unsqueeze(0))
    assert [part.shape for part in logits] == [(1, 32, 27)]


def test_what_a_groove_costs_is_least_where_it_is_expected(tiny: Tiny):
    decoder, tokens = tiny(**GROOVE, bars=1).decoder, groove(FUNK).unsqueeze(0)
    hit, hard, early = decoder.view.rows_of(tokens).chunk(3, -1)
    exact = torch.cat([100 * hit - 50, torch.logit(hard, 1e-6), torch.atanh(early)], -1)
    assert decoder.nats((exact,), tokens).item() == pytest.approx(0, abs=1e-2)
    assert decoder.nats((exact + 1,), tokens).item() > 1
    assert torch.equal(GrooveConverter(1).canonical(decoder.likeliest((exact,))), tokens)
    assert decoder.nats((exact + 1,), torch.full_like(tokens, -1)).item() == 0


def test_hits_that_are_given_are_what_it_is_told(tiny: Tiny):
    model = tiny(**GROOVE, control="hits", bars=1)
    z = model.encode(played(FUNK))
    one, other = (model.decode(z, hits=played(line))[0] for line in (FUNK, "K - K - K"))
    assert [note.start for note in one.instruments[0].notes] != [note.start for note in other.instruments[0].notes]
    again = model.reconstruct(played(FUNK))[0]
    assert torch.equal(read(again), read(one))
