"""The arithmetic of a training: bf16 where the hardware multiplies in it."""

import torch

from .windows import CorpusError

PRECISIONS = "auto", "no", "bf16", "fp16"


def precision_of(wish: str) -> str:
    """`wish` as accelerate is told it; "auto" is bf16 where the hardware multiplies in it, else "no"."""
    if wish not in PRECISIONS:
        raise CorpusError(f"There is no precision {wish!r}; there are {', '.join(PRECISIONS)}.")
    if wish != "auto":
        return wish
    if torch.cuda.is_available():
        return "bf16" if torch.cuda.is_bf16_supported() else "no"
    capabilities = getattr(torch.cpu, "get_capabilities", dict)()
    return "bf16" if capabilities.get("avx512_bf16") or capabilities.get("amx_bf16") else "no"


def multiplies_in_bf16() -> bool:
    """Whether the hardware does."""
    return precision_of("auto") == "bf16"
