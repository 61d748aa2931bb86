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
    "bach_chorales_chords": Source(
        "Bach chorales, as music21 ships them, with chords found by rule",
        "public domain",
        "pip install music21: corpus/bach",
    ),
    "bbloomf_songs": Source(
        "Songs from the Public Domain, typeset by Benjamin Bloomfield",
        "public domain",
        "https://github.com/bbloomf/lilypond-songs",
    ),
    "blasphemer_mus": Source("Blasphemer, game music", "BSD-3-Clause", "https://github.com/Catoptromancy/blasphemer"),
    "drozerix": Source(
        "Tracker music by Drozerix", "public domain", "https://github.com/happycollision/darbydo and others"
    ),
    "lmms_demos": Source(
        "Demo songs of LMMS by their authors, as its LICENSES.TXT lists them",
        "Artistic 2.0, CC-BY, BSD, by song",
        "https://github.com/LMMS/lmms",
    ),
    "musikpiraten": Source(
        "Carols and winter songs of the Musikpiraten",
        "Unlicense",
        "https://github.com/Musikpiraten/public-domain-season-songs",
    ),
    "mutopia": Source(
        "Mutopia Project; the pieces under CC-BY typeset by Erik Sjölund, Grigor Iliev, Klaus Rettinghaus, Robert"
        " Clausecker, Robert de Vries, Ryan Prince, Silas Brown, Stephen Rhen and Ying-Chun Liu",
        "public domain, CC-BY 2.5, 3.0 and 4.0, by piece",
        "https://www.mutopiaproject.org",
    ),
    "neonscribe_us_pd": Source(
        "Lead sheets of songs in the public domain in the US, typeset by neonscribe",
        "Unlicense",
        "https://github.com/neonscribe/lilypond-lead-sheets",
    ),
    "open_hymnal_chords": Source(
        "Open Hymnal Project, with chords found by rule", "public domain", "https://github.com/mzealey/openhymnal"
    ),
    "openewld_us_pd_chords": Source(
        "OpenEWLD lead sheets, those in the public domain in the US",
        "public domain (US)",
        "https://github.com/00sapo/OpenEWLD",
    ),
    "simutrans": Source(
        "Music of Simutrans, copyright of the Simutrans team", "Artistic 1.0", "https://github.com/simutrans/simutrans"
    ),
    "tanner_helland": Source("music by Tanner Helland", "CC-BY 4.0", "https://github.com/tannerhelland/free-music"),
}

SEMI_SYNTHETIC = ("leadtrio_gmd",)  # real melodies; their drums are real but of other music, their basses often by rule
