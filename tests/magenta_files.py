"""Writes checkpoints as Magenta's tools write them: TensorFlow's, Magenta.js's and deeplearn.js's."""

import json
import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np

Variables = Mapping[str, np.ndarray]
Shapes = dict[str, tuple[int, ...]]
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


def lstm(scope: str, width: int, size: int) -> Shapes:
    return {f"{scope}/lstm_cell/kernel": (width + size, 4 * size), f"{scope}/lstm_cell/bias": (4 * size,)}


def dense(scope: str, width: int, size: int) -> Shapes:
    return {f"{scope}/kernel": (width, size), f"{scope}/bias": (size,)}


def encoder(scope: str, width: int, size: int = 3) -> Shapes:
    """A bidirectional layer."""
    cells = [lstm(f"{scope}/cell_0/bidirectional_rnn/{way}/multi_rnn_cell/cell_0", width, size) for way in ("fw", "bw")]
    return cells[0] | cells[1]


def posterior(size: int = 3, z_size: int = 4) -> Shapes:
    return dense("encoder/mu", 2 * size, z_size) | dense("encoder/sigma", 2 * size, z_size)


def decoder(scope: str, z_size: int, seen: int, out: int, sizes: tuple[int, ...] = (5, 2)) -> Shapes:
    """Layers over the `seen` last token (and control), and the code."""
    shapes = dense(f"{scope}decoder/z_to_initial_state", z_size, 2 * sum(sizes))
    for layer, (width, size) in enumerate(zip((seen + z_size, *sizes), sizes, strict=False)):
        shapes |= lstm(f"{scope}decoder/multi_rnn_cell/cell_{layer}", width, size)
    return shapes | dense(f"{scope}decoder/output_projection", sizes[-1], out)


def conductor(z_size: int = 4, size: int = 6) -> Shapes:
    scope = "decoder/hierarchical_level_0"
    return dense(f"{scope}/initial_state", z_size, 2 * size) | lstm(f"{scope}/cell_0", 1, size)


HIERARCHY = posterior() | conductor() | encoder("encoder/hierarchical_level_1", 6)
NADE = {"decoder/nade/w_enc": (61, 1, 7), "decoder/nade/w_dec_t": (61, 7, 1)}
SHAPES = {  # tiny ones of Magenta's architectures, by their configs
    "cat-mel_2bar_small": encoder("encoder", 90) | posterior() | decoder("", 4, 90, 90),
    "cat-mel_2bar_med_chords": encoder("encoder", 139) | posterior() | decoder("", 4, 139, 90, (5, 2, 3)),
    "cat-drums_2bar_small": encoder("encoder", 10) | posterior() | decoder("", 4, 512, 512),
    "nade-drums_2bar_full": encoder("encoder", 62) | posterior() | decoder("", 4, 61, 68) | NADE,
    "groovae_4bar": encoder("encoder", 27) | posterior() | decoder("", 4, 27, 27),
    "groovae_2bar_hits_control_tfds": encoder("encoder", 36) | posterior() | decoder("", 4, 36, 27),
    "hier-mel_16bar": HIERARCHY | encoder("encoder/hierarchical_level_0", 90) | decoder("core_decoder/", 6, 90, 90),
    "hier-trio_16bar": HIERARCHY
    | encoder("encoder/hierarchical_level_0", 692)
    | decoder("core_decoder/core_decoder_0/", 6, 90, 90)
    | decoder("core_decoder/core_decoder_1/", 6, 90, 90)
    | decoder("core_decoder/core_decoder_2/", 6, 512, 512),
    "hier-multiperf_vel_1bar_med_chords": HIERARCHY
    | encoder("encoder/hierarchical_level_0", 539)
    | decoder("core_decoder/", 6, 539, 490, (5, 2, 3)),
}


def weights(name: str) -> dict[str, np.ndarray]:
    """Random variables of a tiny model of one of Magenta's configs."""
    rng = np.random.default_rng(5)
    shapes = dict(SHAPES[name])
    if name.startswith("hier-"):  # whose conductors have as many layers as their decoders
        layers = 3 if "multiperf" in name else 2
        shapes |= dense("decoder/hierarchical_level_0/initial_state", 4, 12 * layers)
        for layer in range(1, layers):
            shapes |= lstm(f"decoder/hierarchical_level_0/cell_{layer}", 6, 6)
    return {variable: rng.normal(0, 0.4, shape).astype(np.float32) for variable, shape in shapes.items()}
