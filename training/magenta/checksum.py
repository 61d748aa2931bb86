"""CRC-32C, the checksum of TensorFlow's files, in numpy: fast enough for the weights of a model.

Many stretches of the data are read side by side; their checksums are joined as zlib's `crc32_combine` does it.
"""

import numpy as np

CASTAGNOLI = 0x82F63B78
STRETCHES = 1 << 14
SHORT = 1 << 16  # bytes, below which nothing is gained side by side


def crc32c(data: bytes | np.ndarray) -> int:
    """The CRC-32C of bytes, or of the bytes of a contiguous array."""
    octets = np.frombuffer(data, np.uint8) if isinstance(data, bytes) else data.reshape(-1).view(np.uint8)
    if len(octets) < SHORT:
        return _one(octets.tobytes())
    length = len(octets) // STRETCHES
    head, rest = octets[: length * STRETCHES].reshape(STRETCHES, length), octets[length * STRETCHES :]
    checksums = np.full(STRETCHES, 0xFFFFFFFF, np.uint32)
    for column in head.T:
        checksums = OF_BYTE[(checksums ^ column) & 0xFF] ^ (checksums >> 8)
    joined, passing = 0, _passing(length)
    for checksum in (checksums ^ 0xFFFFFFFF).tolist():
        joined = _pass(passing, joined) ^ checksum
    return _pass(_passing(len(rest)), joined) ^ _one(rest.tobytes())


def masked(checksum: int) -> int:
    """A checksum as TensorFlow and LevelDB store it."""
    return (((checksum >> 15) | (checksum << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def _of_byte() -> np.ndarray:
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = (table >> 1) ^ np.where(table & 1, np.uint32(CASTAGNOLI), np.uint32(0))
    return table


OF_BYTE = _of_byte()
_OF_BYTE = OF_BYTE.tolist()


def _one(data: bytes) -> int:
    checksum = 0xFFFFFFFF
    for byte in data:
        checksum = _OF_BYTE[(checksum ^ byte) & 0xFF] ^ (checksum >> 8)
    return checksum ^ 0xFFFFFFFF


def _pass(images: np.ndarray, checksum: int) -> int:
    """What a checksum becomes as bytes pass; `images` are what each of its 32 bits becomes."""
    return int(np.bitwise_xor.reduce(images[_bits(np.uint32(checksum))])) if checksum else 0


def _bits(checksums: np.ndarray | np.uint32) -> np.ndarray:
    return (np.asarray(checksums)[..., None] >> np.arange(32, dtype=np.uint32) & 1).astype(bool)


def _passing(length: int) -> np.ndarray:
    """What each of the 32 bits of a checksum becomes as `length` zero bytes pass."""
    images = np.uint32(1) << np.arange(32, dtype=np.uint32)
    step = OF_BYTE[images & 0xFF] ^ (images >> 8)
    while length:
        if length & 1:
            images = _after(images, step)
        step, length = _after(step, step), length >> 1
    return images


def _after(images: np.ndarray, step: np.ndarray) -> np.ndarray:
    """What bits become that first become `images`, and then what `step` makes of these."""
    return np.array([_pass(step, int(image)) for image in images], np.uint32)
