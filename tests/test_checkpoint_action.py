"""A visitor's checkpoint without a browser: what it is, where it may lie, and its card, of which nothing is obeyed."""

from collections import OrderedDict

import pytest

pytest.importorskip("gradio", reason="gradio is not installed: pip install '.[app]'")
from mvae import CheckpointError  # noqa: E402
from space import machine, model_card, models  # noqa: E402
from space.actions.checkpoint import checkpoint  # noqa: E402
from tests.test_hub import files_of, same  # noqa: E402


@pytest.fixture(autouse=True)
def _nobody_was_here(monkeypatch):
    monkeypatch.setattr(models, "_visitors", OrderedDict())
    for name in ("SPACE_ID", "GRADIO_SHARE", "GRADIO_SERVER_NAME"):
        monkeypatch.delenv(name, raising=False)


class TestOpen:
    def test_one_of_the_hub(self, hub, tiny, tmp_path):
        card = b"---\nlicense: mit\n---\n\n# Tunes\n\nOf ours."
        hub.add("us/tunes", {**files_of(tiny(), tmp_path), "README.md": card})
        opened = checkpoint(" us/tunes ")
        assert (opened.name, opened.config, opened.card) == ("us/tunes", tiny().config, "# Tunes\n\nOf ours.")
        assert opened.parameters == tiny().parameter_count
        assert same(models.load("us/tunes"), tiny())

    def test_one_without_a_card(self, hub, tiny, tmp_path):
        files = files_of(tiny(), tmp_path)
        hub.add("us/tunes", {name: data for name, data in files.items() if name != "README.md"})
        assert checkpoint("us/tunes").card == ""

    def test_a_card_that_is_too_long(self, hub, tiny, tmp_path, monkeypatch):
        hub.add("us/tunes", {**files_of(tiny(), tmp_path), "README.md": b"x" * (model_card.LARGEST + 1)})
        assert checkpoint("us/tunes").card == "The card is too long to be shown here."

    def test_a_bundled_one(self):
        opened = checkpoint("mel-2bar")
        assert opened.config.kind == "melody"
        assert "note_density" in opened.attributes

    def test_a_pickle_is_not_read(self, hub, tiny, tmp_path):
        files = files_of(tiny(), tmp_path)
        hub.add("us/old", {"config.json": files["config.json"], "pytorch_model.bin": files["model.safetensors"]})
        with pytest.raises(CheckpointError, match="us/old has no .* or no model.safetensors.*safetensors only"):
            checkpoint("us/old")
        assert not [request for request in hub.requests if request.endswith(".bin")]

    @pytest.mark.parametrize("name", [None, 3, [], {}, "", "us", "../etc", "<b>x</b>", "\0", "a/" + "b" * 9999])
    def test_a_wrong_name(self, hub, name):
        with pytest.raises(CheckpointError, match=r"^There is no model .*, or owner/name on the Hub, or a folder\.$"):
            checkpoint(name)
        assert hub.requests == []


class TestFolder:
    def test_is_opened_on_ones_own_machine_and_read_anew(self, tiny, folder):
        assert same(models.load(str(folder)), tiny())
        assert checkpoint(str(folder)).card.startswith("# A MusicVAE of melody loops")
        tiny(seed=5).save_pretrained(folder)
        assert same(models.load(str(folder)), tiny())
        checkpoint(str(folder))
        assert same(models.load(str(folder)), tiny(seed=5))
        assert models.short(str(folder)) == "tune-2bar"

    @pytest.mark.parametrize(
        "shared", [("SPACE_ID", "us/demo"), ("GRADIO_SHARE", "True"), ("GRADIO_SERVER_NAME", "0.0.0.0")]
    )
    def test_is_not_opened_for_others(self, folder, monkeypatch, shared, hub):
        monkeypatch.setenv(*shared)
        assert not machine.is_own()
        for name in (str(folder), "~", "/etc"):
            with pytest.raises(CheckpointError, match=r"^There is no model .*, or owner/name on the Hub\.$"):
                checkpoint(name)
        assert hub.requests == []

    def test_that_holds_no_checkpoint(self, tmp_path):
        with pytest.raises(CheckpointError, match=r"has no config\.json"):
            checkpoint(str(tmp_path))


class TestCard:
    @pytest.mark.parametrize(
        "text",
        [
            "<script>alert(1)</script>",
            "<img src='http://example.com/x.png' onerror=alert(1)>",
            "text <img src=x> text",
            "![words](http://example.com/x.png)",
            "![words][1]\n\n[1]: http://example.com/x.png",
            "[words](javascript:alert(1))",
            "[words](data:text/html,x)",
            '[words](http://example.com "x\\" onclick=\\"alert(1)")',
            "<http://example.com/x>",
            "```html\n<script>\n```",
            "| a |\n|---|\n| <svg onload=alert(1)> |",
            "<style>@import 'http://example.com';</style>",
        ],
    )
    def test_nothing_in_it_is_obeyed_or_fetched(self, text):
        import html.parser

        tags = []
        reader = html.parser.HTMLParser()
        reader.handle_starttag = lambda tag, attributes: tags.append((tag, dict(attributes)))
        reader.feed(model_card.to_html(text))
        named = {tag for tag, _ in tags}
        assert named <= {"p", "em", "a", "pre", "code", "table", "thead", "tbody", "tr", "th", "td"}
        for _, attributes in tags:
            assert set(attributes) <= {"href", "title", "target", "rel", "class"}
            assert attributes.get("href", "http").startswith("http")

    def test_it_is_a_page(self):
        shown = model_card.to_html("# Tunes\n\n*Ours* and [theirs](https://example.com).\n\n| a |\n|---|\n| 1 |")
        assert "<h1>Tunes</h1>" in shown
        assert "<td>1</td>" in shown
        assert '<a href="https://example.com" target="_blank" rel="noopener noreferrer nofollow">theirs</a>' in shown

    def test_of_a_picture_the_words_remain(self):
        assert model_card.to_html("![Four <b> samples](a.png)") == "<p><em>Four &lt;b&gt; samples</em></p>\n"
