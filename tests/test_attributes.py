"""Attributes, by hand on written music, and the vectors fitted to them."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from mvae import ArgumentError, CheckpointError, MidiError, MusicVAE
from mvae.attributes import measure
from mvae.vectors import FILE, fit_vectors, load, save, shifted, thirds
from tests.music import melody, music, part

Tiny = Callable[..., MusicVAE]


def measured(line: str) -> dict[str, float]:
    return {name: float(value) for name, value in measure(melody(line)[None], "melody").items()}


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("C4 D4 E4 F#4", "c_diatonic", 3 / 4),
        ("C4 D4 E4 F#4", "note_density", 4 / 16),
        ("C4 . C5 - B4 . B4", "average_interval", (12 + 1 + 0) / 3),
        ("C4 D4 E4 F4", "syncopation_16th", 0),  # between 8ths, but prepared by the 16th before
        ("- C4 . D4 . . . E4", "syncopation_16th", 1),
        ("C4 . . D4", "syncopation_16th", 1 / 2),
        ("C4 . D4 . . . E4", "syncopation_8th", 1 / 3),  # D4 is prepared by the 8th before
        ("C4 . . D4 E4", "syncopation_8th", 0),
        (". . C4 . . . D4", "syncopation_8th", 1),
        (". C4 D4", "syncopation_8th", 0),
    ],
)
def test_attributes_of_melodies_are_those_counted_by_hand(line: str, name: str, value: float):
    assert measured(line)[name] == pytest.approx(value)


def test_a_melody_of_too_few_notes_has_no_share_and_no_interval():
    silence, note = measured("-"), measured("C4")
    assert silence["note_density"] == 0
    assert all(silence[name] != silence[name] for name in silence if name != "note_density")
    assert note["average_interval"] != note["average_interval"]
    assert note["c_diatonic"] == 1


def test_each_melody_of_a_batch_is_measured_alone():
    lines = ["C4 . E4 . G4", "F#2", "- D4 . . D4 C#6"]
    together = measure(torch.stack([melody(line) for line in lines]), "melody")
    for number, line in enumerate(lines):
        for name, value in measured(line).items():
            assert torch.equal(together[name][number].nan_to_num(-1), torch.tensor(value).nan_to_num(-1))


def test_drums_are_as_dense_as_their_hits():
    tokens = torch.tensor([0b000000101, 0, 0b100000000, 0]).view(1, 4, 1)
    assert float(measure(tokens, "drums")["drum_density"]) == pytest.approx(3 / 4)


def test_a_trio_is_measured_by_its_melody_and_a_band_not_at_all():
    tune, bass = melody("C4 . F#4"), melody("C2 C2 C2 C2")
    trio = torch.cat([tune, bass, torch.full_like(tune, 5)], -1)[None]
    ours, theirs = measure(trio, "trio"), measure(tune[None], "melody")
    assert list(ours) == list(theirs)
    assert float(ours["note_density"]) == pytest.approx(2 / 16)
    assert measure(tune[None], "multitrack") == {}


# Vectors


def test_thirds_lead_from_the_least_to_the_most():
    codes = torch.tensor([[0.0, 0.0], [9.0, 9.0], [4.0, 1.0]])
    assert thirds(codes, torch.tensor([1.0, 2.0, 3.0])).tolist() == [4.0, 1.0]


def related(n: int = 3000) -> tuple[Tensor, dict[str, Tensor]]:
    """Codes whose first coordinate is how dense, whose second how syncopated; dense music is more syncopated."""
    noise = torch.randn(n, 3, generator=torch.Generator().manual_seed(0))
    dense = noise[:, 0]
    syncopated = 0.7 * dense + 0.7 * noise[:, 1]
    return torch.stack([dense, syncopated, noise[:, 2]], 1), {"dense": dense, "syncopated": syncopated}


def test_separate_vectors_leave_what_attributes_share():
    codes, values = related()
    plain, separate = fit_vectors(codes, values), fit_vectors(codes, values, separate=True)
    assert plain["dense"][1] > 0.5 * plain["dense"][0]
    assert separate["dense"].abs()[1:].max() < 0.01 * separate["dense"][0]
    assert float(separate["dense"][0]) == pytest.approx(float(plain["dense"][0]), rel=0.01)


def test_pieces_that_cannot_be_measured_are_left_out():
    codes, values = related(300)
    codes[7], values["dense"][7] = 1e6, torch.nan
    assert max(float(vector.abs().max()) for vector in fit_vectors(codes, values).values()) < 10
    with pytest.raises(ArgumentError, match="There are 0 pieces with notes enough to measure"):
        fit_vectors(codes, {"dense": torch.full((300,), torch.nan)})


def test_amounts_add_up():
    vectors = {"dense": torch.tensor([1.0, 0.0]), "odd": torch.tensor([0.0, 2.0])}
    assert shifted(torch.ones(1, 2), vectors, {"dense": -1.0, "odd": 0.5}).tolist() == [[0.0, 2.0]]


# Kept with the checkpoint


@pytest.fixture
def model(tiny: Tiny) -> MusicVAE:
    model = tiny()
    model.attributes = {"dense": torch.arange(8) / 8, "odd": torch.ones(8)}
    return model


def test_vectors_are_saved_and_loaded_with_the_checkpoint(model: MusicVAE, tmp_path: Path):
    model.save_pretrained(tmp_path)
    loaded = MusicVAE.from_pretrained(tmp_path)
    assert loaded.attributes.keys() == model.attributes.keys()
    z = torch.ones(1, 8)
    assert torch.equal(loaded.shift(z, dense=1.5, odd=-1), model.shift(z, dense=1.5, odd=-1))
    modes = {(tmp_path / name).stat().st_mode for name in ("config.json", FILE)}
    assert len(modes) == 1
    model.attributes.clear()
    model.save_pretrained(tmp_path)
    assert MusicVAE.from_pretrained(tmp_path).attributes == {}


@pytest.mark.parametrize(
    ("tensors", "sentence"),
    [
        ({"dense": torch.ones(9)}, r"dense is \(9,\) of F32; \(8,\) of F64, F32, F16, BF16 is needed"),
        ({"dense": torch.ones(1, 8)}, r"dense is \(1, 8\)"),
        ({"dense": torch.ones(8, dtype=torch.int32)}, "of I32"),
        ({"dense": torch.full((8,), torch.nan)}, "dense holds NaN"),
        ({"dense": torch.full((8,), 1e9)}, "numbers beyond 100"),
        ({"4th": torch.ones(8)}, "'4th' is no name of an attribute"),
        ({"Note Density": torch.ones(8)}, "'Note Density' is no name"),
        ({f"a{number}": torch.ones(8) for number in range(300)}, "300 vectors, and up to 256"),
    ],
)
def test_a_damaged_file_is_refused(model: MusicVAE, tmp_path: Path, tensors: dict[str, Tensor], sentence: str):
    model.save_pretrained(tmp_path)
    save_file(tensors, tmp_path / FILE)
    with pytest.raises(CheckpointError, match=sentence):
        MusicVAE.from_pretrained(tmp_path)


@pytest.mark.parametrize("data", [b"", b"no safetensors", b"\xff" * 8 + b"{}"])
def test_what_is_no_safetensors_is_refused(tmp_path: Path, data: bytes):
    (tmp_path / FILE).write_bytes(data)
    with pytest.raises(CheckpointError, match="attributes.safetensors of tunes is damaged"):
        load(tmp_path, "tunes", 8)


def test_saving_keeps_full_precision_from_half_a_model(tmp_path: Path):
    save({"dense": torch.tensor([0.1], dtype=torch.float16)}, tmp_path)
    assert load_file(tmp_path / FILE)["dense"].dtype == torch.float32


# Of one's own


def write(folder: Path, *lines: str) -> Path:
    folder.mkdir()
    for number, line in enumerate(lines):
        music(part(line)).write(str(folder / f"{number}.mid"))
    return folder


def test_an_attribute_is_learnt_from_two_folders(tiny: Tiny, tmp_path: Path):
    model = tiny()
    like = write(tmp_path / "like", "C4 . E4 . G4 . . .", "C5 . B4 . A4 . . .")
    unlike = write(tmp_path / "unlike", "C2 . . . . . . .")
    vector = model.fit_attribute("high", like, unlike)
    high, low = model.encode(sorted(like.iterdir())), model.encode(list(unlike.iterdir()))
    assert torch.allclose(vector, high.mean(0) - low.mean(0), atol=1e-5)
    assert torch.allclose(model.shift(low, high=1.0), high.mean(0), atol=1e-5)


def test_what_cannot_be_read_is_left_out_with_a_warning(tiny: Tiny, tmp_path: Path):
    model = tiny()
    like, unlike = write(tmp_path / "like", "C4 . E4"), write(tmp_path / "unlike", "C2")
    expected = model.fit_attribute("high", like, unlike)
    (like / "broken.mid").write_bytes(b"MThd")
    with pytest.warns(UserWarning, match="Left out: .*broken.mid"):
        assert torch.equal(model.fit_attribute("high", like, unlike), expected)


def test_folders_that_teach_nothing_are_refused(tiny: Tiny, tmp_path: Path):
    model = tiny()
    full, empty = write(tmp_path / "full", "C4 . E4"), write(tmp_path / "empty")
    with pytest.raises(MidiError, match="nothing to read in .*empty: no MIDI file is there"):
        model.fit_attribute("high", full, empty)
    with pytest.raises(ArgumentError, match="nothing tells them apart"):
        model.fit_attribute("high", full, full)
    with pytest.raises(ArgumentError, match="called '4th'"):
        model.fit_attribute("4th", full, empty)
    assert model.attributes == {}
