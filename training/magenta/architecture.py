"""What model a checkpoint is of: read off its variables, and completed by what no variable shows.

No variable shows how many bars a model writes, nor which drums its numbers stand for. These come from the config of
Magenta that is named, from what Magenta.js is told beside the weights, or from the one config that fits.
"""

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from mvae.config import Config
from mvae.converters.drums import MAPS
from mvae.errors import CheckpointError
from mvae.magenta import MAGENTA

from .names import aside
from .source import Source

Variables = Mapping[str, np.ndarray]
OUTPUTS = {90: "melody", 512: "drums", 692: "trio", 490: "multitrack", 27: "groove"}  # the kind by the decoder's width
VIEWS = {  # the width of what the encoder is shown, by kind and view
    "melody": {"one_hot": 90},
    "drums": {"roll": 10, "one_hot": 512},
    "trio": {"one_hot": 692},
    "multitrack": {"one_hot": 490},
    "groove": {"groove": 27},
}
CONTROLS = {0: "none", 49: "triads", 25: "major_minor", 37: "pitches", 9: "hits"}
SIZES = "z_size", "enc_rnn_size", "dec_rnn_size", "conductor_rnn_size", "nade_size"
CONVERTERS = {  # of Magenta.js
    "MelodyConverter": "melody",
    "DrumsConverter": "drums",
    "DrumRollConverter": "drums",
    "TrioConverter": "trio",
    "MultitrackConverter": "multitrack",
    "GrooveConverter": "groove",
}
DRUMMED = "drums", "trio", "groove"  # kinds whose drums Magenta.js numbers by the map of 2017
FIXED = {  # arguments of Magenta.js's converters that are the same in every model of ours
    "minPitch": 21,
    "maxPitch": 108,
    "numVelocityBins": 8,
    "totalSteps": 96,
    "splitInstruments": False,
}


def config_of(source: Source, name: str | None = None) -> Config:
    """The config of a checkpoint, given the name of one of Magenta's or else by what it shows.

    Raises `CheckpointError` where the two contradict each other, or where several configs are possible.
    """
    shown = _shown(source)
    if name is not None and name not in MAGENTA:
        raise CheckpointError(f"Magenta has no config {name!r}; it has {', '.join(MAGENTA)}.")
    if name is None and source.spec:
        try:
            return _of_browser(source, shown)
        except (TypeError, AttributeError, ValueError) as error:
            raise CheckpointError(f"The config.json of {source.name} is not as Magenta.js has it: {error}.") from None
    if name is None:
        name = _name(source, shown)
    _agree(source, shown, name)
    found = dataclasses.replace(MAGENTA[name], **{size: shown[size] for size in SIZES})
    old = found.kind in ("drums", "trio") and not shown["full_drums"]  # GrooVAE came after the map of 2019
    return dataclasses.replace(found, drum_map="2017") if old else found


def other_sizes(config: Config, name: str) -> list[str]:
    """Where the sizes of a config are not those of Magenta's of this name, which are in brackets."""
    pairs = [(size, getattr(config, size), getattr(MAGENTA[name], size)) for size in SIZES]
    return [f"{size} {found} ({theirs})" for size, found, theirs in pairs if found != theirs]


def _shown(source: Source) -> dict[str, Any]:
    """The fields of a config that the variables of a checkpoint show."""
    variables = {name: value for name, value in source.variables.items() if name not in aside(source.variables)}
    try:
        shown = _fields(variables)
    except (KeyError, IndexError, TypeError):
        shown = {}
    if not shown.get("enc_rnn_size") or not shown.get("dec_rnn_size"):
        some = ", ".join(sorted(variables)[:3]) or "none"
        raise CheckpointError(f"{source.name} is no checkpoint of MusicVAE; its variables are {some} …")
    return shown


def _fields(variables: Variables) -> dict[str, Any]:
    hierarchical = any(name.startswith("encoder/hierarchical_level_") for name in variables)
    outputs = [variables[name] for name in sorted(variables) if name.endswith("decoder/output_projection/bias")]
    nade = variables.get("decoder/nade/w_enc")
    width = sum(len(bias) for bias in outputs)
    kind = "drums" if nade is not None else OUTPUTS[width]
    encoder = "encoder/hierarchical_level_0" if hierarchical else "encoder"
    enc_rnn_size = _layers(variables, rf"{encoder}/cell_(\d+)/bidirectional_rnn/fw/.*/bias")
    cell = f"{encoder}/cell_0/bidirectional_rnn/fw/multi_rnn_cell/cell_0/lstm_cell/kernel"
    seen = variables[cell].shape[0] - enc_rnn_size[0] if cell in variables else None
    views = {"roll": nade.shape[0] + 1} if nade is not None else VIEWS[kind]
    fits = [(view, seen - size) for view, size in views.items() if seen is not None and seen - size in CONTROLS]
    return {
        "kind": kind,
        "z_size": len(variables["encoder/mu/bias"]),
        "enc_rnn_size": enc_rnn_size,
        "dec_rnn_size": _layers(
            variables, r"(?:core_decoder/|core_decoder_0/)*decoder/multi_rnn_cell/cell_(\d+)/.*/bias"
        ),
        "conductor_rnn_size": _layers(variables, r"decoder/hierarchical_level_0/cell_(\d+)/.*/bias"),
        "encoder": "hierarchical" if hierarchical else "bilstm",
        "decoder": "nade" if nade is not None else "parts" if len(outputs) > 1 else "groove" if width == 27 else "lstm",
        "nade_size": 0 if nade is None else nade.shape[2],
        "conductor": any(name.startswith("decoder/hierarchical_level_0/") for name in variables),
        "full_drums": nade is not None and nade.shape[0] == 61,
        "encoder_view": fits[0][0] if fits else next(iter(views)),
        "control": CONTROLS[fits[0][1]] if fits else "none",
    }


def _layers(variables: Variables, pattern: str) -> tuple[int, ...]:
    """The widths of the LSTM layers whose biases have names of a pattern, which finds their numbers."""
    found = {int(match[1]): name for name in variables if (match := re.fullmatch(pattern, name))}
    return tuple(len(variables[name]) // 4 for _, name in sorted(found.items()))


def _structure(config: Config) -> dict[str, Any]:
    """What a config has in common with what variables show, sizes apart."""
    same = {field: getattr(config, field) for field in ("kind", "encoder", "decoder", "control")}
    return {
        **same,
        "conductor": bool(config.conductor_rnn_size),
        "encoder_view": "groove" if config.kind == "groove" else config.encoder_view,
        "full_drums": config.drum_map == "full",
    }


def _agree(source: Source, shown: dict[str, Any], name: str) -> None:
    wanted = _structure(MAGENTA[name])
    if wrong := [f"{field} is {shown[field]}, not {value}" for field, value in wanted.items() if shown[field] != value]:
        raise CheckpointError(f"{source.name} is not of {name}: {'; '.join(wrong)}.")


def _name(source: Source, shown: dict[str, Any]) -> str:
    """The config that the name of a file begins with, or the one that fits."""
    parts = reversed(re.split(r"[/\\]", source.name))
    named = [name for part in parts for name in sorted(MAGENTA, key=len, reverse=True) if part.startswith(name)]
    if named:
        return named[0]
    same = [name for name, config in MAGENTA.items() if _structure(config).items() <= shown.items()]
    exact = [name for name in same if all(getattr(MAGENTA[name], size) == shown[size] for size in SIZES)]
    found = exact or same
    if len(found) == 1:
        return found[0]
    if not found:
        what = ", ".join(f"{field} {value}" for field, value in shown.items())
        raise CheckpointError(f"{source.name} is of none of Magenta's configs: {what}.")
    raise CheckpointError(
        f"{source.name} could be of {', '.join(found)}, which no variable tells apart; say which with --config."
    )


def _of_browser(source: Source, shown: dict[str, Any]) -> Config:
    """The config of a model for the browser, whose `config.json` says how long it is."""
    converter: Any = source.spec.get("dataConverter")
    converter = converter if isinstance(converter, dict) else {"type": converter}
    kind = CONVERTERS.get(converter.get("type"))
    if kind != shown["kind"]:
        raise CheckpointError(
            f"{source.name} has the converter {converter.get('type')!r} and a decoder of {shown['kind']};"
            f" {', '.join(CONVERTERS)} are read."
        )
    arguments = converter.get("args", {})
    given = {**arguments, **arguments.get("melArgs", {})}
    for argument, value in FIXED.items():
        if given.get(argument, value) != value:
            raise CheckpointError(f"{source.name} has {argument} {given[argument]}; {value} is read.")
    bars = 1 if kind == "multitrack" else given.get("numSteps", 0) / 16
    if bars != int(bars) or not bars:
        raise CheckpointError(f"{source.name} has {given.get('numSteps')} steps; whole bars of 16 are read.")
    if given.get("numSegments", bars) != bars and kind != "multitrack":
        raise CheckpointError(
            f"{source.name} has {given['numSegments']} segments in {bars:.0f} bars; a segment is a bar."
        )
    fields = {field: value for field, value in shown.items() if field not in ("conductor", "full_drums")}
    groove = "taps" if given.get("tapify") else "score" if given.get("humanize") else "groove"
    unseen: dict[str, Any] = {
        "bars": int(bars),
        "drum_map": _drum_map(source, given, shown["full_drums"]) if kind in DRUMMED else "2019",
        "bar_crossing": "carried" if shown["conductor_rnn_size"] else "independent",
        "past_end": "unseen" if kind == "multitrack" else "seen",
        **({"encoder_view": groove} if kind == "groove" else {}),
    }
    return Config(**fields | unseen)


def _drum_map(source: Source, given: dict[str, Any], full: bool) -> str:
    """The map that the drums of a model for the browser are numbered by, which it may spell out."""
    classes = given.get("pitchClasses") or given.get("drumsArgs", {}).get("pitchClasses")
    if classes is None:
        return "full" if full else "2017"
    named = [name for name, drums in MAPS.items() if [*map(list, drums)] == classes]
    if not named:
        raise CheckpointError(f"{source.name} has drums of its own (pitchClasses); those of Magenta are read.")
    return named[0]
