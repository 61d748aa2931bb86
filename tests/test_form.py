"""Form: which bars come again; and a language model that has them before it."""

from collections.abc import Callable

import torch
from torch import Tensor

from mvae import MusicVAE
from mvae.converters import DrumsConverter, MelodyConverter, TrioConverter
from mvae.form import Form, form_of
from mvae.song_descriptors import song_descriptors, song_descriptors_size
from mvae.song_model import BANK, SongModel
from tests.music import beat, melody
from training.fit_language import fit_language
from training.windows import Windows

Tiny = Callable[..., MusicVAE]
THEME = "C4 . E4 . G4 . E4 . C4 . . . - . . ."
HIGHER = "E4 . G#4 . B4 . G#4 . E4 . . . - . . ."
VARIED = "C4 . E4 . G4 . E4 . D4 . . . - . . ."
OTHER = "A3 . . A3 . . B3 . . B3 . . A3 A3 A3 ."


def tune(*bars: str) -> Tensor:
    return melody(" | ".join(bars))


def form(*bars: str) -> Form:
    return Form(*(values[0, :, 0] for values in form_of(MelodyConverter(len(bars)), tune(*bars)[None])))


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def song(converter: MelodyConverter | TrioConverter) -> SongModel:
    torch.manual_seed(0)
    return SongModel(converter, 16).eval()


def test_a_bar_that_comes_again_names_the_latest_of_its_kind():
    found = form(THEME, OTHER, THEME, THEME)
    assert found.source.tolist() == [-1, -1, 0, 2]
    assert found.alike.tolist() == [0, 0, 1, 1]


def test_a_bar_that_comes_again_higher_says_by_how_much():
    found = form(THEME, HIGHER)
    assert (found.source[1], found.shift[1], found.alike[1]) == (0, 4, 1)


def test_of_two_bars_the_one_that_need_not_be_moved_is_named():
    found = form(THEME, HIGHER, THEME)
    assert (found.source[2], found.shift[2]) == (0, 0)


def test_a_varied_bar_is_like_its_theme_but_not_equal():
    found = form(THEME, VARIED)
    assert found.source[1] == 0
    assert found.shift[1] == 0
    assert 0.5 < found.alike[1] < 1


def test_drums_come_again_but_never_higher():
    beats = torch.cat([beat("K . S . K . S ."), beat("H H H H H H H H"), beat("K . S . K . S .")])[None]
    found = form_of(DrumsConverter(3), beats)
    assert found.source[0, :, 0].tolist() == [-1, -1, 0]
    assert found.shift.abs().sum() == 0


def test_parts_have_forms_of_their_own():
    trio = torch.cat([tune(THEME, OTHER, THEME), tune(OTHER, OTHER, THEME), beat("K | S | H")], -1)[None]
    found = form_of(TrioConverter(3), trio)
    assert found.source[0, :, 0].tolist() == [-1, -1, 0]
    assert found.source[0, :, 1].tolist() == [-1, 0, -1]


def test_forms_are_kept_as_they_are():
    found = form_of(MelodyConverter(3), tune(THEME, HIGHER, THEME)[None])
    assert all(torch.equal(*pair) for pair in zip(Form.unpack(found.pack()), found, strict=True))


def test_descriptors_of_long_pieces_follow_the_bars():
    converter = MelodyConverter(3)
    told = song_descriptors(converter, tune(THEME, OTHER, " - ")[None])
    assert told.shape == (1, song_descriptors_size(converter))
    assert told[0, -3:].tolist() == [5 / 16, 7 / 16, 0]  # onsets a step of each bar


def test_what_is_written_step_by_step_is_what_is_likeliest_at_once():
    """Teacher forcing and writing see the same: greedy tokens are the likeliest given themselves."""
    converter = TrioConverter(3)
    model = song(converter)
    trio = torch.cat([tune(THEME, OTHER, THEME), tune(OTHER, OTHER, THEME), beat("K | S | H")], -1)[None]
    told, found = song_descriptors(converter, trio), form_of(converter, trio)
    with torch.no_grad():
        written = model.write(told, found, None, None)
        likeliest = [logits.argmax(-1) for logits in model.logits(written, told, found)]
    assert torch.equal(torch.stack(likeliest, -1), written)


def test_a_bar_hears_the_one_it_is_like():
    converter = MelodyConverter(3)
    model = song(converter)
    references = model._references(
        tune(THEME, OTHER, THEME)[None], form_of(converter, tune(THEME, HIGHER, THEME)[None])
    )
    heard = references[0].unflatten(0, (3, 16)).unbind(0)
    assert (heard[0] == -1).all()
    assert torch.equal(heard[1], tune(HIGHER)), "the theme, four semitones higher"
    assert torch.equal(heard[2], tune(THEME))


def test_two_bars_of_a_trio_are_written_by_it_too(tiny: Tiny):
    """A trio has no descriptors of two bars."""
    model = tiny("trio", bars=2, language_size=12)
    assert isinstance(model.language, SongModel)
    assert model.sample_codes(2, seed=1).shape == (2, model.config.z_size)


def test_long_music_is_sampled_from_it(tiny: Tiny):
    tokens = torch.stack([tune(THEME, OTHER, THEME, VARIED)] * 8 + [tune(OTHER, THEME, OTHER, HIGHER)] * 8)
    songs = [{"path": str(n), "group": str(n), "source": "a", "split": "train"} for n in range(16)]
    windows = Windows(tokens.numpy().astype("int16"), torch.arange(16).int().numpy(), songs, "melody", 4)
    model = tiny(bars=4)
    fit_language(model, windows, 2, size=12, batch_size=8)
    assert isinstance(model.language, SongModel)
    assert model.config.language_size == 12
    assert model.language.forms[..., 2].max() == 1, "forms of the windows are kept"
    assert torch.equal(model.sample_codes(3, seed=1), model.sample_codes(3, seed=1))
    written = model.language.draw(3, 1.0, generator())
    assert torch.equal(model.sample_codes(3, generator()), model.encode_tokens(model.converter.canonical(written)).mean)


def test_it_learns_to_repeat(tiny: Tiny):
    """Bars of random notes that come again cost little the second time."""
    notes = torch.randint(30, 60, (64, 1, 8, 1), generator=generator())
    bar = torch.zeros(64, 1, 16, 1, dtype=torch.long)
    bar[:, :, ::2] = notes
    twice, once = bar.repeat(1, 2, 1, 1).flatten(1, 2), torch.cat([bar, bar.roll(1, 0)], 1).flatten(1, 2)
    converter = MelodyConverter(2)
    model = SongModel(converter, 24)
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(60):
        optimizer.zero_grad()
        model.nats(twice).mean().backward()
        optimizer.step()
    with torch.no_grad():
        assert model.nats(twice).mean() < 0.8 * model.nats(once).mean()


def test_a_bank_is_as_long_as_its_model_says():
    assert song(MelodyConverter(3)).forms.shape == (BANK, 3, 1, 3)
