"""Drums have one list of names in the browser: those of the converter, in its order."""

import json
import re
from pathlib import Path

from mvae.converters.drums import DRUMS, DrumMap

SCRIPT = Path(__file__).parents[1] / "space" / "drums.js"


def test_are_the_nine_of_the_converter():
    listed = re.search(r"const DRUMS = (\[.*?\]);", SCRIPT.read_text("utf-8"), re.S)
    assert listed
    found = json.loads(re.sub(r",\s*\]", "]", re.sub(r"(\w+):", r'"\1":', listed[1])))
    assert [drum["pitch"] for drum in found] == list(DrumMap("2019").pitches)
    assert [drum["bit"] for drum in found] == [1 << bit for bit in range(len(DRUMS))]
    for drum, name in zip(found, DRUMS, strict=True):
        assert drum["label"].lower() in (name, name.replace("closed ", ""), name.replace("hi-", ""))
