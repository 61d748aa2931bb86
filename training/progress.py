"""Progress bars: lively on a terminal, a line every half minute in a log."""

import sys
from collections.abc import Iterable
from typing import Any

from tqdm import tqdm


def progress(items: Iterable[Any] | None = None, **options: Any) -> tqdm:
    """A `tqdm` with the same options."""
    return tqdm(items, mininterval=0.2 if sys.stderr.isatty() else 30.0, dynamic_ncols=True, **options)
