"""Writes checkpoints as Magenta's tools write them: TensorFlow's, Magenta.js's and deeplearn.js's."""

import json
import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np

Variables = Mapping[str, np.ndarray]
NUMBERS = {"float32": 1, "float64": 2, "int32": 3, "int64": 9, "float16": 19}


def varint(value: int) -> bytes:
    low = b""
    while value > 0x7F:
        low += bytes([value & 0x7F | 0x80])
        value >>= 7
    return low + bytes([value])


def crc32c(data: bytes) -> int:
    """Bit by bit, and so unlike the reader's."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(crc: int) -> int:
    return (crc >> 15 | crc << 17) + 0xA282EAD8 & 0xFFFFFFFF


def field(number: int, value: int | bytes) -> bytes:
    """A field of a protocol buffer."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value) if value else b""
    return varint(number << 3 | 2) + varint(len(value)) + value


def entry(array: np.ndarray, offset: int) -> bytes:
    """A BundleEntryProto."""
    shape = b"".join(field(2, field(1, size)) for size in array.shape)
    data = array.tobytes()
    numbers = field(1, NUMBERS[array.dtype.name]) + field(2, shape), field(4, offset) + field(5, len(data))
    return b"".join(numbers) + varint(6 << 3 | 5) + struct.pack("<I", masked(crc32c(data)))


def block(items: list[tuple[bytes, bytes]], restart_interval: int = 16) -> bytes:
    """A block of a sorted table, whose keys leave out what they share with the one before."""
    data, restarts, last = b"", [], b""
    for number, (key, value) in enumerate(items):
        if number % restart_interval == 0:
            restarts.append(len(data))
            last = b""
        shared = next((n for n, (a, b) in enumerate(zip(key, last, strict=False)) if a != b), min(len(key), len(last)))
        data += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        last = key
    return data + b"".join(struct.pack("<I", at) for at in [*restarts, len(restarts)])


def table(items: list[tuple[bytes, bytes]], per_block: int = 7) -> bytes:
    """A sorted table of several blocks, with an index of them."""
    data, handles = b"", []

    def add(content: bytes) -> bytes:
        nonlocal data
        handle = varint(len(data)) + varint(len(content))
        data += content + b"\0" + struct.pack("<I", masked(crc32c(content + b"\0")))
        return handle

    for at in range(0, len(items), per_block):
        piece = items[at : at + per_block]
        handles.append((piece[-1][0], add(block(piece))))
    footer = add(block([], 1)[-4:]) + add(block(handles, 1))
    return data + footer.ljust(40, b"\0") + bytes.fromhex("57fb808b247547db")


def write_tensorflow(prefix: Path, variables: Variables, shards: int = 1) -> Path:
    """`prefix.index` and its shards, the variables dealt out among them in turn."""
    contents, items = [b""] * shards, []
    for number, name in enumerate(sorted(variables)):
        shard = number % shards
        value = entry(variables[name], len(contents[shard])) + field(3, shard)
        items.append((name.encode(), value))
        contents[shard] += variables[name].tobytes()
    header = field(1, shards) + field(3, field(1, 1))
    prefix.parent.mkdir(parents=True, exist_ok=True)
    prefix.with_name(prefix.name + ".index").write_bytes(table([(b"", header), *items]))
    for shard, content in enumerate(contents):
        prefix.with_name(f"{prefix.name}.data-{shard:05d}-of-{shards:05d}").write_bytes(content)
    return prefix


def write_magenta_js(
    folder: Path, variables: Variables, spec: object, bytes_each: int = 4, shard_size: int = 5000
) -> Path:
    """A folder of Magenta.js with weights of 1, 2 or 4 bytes each."""
    weights, data = [], b""
    for name, values in variables.items():
        weight: dict[str, object] = {"name": name, "shape": list(values.shape), "dtype": "float32"}
        if bytes_each < 4:
            dtype = np.dtype(f"u{bytes_each}")
            low, scale = float(values.min()), float(np.ptp(values)) / (256**bytes_each - 1) or 1.0
            weight["quantization"] = {"min": low, "scale": scale, "dtype": dtype.name}
            values = np.round((values - low) / scale).astype(dtype)
        weights.append(weight)
        data += values.tobytes()
    folder.mkdir(parents=True)
    shards = [data[at : at + shard_size] for at in range(0, len(data), shard_size)]
    paths = [f"group1-shard{number}of{len(shards)}" for number in range(1, len(shards) + 1)]
    for path, shard in zip(paths, shards, strict=True):
        (folder / path).write_bytes(shard)
    (folder / "weights_manifest.json").write_text(json.dumps([{"paths": paths, "weights": weights}]))
    (folder / "config.json").write_text(json.dumps(spec))
    return folder


def write_deeplearn_js(folder: Path, variables: Variables, converter: object) -> Path:
    """A folder in the layout before Magenta.js: one file a variable."""
    folder.mkdir(parents=True)
    names = {name: name.replace("/", "_") for name in variables}
    for name, values in variables.items():
        (folder / names[name]).write_bytes(values.tobytes())
    manifest = {name: {"filename": names[name], "shape": list(values.shape)} for name, values in variables.items()}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "converter.json").write_text(json.dumps(converter))
    return folder
