"""TensorFlow's checkpoint files, read without TensorFlow.

A checkpoint is one `.index`, a sorted table of LevelDB's format whose values are protocol buffers, and `.data` shards
of raw numbers (tensorflow/core/util/tensor_bundle, tensorflow/core/lib/io/format.cc, tensorflow/core/protobuf/
tensor_bundle.proto).
"""

import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mvae.errors import CheckpointError

from .checksum import crc32c, masked

MAGIC = bytes.fromhex("57fb808b247547db")
FOOTER = 48  # bytes: where two blocks lie, padding, and the magic number
TRAILER = 5  # bytes after each block: how it is compressed, and a checksum
MOST_INDEX = 64 * 2**20
DTYPES = {1: "<f4", 2: "<f8", 3: "<i4", 9: "<i8", 19: "<f2"}  # numbers of tensorflow/core/framework/types.proto


class Entry(NamedTuple):
    """Where a variable lies."""

    dtype: int
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int
    checksum: int


def read(prefix: Path) -> dict[str, np.ndarray]:
    """The variables of the checkpoint `prefix` (`model.ckpt` for `model.ckpt.index`), mapped from their files.

    Raises `CheckpointError` for what is damaged, missing, or not of TensorFlow.
    """
    index = prefix.with_name(prefix.name + ".index")
    try:
        if index.stat().st_size > MOST_INDEX:
            raise ValueError("it is too large for an index")
        table = dict(_table(index.read_bytes()))
        header = _fields(table.pop(b"", b""))
        shards, entries = header.get(1, [0])[0], {name.decode(): _entry(value) for name, value in table.items()}
    except (ValueError, IndexError, struct.error, TypeError, AttributeError) as error:
        raise CheckpointError(f"{index} is no sound index of a TensorFlow checkpoint: {error}.") from None
    if header.get(2, [0])[0]:
        raise CheckpointError(f"{index} is of a big-endian machine; little-endian checkpoints are read.")
    return {name: _variable(prefix, name, entry, shards) for name, entry in entries.items()}


def _variable(prefix: Path, name: str, entry: Entry, shards: int) -> np.ndarray:
    path = prefix.with_name(f"{prefix.name}.data-{entry.shard:05d}-of-{shards:05d}")
    if entry.dtype not in DTYPES:
        raise CheckpointError(f"{name} in {prefix} is of TensorFlow's type {entry.dtype}; numbers are read.")
    dtype = np.dtype(DTYPES[entry.dtype])
    if entry.size != math.prod(entry.shape) * dtype.itemsize:
        raise CheckpointError(f"{name} in {prefix} is said to be {entry.shape} in {entry.size} bytes; it is damaged.")
    if not path.is_file():
        raise CheckpointError(f"{path} is missing; it holds {name}.")
    if entry.offset + entry.size > path.stat().st_size:
        raise CheckpointError(f"{path} ends before {name}; it is cut short.")
    flat = np.memmap(path, dtype, "r", entry.offset, math.prod(entry.shape)) if entry.size else np.zeros(0, dtype)
    if masked(crc32c(flat)) != entry.checksum:
        raise CheckpointError(f"{name} in {path} is damaged: its checksum is not the one in the index.")
    return flat.reshape(entry.shape)


def _table(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The keys and values of a sorted table, in order."""
    if data[-8:] != MAGIC or len(data) < FOOTER:
        raise ValueError("its last bytes are of no such table")
    footer = data[-FOOTER:]
    _, at = _handle(footer, 0)  # a block about blocks, which nobody fills
    index, _ = _handle(footer, at)
    for _, handle in _block(data, *index):
        yield from _block(data, *_handle(handle, 0)[0])


def _handle(data: bytes, at: int) -> tuple[tuple[int, int], int]:
    offset, at = _varint(data, at)
    size, at = _varint(data, at)
    return (offset, size), at


def _block(data: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """The keys and values of one block; a key repeats only what differs from the one before it."""
    block, trailer = data[offset : offset + size], data[offset + size : offset + size + TRAILER]
    compression, checksum = struct.unpack("<BI", trailer)
    if compression:
        raise ValueError("it is compressed, as TensorFlow never does")
    if checksum != masked(crc32c(block + trailer[:1])):
        raise ValueError("its checksum is another than its content's")
    (restarts,) = struct.unpack("<I", block[-4:])
    key, at, end = b"", 0, size - 4 * (restarts + 1)
    while at < end:
        shared, at = _varint(block, at)
        rest, at = _varint(block, at)
        length, at = _varint(block, at)
        key = key[:shared] + block[at : at + rest]
        at += rest + length
        yield key, block[at - length : at]


def _entry(data: bytes) -> Entry:
    """A BundleEntryProto."""
    fields = _fields(data)
    if 7 in fields:
        raise ValueError("it holds a variable that was split among machines")
    dims = _fields(fields.get(2, [b""])[0]).get(2, [])
    shape = tuple(_fields(dim).get(1, [0])[0] for dim in dims)
    dtype, shard, offset, size = (fields.get(number, [0])[0] for number in (1, 3, 4, 5))
    (checksum,) = struct.unpack("<I", fields.get(6, [bytes(4)])[0])
    return Entry(dtype, shape, shard, offset, size, checksum)


def _fields(data: bytes) -> dict[int, list]:
    """The fields of a protocol buffer by number: whole numbers, or bytes."""
    fields: dict[int, list] = {}
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        if tag & 7 == 0:
            value, at = _varint(data, at)
        elif tag & 7 == 2:
            length, at = _varint(data, at)
            value, at = data[at : at + length], at + length
        elif tag & 7 in (1, 5):
            length = 8 if tag & 7 == 1 else 4
            value, at = data[at : at + length], at + length
        else:
            raise ValueError("it holds a field of no known kind")
        fields.setdefault(tag >> 3, []).append(value)
    return fields


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
        if shift > 63:
            raise ValueError("it holds a number of more than 64 bits")
