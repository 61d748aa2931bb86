"""The bundled checkpoints on the corpora they were held out from; needs `../shared/data`, which users do not have."""

from pathlib import Path

import numpy as np
import pytest

from mvae import MusicVAE
from mvae.converters import MelodyConverter
from training.corpus import files, is_held_out
from training.metrics import reconstruction
from training.prepare import prepare

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
CORPUS = DATA / "bach_chorales.tar.xz"

pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="the corpora of ../shared/data are not on this machine")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The chorales alone, with the manifest that names their groups."""
    folder = tmp_path_factory.mktemp("corpus")
    for path in (CORPUS, DATA / "MANIFEST.csv"):
        (folder / path.name).symlink_to(path)
    return folder


def test_an_archive_is_read_with_its_groups(folder: Path):
    found = list(files(folder))
    assert len(found) == 375
    assert {file.source for file in found} == {"bach_chorales"}
    assert 0 < sum(is_held_out(file.group) for file in found) < 40


def test_mel_2bar_copies_chorales_it_never_saw(folder: Path):
    windows = prepare(folder, MelodyConverter(2))
    rows = np.random.default_rng(0).permutation(windows.split("validation"))[:300]
    figures = reconstruction(MusicVAE.from_pretrained("mel-2bar"), windows.batch(np.sort(rows)))
    assert figures["teacher_forced"] > 0.95
    assert figures["note_f1"] > 0.85
