"""What can go wrong, as sentences for the person who can mend it.

    MvaeError
    ├── MidiError         a file that cannot be read as MIDI, or not within the limits
    │   ├── MeterError    readable, but in a metre the model has no steps for
    │   └── PartError     readable, but without the melody (or part) that was asked for
    ├── TokenError        tokens or codes of a wrong shape, type or value
    ├── ArgumentError     an argument outside what is accepted
    │   └── KeywordError  a keyword that a verb doesn't take; a TypeError as well
    ├── CheckpointError   a model that cannot be found, read or trusted
    └── AudioError        sound that could not be rendered

Each message says what was found, where, and what is accepted.
"""


class MvaeError(Exception):
    """Anything this package refuses to do; the message is one sentence for a person."""


class MidiError(MvaeError, ValueError):
    """A file or object that cannot be read as MIDI."""


class MeterError(MidiError):
    """A bar whose metre the model has no steps for."""


class PartError(MidiError):
    """A part that the file does not have."""


class TokenError(MvaeError, ValueError):
    """Tokens or latent codes of a wrong shape, type or value."""


class ArgumentError(MvaeError, ValueError):
    """An argument outside what is accepted."""


class KeywordError(ArgumentError, TypeError):
    """A keyword that a verb doesn't take: to Python a `TypeError`, as it would be of any function."""


class CheckpointError(MvaeError):
    """A checkpoint that cannot be found, read or trusted."""


class AudioError(MvaeError):
    """Sound that could not be rendered."""
