"""Diminution: a melody with its weakest notes taken away, or its longest ones broken up; pure functions of tokens."""

import heapq

import torch
from torch import Tensor

from mvae.converters.melody import CLASSES, FIRST_ON, LOWEST, NO_EVENT

LONG = 64  # steps
NEIGHBOUR = 5  # semitones, the farthest a note is from the one that it ornaments


def thin(tokens: Tensor, share: Tensor) -> Tensor:
    """Windows (B, T, P) whose melodies have lost a `share` (B,) of their notes, the weakest, and never the first.

    A note is weaker than one on a stronger step of the bar, and than a longer one on an equal step; the note before it
    is held in its place.
    """
    line = tokens[..., 0]
    onsets = line >= FIRST_ON
    step = torch.arange(line.shape[1])
    metre = torch.stack([(step % level == 0).float() for level in (2, 4, 8, 16)]).sum(0)
    following = torch.where(onsets, step, LONG + line.shape[1]).flip(1).cummin(1).values.flip(1)
    length = torch.cat([following[:, 1:], following[:, -1:]], 1) - step
    strength = (metre + length.clamp(max=LONG) / (LONG + 1)).masked_fill(~onsets, torch.inf)
    strength[torch.arange(len(line)), onsets.int().argmax(1)] = torch.inf
    rank = strength.argsort(dim=1, stable=True).argsort(dim=1)
    lost = rank < (share * (onsets.sum(1) - 1)).long().unsqueeze(-1)
    thinned = tokens.clone()
    thinned[..., 0] = line.masked_fill(lost & onsets, NO_EVENT)
    return thinned


def fill(tokens: Tensor, share: Tensor) -> Tensor:
    """Windows (B, T, P) whose melodies have a `share` (B,) more notes: the longest are broken in half, again and again.

    The second half passes from its note to the next, or is a neighbour of its own, in pitch classes of the tune.
    """
    filled = tokens.clone()
    for line, more in zip(filled[..., 0], share.tolist(), strict=True):
        _fill(line, more)
    return filled


def _fill(line: Tensor, share: float) -> None:
    events = [(step, token) for step, token in enumerate(line.tolist()) if token != NO_EVENT]
    ends = [*events[1:], (len(line), 0)]
    notes = [(start, token, *after) for (start, token), after in zip(events, ends, strict=True) if token >= FIRST_ON]
    scale = {(token - FIRST_ON + LOWEST) % 12 for _, token, _, _ in notes}
    heap = [(start - end, start, end, token, after) for start, token, end, after in notes]
    heapq.heapify(heap)
    for _ in range(int(share * len(notes))):
        if not heap or heap[0][0] > -2:
            return
        _, start, end, token, after = heapq.heappop(heap)
        middle = (start + end) // 2
        between = _between(token, after if after >= FIRST_ON else token, scale)
        line[middle] = between
        heapq.heappush(heap, (start - middle, start, middle, token, between))
        heapq.heappush(heap, (middle - end, middle, end, between, after))


def _between(token: int, after: int, scale: set[int]) -> int:
    """A note of the scale half-way from one to the other; the nearest neighbour of the first where there is none."""
    low, high = sorted((token, after))
    passing = _in_scale(range(low + 1, high), scale)
    if passing:
        return passing[len(passing) // 2]
    around = _in_scale(range(max(FIRST_ON, token - NEIGHBOUR), min(CLASSES, token + NEIGHBOUR + 1)), scale)
    return min(set(around) - {token, after}, key=lambda note: (abs(note - token), note), default=token)


def _in_scale(notes: range, scale: set[int]) -> list[int]:
    return [note for note in notes if (note - FIRST_ON + LOWEST) % 12 in scale]
