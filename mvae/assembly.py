"""What a config is built of: the view, the encoder and the decoder that it names."""

from .conductor import Conductor, ConductorDecoder
from .config import Config
from .converters import Converter
from .decoders import Decoder, LstmDecoder, PartsDecoder
from .encoders import BidirectionalLstmEncoder, Encoder, HierarchicalEncoder
from .inputs import TokenView


def encoder_view(config: Config, converter: Converter) -> TokenView:
    """How the encoder is shown tokens."""
    return _view(config.encoder_view, converter)


def encoder_of(config: Config, converter: Converter) -> Encoder:
    """The encoder that a config names."""
    width, dense = encoder_view(config, converter).size, (config.readout_size, config.hidden_size)
    if config.encoder == "bilstm":
        return BidirectionalLstmEncoder(width, converter.steps, config.enc_rnn_size, *dense)
    segments = converter.segments, converter.segment_steps
    return HierarchicalEncoder(width, *segments, config.enc_rnn_size, config.embedding_size, *dense)


def decoder_of(config: Config, converter: Converter) -> Decoder:
    """The decoder that a config names, led by a conductor where it has one."""
    if not config.conductor_rnn_size:
        return _token_decoder(config, converter, config.z_size, converter.steps)
    dense = config.plan_size, config.hidden_size
    segments = converter.segments
    conductor = Conductor(config.z_size, segments, config.conductor_rnn_size, config.embedding_size, *dense)
    segment = _token_decoder(config, converter, conductor.size, converter.segment_steps)
    return ConductorDecoder(conductor, segment, config.bar_crossing == "carried")


def _token_decoder(config: Config, converter: Converter, z_size: int, steps: int) -> Decoder:
    view, dense = _view(config.decoder_view, converter), (config.plan_size, config.hidden_size)
    views = [TokenView([count], [bits]) for count, bits in view.parts] if config.decoder == "parts" else [view]
    decoders = [LstmDecoder(z_size, steps, each, config.dec_rnn_size, *dense) for each in views]
    return PartsDecoder(decoders) if config.decoder == "parts" else decoders[0]


def _view(name: str, converter: Converter) -> TokenView:
    bits = converter.masks if name == "roll" else [0] * converter.parts
    return TokenView(converter.classes, bits)
