"""What a config is built of: the view, the encoder, the decoder and the language model that it names."""

from .conductor import Conductor, ConductorDecoder
from .config import Config
from .controls import Control
from .converters import Converter
from .converters.multitrack import END
from .decoders import Decoder, LstmDecoder, PartsDecoder
from .descriptors import descriptors_size
from .encoders import BidirectionalLstmEncoder, Encoder, HierarchicalEncoder, PartsEncoder
from .event_decoder import EventDecoder
from .groove_decoder import GrooveDecoder
from .inputs import BitView, EmbeddedView, GrooveView, TokenView, View
from .language_model import LanguageModel
from .nade import NadeDecoder
from .song_model import SongModel


def encoder_view(config: Config, converter: Converter) -> View:
    """How the encoder is shown tokens."""
    if config.kind == "groove":
        return GrooveView(converter.classes, config.encoder_view)
    if config.token_size:
        return EmbeddedView(converter.classes, config.token_size)
    return _view(config.encoder_view, converter)


def encoder_of(config: Config, converter: Converter, control: Control) -> Encoder:
    """The encoder that a config names."""
    view, sizes = encoder_view(config, converter), config.enc_rnn_size
    dense = config.readout_size, config.hidden_size

    def recurrent(width: int, steps: int) -> Encoder:
        return BidirectionalLstmEncoder(width, steps, sizes, *dense)

    if config.encoder == "bilstm":
        return recurrent(view.size + control.size, converter.steps)
    if config.parts_read == "apart":
        segment = PartsEncoder(view.sizes, [recurrent(width, converter.segment_steps) for width in view.sizes])
    else:
        segment = recurrent(view.size + control.size, converter.segment_steps)
    shortcut = config.shortcut == "linear"
    return HierarchicalEncoder(segment, converter.segments, sizes, config.embedding_size, *dense, shortcut)


def decoder_of(config: Config, converter: Converter, control: Control) -> Decoder:
    """The decoder that a config names, led by a conductor where it has one."""
    write = TOKEN_DECODERS[config.decoder]
    if not config.conductor_rnn_size:
        return write(config, converter, control, config.z_size, converter.steps)
    dense = config.plan_size, config.hidden_size
    segments = converter.segments
    shortcut = config.shortcut == "linear"
    conductor = Conductor(config.z_size, segments, config.conductor_rnn_size, config.embedding_size, *dense, shortcut)
    segment = write(config, converter, control, conductor.size, converter.segment_steps)
    return ConductorDecoder(conductor, segment, config.bar_crossing == "carried")


def language_of(converter: Converter, size: int) -> LanguageModel | SongModel:
    """The language model of such music, `size` wide: of short pieces where it has descriptors, else of songs."""
    return (LanguageModel if descriptors_size(converter) else SongModel)(converter, size)


def _view(name: str, converter: Converter) -> TokenView:
    bits = converter.masks if name == "roll" else [0] * converter.parts
    return TokenView(converter.classes, bits)


def _lstm(config: Config, converter: Converter, control: Control, z_size: int, steps: int) -> Decoder:
    dense = config.plan_size, config.hidden_size, control.size
    return LstmDecoder(z_size, steps, _view(config.decoder_view, converter), config.dec_rnn_size, *dense)


def _parts(config: Config, converter: Converter, control: Control, z_size: int, steps: int) -> Decoder:
    dense = config.plan_size, config.hidden_size, control.size
    views = [TokenView([count], [bits]) for count, bits in _view(config.decoder_view, converter).parts]
    return PartsDecoder([LstmDecoder(z_size, steps, view, config.dec_rnn_size, *dense) for view in views])


def _nade(config: Config, converter: Converter, control: Control, z_size: int, steps: int) -> Decoder:
    view = BitView(converter.masks[0])
    return NadeDecoder(z_size, steps, view, config.dec_rnn_size, config.nade_size, control.size)


def _groove(config: Config, converter: Converter, control: Control, z_size: int, steps: int) -> Decoder:
    view = GrooveView(converter.classes, "groove")
    return GrooveDecoder(z_size, steps, view, config.dec_rnn_size, control.size)


def _events(config: Config, converter: Converter, control: Control, z_size: int, steps: int) -> Decoder:
    dense = config.plan_size, config.hidden_size, control.size
    view = EmbeddedView(converter.classes, config.token_size)
    return EventDecoder(z_size, steps, view, config.dec_rnn_size, *dense, end=END)


TOKEN_DECODERS = {"lstm": _lstm, "events": _events, "parts": _parts, "nade": _nade, "groove": _groove}
