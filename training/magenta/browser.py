"""Checkpoints for the browser: Magenta.js's folder, and the layout of deeplearn.js before it."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from mvae.errors import CheckpointError

SHARDED, SINGLE = "weights_manifest.json", "manifest.json"
DTYPES = {"float32": "<f4", "int32": "<i4", "uint8": "|u1", "uint16": "<u2", "float16": "<f2"}


def read_sharded(folder: Path) -> dict[str, np.ndarray]:
    """The variables of a folder of Magenta.js: weights one after another in shards, of 1, 2 or 4 bytes each."""
    variables = {}
    for group in _json(folder / SHARDED, list):
        try:
            weights, data = group["weights"], b"".join(_file(folder, name) for name in group["paths"])
            for weight in weights:
                size = math.prod(weight["shape"]) * _dtype(weight).itemsize
                variables[weight["name"]], data = _number(weight, data[:size]), data[size:]
        except (KeyError, TypeError, AttributeError) as error:
            raise CheckpointError(
                f"{folder / SHARDED} is no list of weights as Magenta.js writes it: {error!r}."
            ) from None
        if data:
            raise CheckpointError(f"The shards of {folder} hold {len(data)} bytes more than {SHARDED} tells of.")
    return variables


def read_single(folder: Path) -> dict[str, np.ndarray]:
    """The variables of a folder of deeplearn.js: one file of float32 each."""
    variables = {}
    for name, weight in _json(folder / SINGLE, dict).items():
        try:
            variables[name] = _number({**weight, "name": name, "dtype": "float32"}, _file(folder, weight["filename"]))
        except (KeyError, TypeError) as error:
            raise CheckpointError(
                f"{folder / SINGLE} is no list of variables as deeplearn.js has it: {error!r}."
            ) from None
    return variables


def read_spec(folder: Path) -> dict[str, Any]:
    """What Magenta.js is told of the model: `config.json`, or `converter.json` in the old layout; {} without either."""
    if (folder / "config.json").is_file():
        return _json(folder / "config.json", dict)
    if (folder / "converter.json").is_file():
        return {"type": "MusicVAE", "dataConverter": _json(folder / "converter.json", dict)}
    return {}


def _json(path: Path, kind: type) -> Any:
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}.") from None
    if not isinstance(value, kind):
        raise CheckpointError(f"{path} holds a {type(value).__name__} where Magenta has a {kind.__name__}.")
    return value


def _file(folder: Path, name: str) -> bytes:
    """A file of the folder itself; a manifest may name no other."""
    path = folder / name
    if path.parent != folder or not path.is_file():
        raise CheckpointError(f"{folder} has no file {name!r}, which its manifest names.")
    return path.read_bytes()


def _dtype(weight: dict[str, Any]) -> np.dtype:
    name = weight.get("quantization", weight)["dtype"]
    if name not in DTYPES:
        raise CheckpointError(f"{weight['name']} is of {name!r}; {', '.join(DTYPES)} are read.")
    return np.dtype(DTYPES[name])


def _number(weight: dict[str, Any], data: bytes) -> np.ndarray:
    """A weight of a manifest as numbers; a quantized one is `min + scale * q`."""
    dtype, shape = _dtype(weight), tuple(weight["shape"])
    if len(data) != math.prod(shape) * dtype.itemsize:
        raise CheckpointError(
            f"{weight['name']} of shape {shape} takes {math.prod(shape) * dtype.itemsize} bytes and has {len(data)};"
            " a file is cut short."
        )
    values = np.frombuffer(data, dtype).reshape(shape)
    quantization = weight.get("quantization", {})
    if "scale" in quantization:
        return (values * np.float64(quantization["scale"]) + quantization["min"]).astype(np.float32)
    return values
