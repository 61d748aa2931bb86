"""What is in a MIDI file, in words: its tracks, its metres, and the windows that each model could read."""

import pretty_midi

from .config import Config
from .converters import Converter, Reading, converter_of
from .errors import MidiError
from .midi import Midi, read
from .notes import Song, Track


def describe(midi: Midi, models: dict[str, Config]) -> str:
    """A text of some lines: the song, each track, and for each of `models` what it could read."""
    song = read(midi)
    count = "1 track" if len(song.tracks) == 1 else f"{len(song.tracks)} tracks"
    lines = [f"{song.source}: {count}, {song.qpm:.4g} qpm, {_meters(song)}"]
    lines += [f"  track {number}: {_track(track)}" for number, track in enumerate(song.tracks)]
    for name, config in models.items():
        converter = converter_of(config)
        lines += [f"{name}: {line}" for line in _readings(converter, song)]
    return "\n".join(lines)


def _meters(song: Song) -> str:
    return ", ".join(f"{span.meter} from bar {span.first_bar}" for span in song.spans)


def _track(track: Track) -> str:
    kind = "drums" if track.is_drum else pretty_midi.program_to_instrument_name(track.program)
    name = f" «{track.name}»" if track.name else ""
    if not track.notes:
        return f"{kind}{name}, no notes"
    pitches = [note.pitch for note in track.notes]
    low, high = (pretty_midi.note_number_to_name(pitch) for pitch in (min(pitches), max(pitches)))
    extent = "" if track.is_drum else f", {low} to {high}"
    return f"{kind}{name}, {len(track.notes)} notes{extent}"


def _readings(converter: Converter, song: Song) -> list[str]:
    """One line for each part that the converter could read, or one that says why there is none."""
    readings = converter.readable(song)
    if not readings:
        return [f"nothing; {converter.describe_missing(song)}"]
    return [f"part {number}{_named(one)}: {_bars(converter, song, number)}" for number, one in enumerate(readings)]


def _named(reading: Reading) -> str:
    return f" «{reading.name}»" if reading.name else ""


def _bars(converter: Converter, song: Song, part: int) -> str:
    try:
        starts = [window.start_bar for window in converter.windows(song, part)]
    except MidiError as error:
        return str(error)
    if not starts:
        return "no window, since no bar is in 4/4"
    runs = [start for start in starts if start - 1 not in starts]
    ends = [start for start in starts if start + 1 not in starts]
    spans = ", ".join(f"{a}" if a == b else f"{a} to {b}" for a, b in zip(runs, ends, strict=True))
    count = "1 window" if len(starts) == 1 else f"{len(starts)} windows"
    return f"{count} of {converter.bars} bars, at start_bar {spans}"
