"""Descriptors: what two bars of music are like, in numbers that a language model is told before it writes them.

They say more than `mvae.profile` does, which the priors of the first checkpoints are told: where in the bar notes
begin, how long they last, how the line moves, how alike the bars are. In shapes: N windows, T steps, F numbers.
"""

import torch
from torch import Tensor
from torch.nn.functional import one_hot, pad

from .converters import Converter
from .converters.drums import DRUMS, drum_roll
from .converters.melody import FIRST_ON, LOWEST, NO_EVENT, NOTE_OFF

BAR = 16
PITCH_CLASSES = 12
DURATIONS = 2, 3, 4, 6, 8, 16  # steps; a bin ends below each, the last has no end
INTERVALS = -7, -4, -2, 0, 1, 3, 5, 8  # semitones; a bin ends below each, the last has no end
CONTOUR = 4  # mean pitches, of equal stretches of the window
MOVEMENT = PITCH_CLASSES + 4 + BAR + len(DURATIONS) + 1  # where the descriptors of a melody's intervals begin
MELODY_WHOLE = MOVEMENT + len(INTERVALS) + 2  # and those of how alike its bars are
DRUMS_WHOLE = 2 * len(DRUMS) + BAR
# The descriptors that new music takes from one piece; all others are another's. Of melodies they are those of rhythm:
# where notes begin, how long they last, how alike the rhythms of the bars are; of drums, how often each is struck.
FIRST_HALF = {"melody": (*range(PITCH_CLASSES + 2, MOVEMENT), MELODY_WHOLE), "drums": tuple(range(2 * len(DRUMS)))}


def descriptors_size(converter: Converter) -> int:
    """F, how many numbers `descriptors` gives; 0 for kinds of music that have none."""
    if converter.bars != 2:
        return 0
    return {"melody": MELODY_WHOLE + 2 + CONTOUR, "drums": DRUMS_WHOLE + 2}.get(converter.kind, 0)


def descriptors(converter: Converter, tokens: Tensor) -> Tensor:
    """Tokens (N, T, 1) of a converter of two bars to descriptors (N, F), each number from about -1 to 1."""
    return (_drums if converter.kind == "drums" else _melody)(tokens[..., 0])


def transposed(told: Tensor, semitones: Tensor) -> Tensor:
    """The descriptors (N, F) of melodies moved up by `semitones` (N,)."""
    classes = torch.arange(PITCH_CLASSES, device=told.device) - semitones.unsqueeze(-1)
    moved = told.clone()
    moved[:, :PITCH_CLASSES] = told[:, :PITCH_CLASSES].gather(1, classes % PITCH_CLASSES)
    moved[:, PITCH_CLASSES] += semitones / 64
    return moved


def melody_whole(line: Tensor) -> Tensor:
    """What melodies (N, T) of whole bars are like as a whole: (N, MELODY_WHOLE)."""
    onsets, pitches, count, mean = _notes(line)
    low = pitches.where(onsets, 127).amin(1, keepdim=True)
    high = pitches.amax(1, keepdim=True)
    classes = (one_hot(pitches % PITCH_CLASSES, PITCH_CLASSES) * onsets.unsqueeze(-1)).sum(1)
    rests = (line == NOTE_OFF).sum(1, keepdim=True)
    length = line.shape[1]
    whole = [mean / 64 - 0.5, (high - low).clamp(min=0) / 24, count / length * 2, rests / length * 4]
    places = onsets.unflatten(1, (-1, BAR)).float().mean(1)
    lengths = _share(_durations(line, onsets), count)
    return torch.cat([_share(classes, count) * 2, *whole, places, lengths, *_movement(line, onsets)], -1)


def contour(line: Tensor, stretches: int) -> Tensor:
    """How many octaves above their mean the notes of each of equal stretches of melodies (N, T) lie."""
    onsets, pitches, _, mean = _notes(line)
    counts = onsets.unflatten(1, (stretches, -1)).sum(-1)
    means = pitches.unflatten(1, (stretches, -1)).sum(-1) / counts.clamp(min=1)
    return ((means - mean) / 12).where(counts > 0, 0.0)


def drums_whole(masks: Tensor) -> Tensor:
    """What drums (N, T) of whole bars are like as a whole: (N, DRUMS_WHOLE)."""
    hits = drum_roll(masks, len(DRUMS)).float()
    rates, off = hits.mean(1) * 4, hits[:, 1::2].mean(1) * 8
    places = hits.unflatten(1, (-1, BAR)).sum(-1).mean(1) / 2
    return torch.cat([rates, off, places], -1)


def _melody(line: Tensor) -> Tensor:
    return torch.cat([melody_whole(line), _likeness(line, line >= FIRST_ON), contour(line, CONTOUR)], -1)


def _notes(line: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Where notes of melodies (N, T) begin, their pitches there, else 0; their number and mean pitch, (N, 1)."""
    onsets = line >= FIRST_ON
    pitches = (line - FIRST_ON + LOWEST).where(onsets, 0)
    count = onsets.sum(1, keepdim=True)
    return onsets, pitches, count, pitches.sum(1, keepdim=True) / count.clamp(min=1)


def _durations(line: Tensor, onsets: Tensor) -> Tensor:
    """How many notes last how long: (N, len(DURATIONS) + 1)."""
    length = line.shape[1]
    at = torch.arange(length, device=line.device)
    following = at.where(line != NO_EVENT, length).flip(1).cummin(1).values.flip(1)
    ends = pad(following[:, 1:], (0, 1), value=length)
    return _histogram(ends - at, DURATIONS, onsets)


def _movement(line: Tensor, onsets: Tensor) -> tuple[Tensor, Tensor]:
    """The shares of intervals by size and direction (N, len(INTERVALS) + 1), and of changes of direction (N, 1)."""
    step, follows = _intervals(line, onsets)
    sizes = _share(_histogram(step, INTERVALS, follows), follows.sum(1, keepdim=True))
    moves = follows & (step != 0)
    before, known = _latest(step.sign(), moves)
    turns = moves & known & (before * step.sign() < 0)
    return sizes, _share(turns.sum(1, keepdim=True), moves.sum(1, keepdim=True))


def _intervals(line: Tensor, onsets: Tensor) -> tuple[Tensor, Tensor]:
    """The interval (N, T) to each onset from the one before, and where there is one before."""
    before, known = _latest(line, onsets)
    follows = onsets & known
    return (line - before).where(follows, 0), follows


def _latest(values: Tensor, where: Tensor) -> tuple[Tensor, Tensor]:
    """The value (N, T) at the last step before each that is marked in `where`, and whether there was one."""
    at = torch.arange(values.shape[1], device=values.device)
    latest = pad(at.where(where, -1).cummax(1).values, (1, -1), value=-1)
    return values.gather(1, latest.clamp(min=0)), latest >= 0


def _likeness(line: Tensor, onsets: Tensor) -> Tensor:
    """How many of the onsets of either bar fall on one of the other, and are the same note there: (N, 2)."""
    first, second = onsets.unflatten(1, (2, BAR)).unbind(1)
    one, other = line.unflatten(1, (2, BAR)).unbind(1)
    either, both = (first | second).sum(1), first & second
    same = both & (one == other)
    return _share(torch.stack([both.sum(1), same.sum(1)], -1), either.unsqueeze(-1))


def _drums(masks: Tensor) -> Tensor:
    hits = drum_roll(masks, len(DRUMS)).float()
    bars = hits.unflatten(1, (2, BAR))
    either = ((bars[:, 0] + bars[:, 1]) > 0).flatten(1).sum(1, keepdim=True)
    both = (bars[:, 0] * bars[:, 1]).flatten(1).sum(1, keepdim=True)
    same = (masks[:, :BAR] == masks[:, BAR:]).float().mean(1, keepdim=True)
    return torch.cat([drums_whole(masks), _share(both, either), same], -1)


def _histogram(values: Tensor, ends: tuple[int, ...], where: Tensor) -> Tensor:
    """How many of the values (N, T) that are marked in `where` fall into each bin: (N, len(ends) + 1)."""
    bins = torch.bucketize(values, torch.tensor(ends, device=values.device), right=True)
    return (one_hot(bins, len(ends) + 1) * where.unsqueeze(-1)).sum(1)


def _share(some: Tensor, of: Tensor) -> Tensor:
    return some / of.clamp(min=1)
