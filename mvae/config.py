"""What a model is: one frozen dataclass of numbers and literals, stored as `config.json`."""

import dataclasses
import json
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from .errors import CheckpointError

CONFIG, MAX_CONFIG = "config.json", 2**16  # bytes
FORMAT_VERSION = 1
MAX_SIZE, MAX_LAYERS, MAX_BARS = 8192, 8, 64
LARGEST = {"prior_spread": 2, "prior_guidance": 20, "language_temperature": 2}
OPTIONAL = {
    "readout_size",
    "plan_size",
    "hidden_size",
    "prior_size",
    "embedding_size",
    "nade_size",
    "token_size",
    "language_size",
    "operator_size",
}
Kind = Literal["melody", "drums", "trio", "multitrack", "groove"]
EncoderKind = Literal["bilstm", "hierarchical"]
DecoderKind = Literal["lstm", "parts", "nade", "groove", "events"]
Crossing = Literal["independent", "carried"]
Reading = Literal["together", "apart"]
Shortcut = Literal["none", "linear"]
View = Literal["one_hot", "roll"]
EncoderView = Literal["one_hot", "roll", "groove", "score", "taps", "no_hi_hat"]
Space = Literal["codes", "noise"]
Control = Literal["none", "triads", "major_minor", "pitches", "hits"]


@dataclasses.dataclass(frozen=True)
class Config:
    """The shape of a model.

    `kind` names the converter, `bars` its length, `drum_map` which pitches are which drums. `*_rnn_size` give the width
    of each LSTM layer (of either direction in the encoder). The decoder is one LSTM or one for each part; where
    `conductor_rnn_size` names layers, a conductor plans its segments, and `bar_crossing` says whether these are written
    independently of one another or each is told the last token of the one before. `embedding_size` is the width of a
    segment's code on the way up and down, 0 takes the states of the LSTMs as they are. `parts_read` says whether the
    encoder hears the parts of a segment as one or each by itself, `shortcut` whether the codes of segments also go past
    the recurrent layers above them, in a straight line to the code and back. `*_view` tell how drums are
    shown to the encoder and the decoder, `past_end` whether the encoder reads on where a segment has ended, `control`
    what encoder and decoder are told beside the tokens. `nade_size` is the width of a NADE, `token_size` that of
    the vectors that stand for events, which would be very wide one-hot. `readout_size`, `plan_size` and the
    `hidden_size` of the dense layers in both are explained at the encoder and decoder that have them, 0 leaves them out
    as the original does; `prior_size` is the width of the learnt prior, 0 is N(0, I), `prior_spread` the standard
    deviation of the noise that it makes codes of (below 1 it draws what is likely, rather than all that is possible)
    and `prior_guidance` how much more than it should it heeds the profile that it is told (Ho and Salimans 2022).
    `language_size` is the width of the language model that new music is drawn from before it is encoded, at
    `language_temperature`; 0 draws codes from the prior alone. `operator_size` is the width of the network that moves
    codes by the attributes that `operators` names; other attributes are vectors that are added. `space` says where
    morphs and palettes lie: between the codes themselves, or in the noise that the prior carries to them.
    """

    kind: Kind
    bars: int
    z_size: int
    enc_rnn_size: tuple[int, ...]
    dec_rnn_size: tuple[int, ...]
    encoder: EncoderKind = "bilstm"
    decoder: DecoderKind = "lstm"
    conductor_rnn_size: tuple[int, ...] = ()
    bar_crossing: Crossing = "independent"
    embedding_size: int = 0
    parts_read: Reading = "together"
    shortcut: Shortcut = "none"
    encoder_view: EncoderView = "one_hot"
    decoder_view: View = "one_hot"
    drum_map: Literal["2019", "2017", "full"] = "2019"
    past_end: Literal["seen", "unseen"] = "seen"
    control: Control = "none"
    nade_size: int = 0
    token_size: int = 0
    readout_size: int = 0
    plan_size: int = 0
    hidden_size: int = 0
    prior_size: int = 0
    prior_spread: float = 0.6
    prior_guidance: float = 3.0
    language_size: int = 0
    language_temperature: float = 1.0
    operator_size: int = 0
    operators: tuple[str, ...] = ()
    space: Space = "codes"
    format_version: int = FORMAT_VERSION

    def __post_init__(self) -> None:
        for name, kind in get_type_hints(Config).items():
            _check(name, getattr(self, name), kind)
        if bool(self.readout_size or self.plan_size) != bool(self.hidden_size):
            raise CheckpointError("hidden_size goes with readout_size and plan_size; give it with either, or none.")
        groove = {self.kind == "groove", self.decoder == "groove", self.encoder_view not in get_args(View)}
        if len(groove) > 1 or (self.control == "hits" and self.kind != "groove"):
            raise CheckpointError("kind, decoder and encoder_view of a groove go together, and with no other.")
        if (self.decoder == "nade") != bool(self.nade_size) or (self.nade_size and self.kind != "drums"):
            raise CheckpointError("nade_size goes with the decoder 'nade', and both with the kind 'drums'.")
        conducted = self.encoder == "hierarchical" and bool(self.conductor_rnn_size and self.embedding_size)
        if not conducted and (self.shortcut != "none" or self.parts_read != "together"):
            raise CheckpointError(
                "shortcut and parts_read go with the encoder 'hierarchical', conductor_rnn_size and embedding_size."
            )
        if self.parts_read == "apart" and (self.decoder != "parts" or self.control != "none"):
            raise CheckpointError("parts_read 'apart' goes with the decoder 'parts', and with no control.")
        if (self.decoder == "events") != bool(self.token_size) or (self.token_size and self.kind != "multitrack"):
            raise CheckpointError("token_size goes with the decoder 'events', and both with the kind 'multitrack'.")
        if self.language_size and not writes_language(self.kind, self.bars):
            raise CheckpointError(
                "language_size goes with melodies, drums and trios of two bars or more; else leave it 0."
            )
        if self.operators and not self.operator_size:
            raise CheckpointError("operators go with operator_size; give it with them, or neither.")
        if self.drum_map == "full" and (self.decoder != "nade" or self.encoder_view != "roll"):
            raise CheckpointError("the drum_map 'full' goes with the decoder 'nade' and the encoder_view 'roll'.")

    def to_json(self) -> str:
        """The text of `config.json`."""
        return json.dumps(dataclasses.asdict(self), indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_dict(cls, values: Any) -> "Config":
        """Rebuild a config; `CheckpointError` names the key that is unknown, missing or beyond reason."""
        if not isinstance(values, dict):
            raise CheckpointError("it is no table of names and values.")
        version = values.get("format_version")
        if version is None:
            raise CheckpointError("it has no format_version; it is of another library.")
        if isinstance(version, int) and version > FORMAT_VERSION:
            raise CheckpointError(
                f"it is of format {version}, and this mvae reads up to {FORMAT_VERSION};"
                " update mvae (in its clone: git pull, then pip install .)."
            )
        names = {field.name: field for field in dataclasses.fields(cls)}
        if unknown := sorted(values.keys() - names.keys()):
            raise CheckpointError(f"it has the unknown key {unknown[0]!r}.")
        needed = {name for name, field in names.items() if field.default is dataclasses.MISSING}
        if missing := sorted(needed - values.keys()):
            raise CheckpointError(f"it lacks the key {missing[0]!r}.")
        fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
        return cls(**fields)


def read_config(path: Path, source: str) -> Config:
    """The config of the checkpoint `source`, which lies at `path`; raises `CheckpointError`."""
    try:
        with path.open("rb") as file:
            text = file.read(MAX_CONFIG + 1)
        if len(text) > MAX_CONFIG:
            raise ValueError(f"it is larger than {MAX_CONFIG // 1024} KiB")
        return Config.from_dict(json.loads(text))
    except FileNotFoundError:
        raise CheckpointError(
            f"{source} has no {CONFIG}; a checkpoint folder holds {CONFIG} and model.safetensors."
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"The {CONFIG} of {source} is damaged ({error}); fetch the checkpoint again.") from error
    except CheckpointError as error:
        raise CheckpointError(f"The {CONFIG} of {source} cannot be used: {error}") from None


def writes_language(kind: str, bars: int) -> bool:
    """Whether there are language models of such music, which `sample` draws from."""
    return kind in ("melody", "drums", "trio") and bars >= 2


def _check(name: str, value: Any, kind: Any) -> None:
    """Refuse what no model can be built of, before memory is asked for."""
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise CheckpointError(f"{name} is {value!r}; one of {', '.join(map(repr, get_args(kind)))} is accepted.")
        return
    if kind is float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= LARGEST[name]:
            raise CheckpointError(f"{name} is {value!r}; a number above 0, up to {LARGEST[name]}, is accepted.")
        return
    if kind == tuple[str, ...]:
        if not isinstance(value, tuple) or not all(isinstance(one, str) for one in value):
            raise CheckpointError(f"{name} must be a tuple of names of attributes, got {value!r}.")
        return
    several = get_origin(kind) is tuple
    widths = value if several and isinstance(value, tuple) else (value,)
    least, most = 0 if name in OPTIONAL else 1, MAX_BARS if name == "bars" else MAX_SIZE
    fewest = 0 if name == "conductor_rnn_size" else 1
    good = all(isinstance(n, int) and not isinstance(n, bool) and least <= n <= most for n in widths)
    if not good or not fewest <= len(widths) <= MAX_LAYERS or several != isinstance(value, tuple):
        what = f"a tuple of {fewest} to {MAX_LAYERS} whole numbers" if several else "a whole number"
        raise CheckpointError(f"{name} is {value!r}; {what} from {least} to {most} is accepted.")
