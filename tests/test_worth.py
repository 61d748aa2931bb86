"""Which windows are learnt from, and how they are varied."""

import pytest
import torch

from mvae.converters import DrumsConverter, MultitrackConverter, TrioConverter
from mvae.converters.multitrack import END
from tests.music import beat, melody, music, part, players, spell_beat
from training.augment import mix_drums, recombine, transpose_bands, vary
from training.metrics import count_onsets
from training.worth import is_arranged, is_grooving, is_melodious, is_playing_together

BAND = MultitrackConverter()


@pytest.mark.parametrize(
    ("line", "worth"),
    [
        ("C4 . E4 . G4 . E4 . C4 . E4 . G4 . . .", True),
        ("C4 . . . . . . . . . . . . . . D4", True),
        ("C4 . . . . . . . . . . . . . . .", False),
        (".", False),
        ("C4 D4 - | . E4", True),
        ("C4 D4 - | . . E4", False),
        (". | C4 D4", False),
    ],
)
def test_a_melody_has_two_notes_and_no_bar_of_silence(line: str, worth: bool):
    assert is_melodious(melody(line).numpy()) == worth


@pytest.mark.parametrize(
    ("line", "worth"),
    [("K - S -", True), ("K - K -", False), ("K S | K S", True), ("K S | -", False), ("-", False)],
)
def test_a_beat_has_hits_in_every_bar(line: str, worth: bool):
    assert is_grooving(beat(line).numpy()) == worth


@pytest.mark.parametrize(
    ("tune", "bass", "worth"),
    [
        ("C5 |" * 16, "C2 |" * 16, True),
        ("C5 |" * 16, "C2 |" * 8, False),
        ("C5 |" * 16, "| | C2 | | | | | C2 | | | | | C2 | C2 |", True),
        ("C5 |" * 16, "C2 | | | | | | C2 |" * 2, False),
        ("C5 |" * 16, "", False),
    ],
)
def test_the_parts_of_a_trio_rest_no_longer_than_the_original_lets_them(tune: str, bass: str, worth: bool):
    parts = [melody(line.removesuffix("|"), 17)[:256] for line in (tune, bass)]
    assert is_playing_together(torch.cat([*parts, beat("K |" * 15 + "K")], -1).numpy()) == worth


def test_a_band_is_two_instruments_or_more():
    def worth(*parts) -> bool:
        return is_arranged(BAND.to_tokens(music(*parts))[0].numpy())

    tune = "C4 D4 E4 F4 G4 A4"
    assert worth(part(tune), part("C2 . G2 .", program=33))
    assert not worth(part(tune + " B4 C5 D5"))
    assert not worth(part("C4"), part("C2", program=33))


# Variation


def test_bands_are_transposed_alike_and_their_drums_are_not():
    song = music(part("C4 E4"), part("C2", program=33), part("C2 D2", is_drum=True))
    bars = BAND.to_tokens(song).repeat(40, 1, 1)
    moved = transpose_bands(bars, -3, 3, torch.Generator().manual_seed(0))
    assert torch.equal(moved[:, 128:], bars[:, 128:])
    steps = {int(a[2] - b[2]) for a, b in zip(moved[..., 0], bars[..., 0], strict=True)}
    assert steps == set(range(-3, 4))
    assert torch.equal((moved - bars)[:, 2], (moved - bars)[:, 66])
    assert torch.equal(moved == END, bars == END)


def test_drums_that_are_mixed_keep_their_feet_and_take_anothers_hands():
    rock, jazz = beat("KH - H - SH - H -"), beat("KR - - - R - S -")
    heard = {spell_beat(one) for one in mix_drums(torch.stack([rock, jazz]).repeat(40, 1, 1), 0.5, torch.Generator())}
    assert heard == {
        "KH - H - SH - H", "KR - R - SR - R", "KH - - - SH", "KR - - - SR",
        "KR - - - R - S", "KH - - - H - S", "KR - R - R - SR", "KH - H - H - SH",
    }  # fmt: skip


def test_of_a_trio_the_melodies_are_moved_and_the_drums_mixed():
    tokens = torch.cat([melody("C4"), melody("C2"), beat("KH")], -1).repeat(50, 1, 1)
    varied = vary(tokens, TrioConverter(1), (2, 3), 1.0, torch.Generator().manual_seed(0))
    assert {tuple(one) for one in varied[:, 0].tolist()} == {(43, 19, 257), (44, 20, 257)}
    assert vary(tokens, TrioConverter(1), (0, 0), 0.0, torch.Generator()).equal(tokens)


def test_a_share_of_the_parts_of_a_trio_are_those_of_another():
    one = torch.cat([melody("C4"), melody("C2"), beat("KH")], -1)
    other = torch.cat([melody("D4"), melody("D2"), beat("SR")], -1)
    windows = torch.stack([one, other]).repeat(50, 1, 1)
    mixed = recombine(windows, TrioConverter(1), 0.6, torch.Generator().manual_seed(0))
    assert {tuple(trio) for trio in mixed[:, 0].tolist()} == {
        (tune, bass, drums) for tune in (41, 43) for bass in (17, 19) for drums in (5, 258)
    }


def test_a_share_of_the_bars_of_drums_are_those_of_another():
    windows = torch.stack([beat("K S | KH SH"), beat("R C | L M T")]).repeat(40, 1, 1)
    mixed = recombine(windows, DrumsConverter(2), 0.6, torch.Generator().manual_seed(0))
    bars = {(spell_beat(window[:16]), spell_beat(window[16:])) for window in mixed}
    assert bars == {(first, second) for first in ("K S", "R C") for second in ("KH SH", "L M T")}


def test_a_recombined_band_is_one_that_midi_gives_back():
    """Instruments of other bands, or others of their family, in the order of their programs."""
    duo = BAND.to_tokens(music(part("C5 D5", program=73), part("C2 . G2", program=33)))[0]
    solo = BAND.to_tokens(music(part("E4 F4", program=0)))[0]
    bands = torch.stack([duo, solo]).repeat(40, 1, 1)
    mixed = recombine(bands, BAND, 0.5, torch.Generator().manual_seed(0))
    assert torch.equal(BAND.canonical(mixed), mixed)
    programs = [{one.program for one in players(band)} for band in mixed]
    assert set().union(*programs) <= {*range(8), *range(32, 40), *range(72, 80)}
    assert {33, 0} in programs or {0, 73} in programs, "two that never played together"
    assert any(programs_of - {0, 33, 73} for programs_of in programs), "another of their family"


# What counts as right


def test_onsets_of_drums_are_counted_by_the_drum():
    wanted, found = (beat(line).unsqueeze(0) for line in ("KH - S", "K - SH"))
    assert [int(count) for count in count_onsets(DrumsConverter(1), wanted, found)] == [3, 3, 2]


def test_onsets_of_trios_are_counted_by_the_part():
    wanted = torch.cat([melody("C4 D4"), melody("C2 ."), beat("K S")], -1).unsqueeze(0)
    found = torch.cat([melody("C4 E4"), melody("C2 -"), beat("K -")], -1).unsqueeze(0)
    counts = count_onsets(TrioConverter(1), wanted, found)
    assert [count.tolist() for count in counts] == [[2, 1, 2], [2, 1, 1], [1, 1, 1]]


def test_onsets_of_bands_are_counted_wherever_the_instrument_stands():
    flute, bass = part("C5 D5", program=73), part("C2", program=33)
    wanted, found = BAND.to_tokens(music(flute, bass)), BAND.to_tokens(music(part("C5 E5", program=73)))
    assert [int(count) for count in count_onsets(BAND, wanted, found)] == [3, 2, 1]
