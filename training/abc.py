"""ABC tunes as songs, through music21, whose bar positions give pick-ups the right place."""

import tempfile
from dataclasses import replace
from pathlib import Path

from mvae.errors import MidiError
from mvae.midi import read_bytes
from mvae.notes import Note, Song


def songs(data: bytes, name: str) -> list[Song]:
    """Every tune of an ABC file; raises `MidiError` for what is no ABC, or where music21 is not installed."""
    try:
        from music21 import converter, stream  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise MidiError(f"{name} is ABC, which needs music21: pip install music21.") from None
    try:
        parsed = converter.parseData(data.decode("utf-8", "replace"), format="abc")
        tunes = parsed.scores if isinstance(parsed, stream.Opus) else [parsed]
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(tune.write("midi", Path(folder, f"{number}.mid"))) for number, tune in enumerate(tunes)]
            found = [read_bytes(path.read_bytes(), f"{name}, tune {i + 1},") for i, path in enumerate(paths)]
        bars = [tune.recurse().getElementsByClass(stream.Measure).first() for tune in tunes]
        return [_later(song, float(bar.paddingLeft) if bar else 0) for song, bar in zip(found, bars, strict=True)]
    except MidiError:
        raise
    except Exception as error:  # music21 raises exceptions of many modules
        raise MidiError(f"{name} is not ABC that music21 reads: {error}.") from error


def _later(song: Song, quarters: float) -> Song:
    """The song, begun so many quarters into its first bar, as a pick-up is; music21 leaves out the rest before it."""
    ticks = round(quarters * song.resolution)
    tracks = [
        replace(
            track,
            notes=[Note(start + ticks, end + ticks, *rest) for start, end, *rest in track.notes],
            silent_until=track.silent_until + ticks,
        )
        for track in song.tracks
    ]
    return replace(song, tracks=tracks)
