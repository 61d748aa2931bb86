"""Beats that everybody knows, two bars each, for the corners of a palette."""

from mvae.converters.drums import DRUMS

LETTERS = dict(zip("KSHOLMTCR", DRUMS, strict=True))  # Kick, Snare, Hats, Open hat, Low, Mid and high Tom, Crash, Ride
STEPS = 32


def _beat(*lines: str) -> tuple[int, ...]:
    """A bit mask of drums for each 16th, from a line a drum: its letter and its hits, repeated as often as needed."""
    masks = [0] * STEPS
    for letter, hits in (line.split(maxsplit=1) for line in lines):
        hits = hits.replace(" ", "")
        for step in range(STEPS):
            masks[step] |= (hits[step % len(hits)] == "x") << list(LETTERS).index(letter)
    return tuple(masks)


BEATS = {
    "Rock": _beat(
        "K x... .... x.x. .... x... ...x x.x. ....",
        "S .... x... .... x... .... x... .... x.xx",
        "H x.x. x.x. x.x. x.x.",
        "C x... .... .... .... .... .... .... ....",
    ),
    "House": _beat(
        "K x...",
        "S .... x...",
        "O ..x.",
        "H x..x x... xx.x x..x",
    ),
    "Funk": _beat(
        "K x.x. .... ..x. .x.. x.x. .... ..xx ....",
        "S .... x..x .x.. x..x",
        "H xxxx xxx. xxxx xxx.",
        "O .... ...x .... ...x",
    ),
    "Bossa": _beat(
        "K x..x",
        "S x..x ..x. ..x. .x..",
        "R x.x.",
    ),
    "Hip hop": _beat(
        "K x... ...x ..x. .... x..x .... ..x. ...x",
        "S .... x... .... x...",
        "H x.x. x.x. x.x. x.xx",
    ),
    "Reggae": _beat(
        "K .... .... x... ....",
        "S .... .... x... .... .... .... x... ..x.",
        "H ..x. ..xx ..x. ..x.",
    ),
    "Disco": _beat(
        "K x...",
        "S .... x...",
        "H xx.x",
        "O ..x.",
        "C x... .... .... .... .... .... .... ....",
    ),
    "Drum and bass": _beat(
        "K x... .... ..x. .... x... ..x. ..x. ....",
        "S .... x..x .x.. x... .... x..x .x.. x..x",
        "H x.x.",
        "R .... .... .... .... x.x. x.x. x.x. x.x.",
    ),
    "Samba": _beat(
        "K x..x x..x",
        "S x.xx .x.x",
        "H ..x.",
        "R x.xx",
    ),
    "Half time": _beat(
        "K x... ..x. .... .... x.x. .... ..x. ....",
        "S .... .... x... ....",
        "H x.x. x.x. x.x. x.xx",
        "O .... .... .... ..x. .... .... .... ....",
    ),
    "Toms": _beat(
        "K x...",
        "L ..x. .x.. ..x. ....",
        "M .... ..x. .... .xx.",
        "T .... .... ...x x..x",
        "C x... .... .... .... .... .... .... ....",
    ),
}
