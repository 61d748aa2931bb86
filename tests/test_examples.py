"""Examples are music of the model's length, and none of it is lost on the way to tokens and back."""

import pretty_midi
import pytest

from mvae import ArgumentError, MusicVAE
from mvae.converters import DrumsConverter, MelodyConverter
from space import examples
from tests.music import melody, spell, spell_beat

ALL = [(kind, name) for kind, known in examples.OF_KIND.items() for name in known]


def converter(kind, bars=2):
    return (MelodyConverter if kind == "melody" else DrumsConverter)(bars)


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_are_two_bars_of_a_kind(kind, name):
    reader = converter(kind)
    tokens = reader.to_tokens(examples.example(name, reader))
    assert tokens.shape == (1, 32, 1)
    assert (tokens > 1).sum() > 5


def test_are_written_as_they_sound():
    reader = converter("melody")
    ode = "E4 . . . E4 . . . F4 . . . G4 . . . G4 . . . F4 . . . E4 . . . D4"
    assert spell(reader.to_tokens(examples.example("Ode to Joy", reader))[0]) == ode
    beats = converter("drums")
    rock = spell_beat(beats.to_tokens(examples.example("Rock", beats))[0]).split()
    assert rock[:5] == ["KH", "-", "H", "-", "SH"]


@pytest.mark.parametrize("bars", [1, 2, 3, 16])
def test_are_as_long_as_the_model_reads(bars):
    reader = converter("melody", bars)
    midi = examples.example("Ode to Joy", reader, qpm=60)
    assert midi.get_end_time() == 4 * bars
    first = melody("E4 . . . E4 . . . F4 . . . G4 . . .")
    assert (reader.to_tokens(midi)[0][:16] == first).all()


def test_are_known_by_kind():
    assert examples.names("melody")[:2] == ["Bassline", "Melody"]
    assert examples.names("trio") == []


@pytest.mark.parametrize("name", ["Rock", "", None, 3, ["Melody"], "x" * 10**6])
def test_others_are_a_sentence(name):
    with pytest.raises(ArgumentError, match=r"^There is no example .{,50}; there is Bassline, Melody, ") as error:
        examples.example(name, converter("melody"))
    assert len(str(error.value)) < 250


def test_the_model_gives_the_first_ones_back():
    model = MusicVAE.from_pretrained("mel-2bar")
    for name in ("Bassline", "Melody", "Ode to Joy"):
        midi = examples.example(name, model.converter)
        assert pitches(model.reconstruct(midi)[0]) == pitches(midi)


def pitches(midi: pretty_midi.PrettyMIDI):
    return [note.pitch for note in midi.instruments[0].notes]
