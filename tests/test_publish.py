"""Publishing checkpoints and the Space: what arrives on the Hub, and what stays as it is there."""

import importlib.util
import json
import re
import tempfile
from pathlib import Path

import pytest
import yaml
from huggingface_hub import ModelCard, SpaceHardware, hf_hub_url

from mvae import CheckpointError, Config, MusicVAE
from mvae.audio import missing
from mvae.hub import bundled
from tests.loopback import Hub, RefusalError
from tests.test_finetune import tunes
from tests.test_hub import same
from tests.test_prepare import run
from tests.toy import hurry
from training import evaluate, publish, publish_space, train

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # huggingface_hub's own LFS upload
CARD = """---
library_name: mvae
license: apache-2.0
---

# Polkas

![Four samples](tune-samples.png)

```python
model = MusicVAE.from_pretrained("tune-2bar")
```
"""


@pytest.fixture
def _silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that cannot render sound."""
    monkeypatch.setattr(publish, "missing", lambda: "Sound needs ears.")


@pytest.fixture
def folder(folder: Path) -> Path:
    """A sound checkpoint with a card, a picture, results, and what is nobody's business."""
    (folder / "README.md").write_text(CARD)
    (folder / "tune-samples.png").write_bytes(b"a picture")
    (folder / "tune.json").write_text("{}")
    (folder / "diary.txt").write_text("secret")
    return folder


# Checkpoints


def test_a_checkpoint_arrives_whole_and_its_card_fits_the_place(hub: Hub, folder: Path):
    result = run(publish.main, "us/polkas", folder)
    assert result.exit_code == 0, result.output
    files = hub["us/polkas"].files
    parts = {"config.json", "model.safetensors", "tune-samples.png", "tune.json", "README.md", ".gitattributes"}
    sounds = {f"sample-{n}.wav" for n in range(1, 5)} if missing() is None else set()
    assert set(files) == parts | sounds
    assert same(MusicVAE.from_pretrained("us/polkas"), MusicVAE.from_pretrained(folder))
    card = files["README.md"].decode()
    assert 'from_pretrained("us/polkas")' in card
    players = re.findall(r'<audio controls src="(.*?)">', card)
    assert {player.removeprefix(f"{hub.endpoint}/us/polkas/resolve/main/") for player in players} == sounds
    if sounds:
        assert card.index("tune-samples.png") < card.index("<audio") < card.index("```python")
        assert all(files[name][:4] == b"RIFF" for name in sounds)
    assert f"{hub.endpoint}/us/polkas/commit/{hub['us/polkas'].branches['main']}" in result.output.replace("\n", "")


@pytest.mark.usefixtures("_silent")
def test_publishing_again_changes_nothing_until_something_has_changed(hub: Hub, folder: Path):
    publish.publish(folder, "us/polkas")
    before = len(hub["us/polkas"].commits)
    publish.publish(folder, "us/polkas")
    assert len(hub["us/polkas"].commits) == before
    (folder / "README.md").write_text(CARD.replace("Polkas", "Jigs"))
    _, kept = publish.publish(folder, "us/polkas")
    assert not kept
    assert b"# Jigs" in hub["us/polkas"].files["README.md"]


@pytest.mark.usefixtures("_silent")
@pytest.mark.parametrize("edit", ["# Written by hand\n", None])
def test_a_card_that_somebody_wrote_or_edited_is_kept(hub: Hub, folder: Path, edit: str | None):
    publish.publish(folder, "us/polkas")
    ours = hub["us/polkas"].files["README.md"].decode()
    theirs = (edit or ours.replace("# Polkas", "# Polkas for two")).encode()
    hub["us/polkas"].commit("better words", {**hub["us/polkas"].files, "README.md": theirs})
    result = run(publish.main, "us/polkas", folder, "--create-pr")
    assert result.exit_code == 0, result.output
    assert "somebody wrote or edited; it is kept" in result.output
    assert hub["us/polkas"].files["README.md"] == theirs


@pytest.mark.usefixtures("_silent")
def test_the_stub_of_push_to_hub_makes_way_for_the_card(hub: Hub, folder: Path):
    MusicVAE.from_pretrained(folder).push_to_hub("us/polkas")
    _, kept = publish.publish(folder, "us/polkas")
    assert not kept
    assert b"# Polkas" in hub["us/polkas"].files["README.md"]


@pytest.mark.usefixtures("_silent")
def test_all_that_is_bundled_goes_to_an_owner(hub: Hub):
    result = run(publish.main, "us", "--private")
    assert result.exit_code == 0, result.output
    assert "Published without the sound of samples. Sound needs ears." in result.output
    for name, folder in bundled().items():
        there = hub[f"us/{name}"]
        assert there.private
        assert there.files["model.safetensors"] == (folder / "model.safetensors").read_bytes()
        card = ModelCard(there.files["README.md"].decode())
        assert card.data.library_name == "mvae"
        links = re.findall(r"\]\(([^)#:]+)\)", card.content)
        assert links
        assert set(links) <= set(there.files)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("us/polkas",), "us/polkas names no checkpoint and repository; give OWNER for all bundled ones (band-1bar, "),
        (("us", "nowhere"), "us nowhere names no checkpoint"),
        (("us/a b", "mel-2bar"), "'us/a b' is no name of a repository"),
    ],
)
@pytest.mark.usefixtures("hub", "_silent")
def test_publish_refuses_in_a_sentence(words: tuple[str, ...], sentence: str):
    result = run(publish.main, *words)
    assert result.exit_code == 2
    assert sentence in result.output


def test_what_is_damaged_or_without_a_card_is_not_published(hub: Hub, folder: Path):
    (folder / "README.md").unlink()
    with pytest.raises(CheckpointError, match=r"has no README\.md, the card"):
        publish.publish(folder, "us/polkas")
    (folder / "model.safetensors").write_bytes(b"")
    with pytest.raises(CheckpointError, match="is damaged"):
        publish.publish(folder, "us/polkas")
    assert hub.requests == []


def absolute(folder: Path) -> Path:
    """A run that was fine-tuned, measured and filled as users do it, all by absolute paths; the checkpoint's folder."""
    tunes(folder / "my music", 6)
    base = MusicVAE(Config(kind="melody", bars=1, z_size=8, enc_rnn_size=(12,), dec_rnn_size=(16,), prior_size=10))
    base.save_pretrained(folder / "base")
    words = ("--from", folder / "base", "--data", folder / "my music", "--out", folder / "run", "--precision", "no")
    result = run(train.main, *words, "--steps", 4)
    assert result.exit_code == 0, result.output
    best, windows = folder / "run" / "best", folder / "run" / "windows"
    options = ("--run", folder / "run", "--base", folder / "base", "--out", best, "--name", "run", "--samples", 4)
    result = run(evaluate.main, best, "--data", windows, *options)
    assert result.exit_code == 0, result.output
    (best / "old.json").write_text(json.dumps({"command": f"python -m training.evaluate {best} --data {windows}"}))
    (best / "README.md").write_text((best / "README.md").read_text() + f"\nIt was made in `{best}`.\n")
    return best


@pytest.mark.usefixtures("fresh_accelerate")
def test_nothing_that_is_published_says_where_it_lay(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    hurry(monkeypatch)
    best = absolute(tmp_path)
    result = run(publish.main, "us/polkas", best)
    assert result.exit_code == 0, result.output
    files = hub["us/polkas"].files
    assert {"run.json", "old.json", "README.md", "run-samples.png", "model.safetensors"} <= set(files)
    written = {path.name: path.read_bytes() for path in (best.parent / "windows").iterdir()}
    places = {str(tmp_path), str(tmp_path.resolve()), str(Path.home()), str(Path.cwd()), tempfile.gettempdir()}
    for name, data in {**files, **written}.items():
        for place in places:
            assert place.encode() + b"/" not in data, name
    assert b"python -m training.evaluate best --data windows" in files["README.md"]
    assert b"fine-tuned from `base`" in files["README.md"]
    assert b'from_pretrained("us/polkas")' in files["README.md"]
    assert b"lyrics.txt,0," in written["files.csv"]
    assert b"It was made in `best`." in files["README.md"]


def test_a_folder_of_ones_own_is_published_before_a_bundled_one_of_its_name(
    hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(publish, "missing", lambda: "Sound needs ears.")
    monkeypatch.chdir(folder.parent)
    folder.rename("mel-2bar")
    assert run(publish.main, "us/polkas", "mel-2bar").exit_code == 0
    assert hub["us/polkas"].files["model.safetensors"] == Path("mel-2bar/model.safetensors").read_bytes()


# The Space


def test_the_space_holds_what_the_demo_needs_and_nothing_else(tmp_path: Path):
    result = run(publish_space.main, "us/demo", "--folder", tmp_path / "staged")
    assert result.exit_code == 0, result.output
    staged = {path.relative_to(tmp_path / "staged").as_posix() for path in (tmp_path / "staged").rglob("*.*")}
    assert {path for path in staged if "/" not in path} == {
        "README.md",
        "app.py",
        "packages.txt",
        "requirements.txt",
        "thumbnail.png",
    }
    assert {"mvae/model.py", "mvae/checkpoints/mel-2bar/model.safetensors", "space/roll.js"} <= staged
    assert {"mvae/checkpoints/mel-2bar/README.md", "space/tabs/sample.py"} <= staged
    assert not [path for path in staged if path.endswith((".pyc", ".pyi")) or "pictures" in path]
    assert "space/README.md" not in staged
    assert 'Client("us/demo")' in (tmp_path / "staged/README.md").read_text(encoding="utf-8")


def test_the_page_of_the_space_tells_all_that_is_on_it(tmp_path: Path):
    publish_space.stage(tmp_path / "staged", "us/demo")
    page = (tmp_path / "staged/README.md").read_text(encoding="utf-8")
    front = yaml.safe_load(page.split("---")[1])
    assert front["models"] == [f"us/{name}" for name in bundled()]
    assert front["suggested_hardware"] == publish_space.HARDWARE == SpaceHardware.ZERO_A10G
    assert "mcp-server" in front["tags"]
    place = hf_hub_url("us/demo", "thumbnail.png", repo_type="space", endpoint="https://huggingface.co")
    assert front["thumbnail"] == place
    assert (tmp_path / "staged/thumbnail.png").read_bytes().startswith(b"\x89PNG")
    assert "owner" not in page
    tabs = importlib.import_module("space.ui").TABS if importlib.util.find_spec("gradio") else {}
    assert [f"**{tab}**" for tab in [*tabs, "Your checkpoint"]] == re.findall(r"^- (\*\*.*?\*\*):", page, re.MULTILINE)


def test_the_space_is_staged_into_nothing_that_is_there(tmp_path: Path):
    (tmp_path / "diary.txt").write_text("mine")
    result = run(publish_space.main, "us/demo", "--folder", tmp_path)
    assert result.exit_code == 2
    assert "is not empty" in result.output
    assert (tmp_path / "diary.txt").read_text() == "mine"


def test_a_new_space_is_pushed_and_runs_on_zerogpu(hub: Hub):
    result = run(publish_space.main, "us/demo", "--private")
    assert result.exit_code == 0, result.output
    space = hub["spaces/us/demo"]
    assert (space.private, space.created["sdk"], space.hardware) == (True, "gradio", "zero-a10g")
    assert {"app.py", "README.md", "requirements.txt", "mvae/hub.py", "space/ui.py"} <= set(space.files)
    assert space.files["README.md"].startswith(b"---\ntitle: MusicVAE\n")


def test_a_new_space_runs_on_what_is_wished_for(hub: Hub):
    publish_space.publish_space("us/demo", hardware="cpu-upgrade")
    assert hub["spaces/us/demo"].hardware == "cpu-upgrade"


def test_what_is_no_longer_part_of_the_space_goes(hub: Hub):
    publish_space.publish_space("us/demo")
    space = hub["spaces/us/demo"]
    space.commit("an old tab", {**space.files, "space/tabs/old.py": b""})
    address = publish_space.publish_space("us/demo")
    assert address == f"{hub.endpoint}/spaces/us/demo"
    assert "space/tabs/old.py" not in space.files
    assert ".gitattributes" in space.files
    before = len(space.commits)
    publish_space.publish_space("us/demo")
    assert len(space.commits) == before


def test_a_space_that_is_there_moves_to_other_hardware_if_it_is_named(hub: Hub):
    publish_space.publish_space("us/demo", hardware="cpu-basic")
    publish_space.publish_space("us/demo")
    assert hub["spaces/us/demo"].hardware == "cpu-basic", "what somebody chose is kept"
    assert run(publish_space.main, "us/demo", "--hardware", "zero-a10g").exit_code == 0
    assert hub["spaces/us/demo"].hardware == "zero-a10g"
    result = run(publish_space.main, "us/demo", "--hardware", "abacus")
    assert result.exit_code == 2
    assert 'The Hub answered 400 for us/demo: "abacus" is not a valid hardware flavor.' in result.output.replace(
        "\n", " "
    )


@pytest.mark.parametrize(
    ("status", "words", "advice"),
    [
        (402, "Subscribe to PRO to host Gradio Spaces on CPU.", "."),
        (403, "You have reached your limit of ZeroGPU Spaces.", "; log in with hf auth login."),
        (422, "The name is reserved.", "."),
        (429, "You have made too many Spaces today.", "; try again later."),
    ],
)
def test_the_hub_refuses_a_space_in_its_own_words(hub: Hub, status: int, words: str, advice: str):
    hub.refusals["/repos/create"] = RefusalError(status, error=words)
    with pytest.raises(CheckpointError) as refusal:
        publish_space.publish_space("us/demo")
    assert str(refusal.value) == f"The Hub answered {status} for us/demo: {words.rstrip('.')}{advice}"


def test_a_space_that_cannot_move_stays_as_it_is(hub: Hub):
    publish_space.publish_space("us/demo")
    space = hub["spaces/us/demo"]
    space.commit("an old tab", {**space.files, "space/tabs/old.py": b""})
    hub.refusals["/hardware"] = RefusalError(402, error="Add a payment method first")
    with pytest.raises(CheckpointError, match=r"402 for us/demo: Add a payment method first\.$"):
        publish_space.publish_space("us/demo", hardware="t4-small")
    assert "space/tabs/old.py" in space.files
