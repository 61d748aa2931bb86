"""The corpora that the published checkpoints were trained on: whose they are, their licences, where to get them."""

from typing import NamedTuple


class Source(NamedTuple):
    """Who to thank for a corpus, under which licence it is, and where it comes from."""

    title: str
    licence: str
    origin: str


SOURCES: dict[str, Source] = {
    "bach_chorales": Source(
        "Bach chorales, as music21 ships them", "public domain", "pip install music21: corpus/bach"
    ),
    "blasphemer": Source("Blasphemer, game music", "BSD-3-Clause", "https://github.com/Catoptromancy/blasphemer"),
    "easyrpg_rtp": Source("EasyRPG RTP, game music", "CC-BY 4.0 and CC0", "https://github.com/EasyRPG/RTP"),
    "folk_airds": Source(
        "James Aird, Selection of Airs (1778–1801), ABC by Jack Campin",
        "public domain",
        "pip install music21: corpus/airdsAirs",
    ),
    "folk_misc": Source(
        "American fife tunes, Northumbrian Minstrelsy, ABC by Jack Campin",
        "public domain",
        "pip install music21: corpus/miscFolk",
    ),
    "folk_oneills": Source(
        "O'Neill, Music of Ireland (1903)", "public domain", "pip install music21: corpus/oneills1850"
    ),
    "folk_ryans": Source(
        "Ryan's Mammoth Collection (1883)", "public domain", "pip install music21: corpus/ryansMammoth"
    ),
    "freedoom": Source("Freedoom, game music", "BSD-3-Clause", "https://github.com/freedoom/freedoom"),
    "gmd": Source(
        "Groove MIDI Dataset, Gillick et al. 2019", "CC-BY 4.0", "https://magenta.tensorflow.org/datasets/groove"
    ),
    "leadtrio_gmd": Source(
        "Semi-synthetic trios: melodies of the folk books, hymns, chorales and lead sheets, drums of the Groove MIDI"
        " Dataset, basses of the hymns or by rule on the chords",
        "CC-BY 4.0",
        "made for this project",
    ),
    "open_hymnal": Source("Open Hymnal Project", "public domain", "https://github.com/mzealey/openhymnal"),
    "openewld_us_pd": Source(
        "OpenEWLD lead sheets, those in the public domain in the US",
        "public domain (US)",
        "https://github.com/00sapo/OpenEWLD",
    ),
    "openscore_lieder": Source("OpenScore Lieder Corpus", "CC0 1.0", "https://github.com/OpenScore/Lieder"),
    "openscore_quartets": Source("OpenScore String Quartets", "CC0 1.0", "https://github.com/OpenScore/StringQuartets"),
}

SEMI_SYNTHETIC = ("leadtrio_gmd",)  # real melodies; their drums are real but of other music, their basses often by rule
