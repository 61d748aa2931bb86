"""Cards say what was measured, and nothing else."""

import json
import re
import shutil
from pathlib import Path

import pretty_midi
import pytest
from huggingface_hub import ModelCard

from mvae.hub import bundled
from tests.test_prepare import run
from training import render_cards
from training.render_cards import BASELINES, render_named, render_results

ROOT = Path(__file__).parent.parent
RESULTS = {path.stem for path in (ROOT / "cards/results").glob("*.json")}
NAMES = sorted(RESULTS - {f"{name}-{one}" for name, ones in BASELINES.items() for one in ones})


@pytest.fixture(autouse=True)
def _in_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_every_bundled_checkpoint_has_a_card_and_results():
    assert sorted(bundled()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_card_is_what_the_results_render(name: str):
    text = (ROOT / "cards" / f"{name}.md").read_text(encoding="utf-8")
    assert text == render_named(name)


@pytest.mark.parametrize("name", NAMES)
def test_the_bundled_card_is_the_same_with_its_pictures_beside_it(name: str):
    bundle = bundled()[name] / "README.md"
    assert bundle.read_text(encoding="utf-8") == render_named(name).replace("](results/", "](")


@pytest.mark.parametrize(
    "card", [card for n in NAMES for card in (Path("cards", f"{n}.md"), bundled()[n] / "README.md")]
)
def test_links_within_the_repository_are_alive(card: Path):
    folder = (ROOT / card).parent
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / card).read_text(encoding="utf-8"))
    dead = [link for link in links if "://" not in link and not (folder / link).exists()]
    assert not dead


@pytest.mark.parametrize("name", NAMES)
def test_the_front_matter_is_what_the_hub_reads(name: str):
    data = ModelCard.load(bundled()[name] / "README.md").data.to_dict()
    assert data["library_name"] == "mvae"
    assert data["license"] == "apache-2.0"
    assert "freedoom" in data["datasets"]
    results = json.loads((ROOT / "cards/results" / f"{name}.json").read_text(encoding="utf-8"))
    values = {m["name"]: m["value"] for m in data["model-index"][0]["results"][0]["metrics"]}
    assert values["note F1 (greedy)"] == pytest.approx(results["reconstruction"]["note_f1"], abs=5e-5)


def test_what_was_lent_is_told_with_its_licence():
    results = json.loads((ROOT / "cards/results/mel-2bar.json").read_text(encoding="utf-8"))
    text = render_results("mel-2bar", {**results, "data": {"freedoom": 5}, "lent": {"gmd": 12, "easyrpg_rtp": 34}})
    assert "datasets: [easyrpg_rtp, freedoom, gmd]" in text
    rows = text.split("lent from here")[1]
    assert rows.index("| 34 |") < rows.index("| CC-BY 4.0 | 12 |")


@pytest.mark.parametrize("name", NAMES)
def test_the_usage_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    code = re.findall(r"```python\n(.*?)```", render_named(name), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    for block in code:
        exec(compile(block, name, "exec"), {})
    assert sum(len(part.notes) for part in pretty_midi.PrettyMIDI(str(tmp_path / "tune.mid")).instruments) > 0


# The command


@pytest.fixture
def cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of cards of a package of its own, into which results of mel-2bar were put as those of "polkas"."""
    monkeypatch.setattr(render_cards, "CARDS", tmp_path / "cards")
    monkeypatch.setattr(render_cards, "bundled", lambda: {"polkas": tmp_path / "polkas"})
    (tmp_path / "cards" / "results").mkdir(parents=True)
    (tmp_path / "polkas").mkdir()
    for path in (ROOT / "cards/results").glob("mel-2bar*"):
        shutil.copy(path, tmp_path / "cards" / "results" / path.name.replace("mel-2bar", "polkas"))
    return tmp_path / "cards"


def test_a_card_is_rendered_as_it_is_typed_and_bundled_with_its_pictures(cards: Path):
    result = run(render_cards.main, "polkas")
    assert result.exit_code == 0, result.output
    assert result.output == f"Rendered {cards / 'polkas.md'}.\n"
    text, bundle = (cards / "polkas.md").read_text(encoding="utf-8"), cards.parent / "polkas"
    assert "# polkas" in text
    pictures = set(re.findall(r"\]\(results/([^)]+\.png)\)", text))
    assert pictures
    assert (bundle / "README.md").read_text(encoding="utf-8") == text.replace("](results/", "](")
    assert {path.name for path in bundle.iterdir()} == {"README.md", *pictures}
    for picture in pictures:
        assert (bundle / picture).read_bytes() == (cards / "results" / picture).read_bytes()


def test_a_card_of_what_is_not_in_the_package_is_rendered_beside_its_results_alone(
    cards: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(render_cards, "bundled", dict)
    assert run(render_cards.main, "polkas").exit_code == 0
    assert (cards / "polkas.md").exists()
    assert not list((cards.parent / "polkas").iterdir())


def test_what_was_not_measured_has_no_card(cards: Path):
    result = run(render_cards.main, "polkas", "waltzes")
    assert result.exit_code == 2
    assert "measure the checkpoint with python -m training.evaluate waltzes" in result.stderr
    assert {path.name for path in cards.glob("*.md")} == {"polkas.md"}


def test_music_of_other_lengths_is_called_by_its_kind():
    results = json.loads((ROOT / "cards/results/mel-2bar.json").read_text(encoding="utf-8"))
    assert "4-bar melody loops" in render_results("polkas", {**results, "bars": 4})
