"""The models of Magenta's MusicVAE by the names that its `configs.py` gives them, as configs of ours.

Sizes are those of the original. What it left to the music, 4/4 in 16ths (24ths of a quarter in a band), is in `kind`.
"""

from typing import Any

from .config import Config

_SMALL: dict[str, Any] = {"z_size": 256, "enc_rnn_size": (512,), "dec_rnn_size": (256, 256)}
_BIG: dict[str, Any] = {"z_size": 512, "enc_rnn_size": (2048,), "dec_rnn_size": (2048,) * 3}
_DEEP: dict[str, Any] = {**_BIG, "enc_rnn_size": (2048, 2048)}
_LED: dict[str, Any] = {
    "z_size": 512,
    "enc_rnn_size": (2048, 2048),
    "dec_rnn_size": (1024, 1024),
    "conductor_rnn_size": (1024, 1024),
    "bar_crossing": "carried",
}
_HIERARCHICAL: dict[str, Any] = {**_LED, "encoder": "hierarchical", "enc_rnn_size": (1024,)}
_NADE: dict[str, Any] = {
    "kind": "drums",
    "bars": 2,
    "z_size": 256,
    "enc_rnn_size": (1024,),
    "dec_rnn_size": (512, 512),
    "decoder": "nade",
    "nade_size": 128,
    "encoder_view": "roll",
}
_BAND: dict[str, Any] = {**_HIERARCHICAL, "kind": "multitrack", "bars": 1, "past_end": "unseen"}
_BAND_MED: dict[str, Any] = {**_BAND, "dec_rnn_size": (512,) * 3, "conductor_rnn_size": (512,) * 3}
_BAND_BIG: dict[str, Any] = {
    **_BAND,
    "enc_rnn_size": (2048,),
    "dec_rnn_size": (1024,) * 3,
    "conductor_rnn_size": (1024,) * 3,
}
_GROOVE: dict[str, Any] = {"kind": "groove", "bars": 2, "decoder": "groove", "encoder_view": "groove", **_SMALL}

MAGENTA = {
    "cat-mel_2bar_small": Config(kind="melody", bars=2, **_SMALL),
    "cat-mel_2bar_big": Config(kind="melody", bars=2, **_BIG),
    "cat-mel_2bar_med_chords": Config(
        kind="melody", bars=2, z_size=256, enc_rnn_size=(1024,), dec_rnn_size=(512,) * 3, control="triads"
    ),
    "cat-drums_2bar_small": Config(kind="drums", bars=2, encoder_view="roll", **_SMALL),
    "cat-drums_2bar_big": Config(kind="drums", bars=2, encoder_view="roll", **_BIG),
    "nade-drums_2bar_reduced": Config(**_NADE),
    "nade-drums_2bar_full": Config(**_NADE, drum_map="full"),
    "flat-trio_16bar": Config(kind="trio", bars=16, **_DEEP),
    "hierdec-trio_16bar": Config(kind="trio", bars=16, decoder="parts", **_LED),
    "hier-trio_16bar": Config(kind="trio", bars=16, decoder="parts", **_HIERARCHICAL),
    "flat-mel_16bar": Config(kind="melody", bars=16, **_DEEP),
    "hierdec-mel_16bar": Config(kind="melody", bars=16, **_LED),
    "hier-mel_16bar": Config(kind="melody", bars=16, **_HIERARCHICAL),
    "hier-multiperf_vel_1bar_med": Config(**_BAND_MED),
    "hier-multiperf_vel_1bar_big": Config(**_BAND_BIG),
    "hier-multiperf_vel_1bar_med_chords": Config(**_BAND_MED, control="triads"),
    "hier-multiperf_vel_1bar_big_chords": Config(**_BAND_BIG, control="triads"),
    "groovae_4bar": Config(**{**_GROOVE, "bars": 4}),
    "groovae_2bar_humanize": Config(**{**_GROOVE, "encoder_view": "score"}),
    "groovae_2bar_tap_fixed_velocity": Config(**{**_GROOVE, "encoder_view": "taps"}),
    "groovae_2bar_tap_fixed_velocity_note_dropout": Config(**{**_GROOVE, "encoder_view": "taps"}),
    "groovae_2bar_add_closed_hh": Config(**{**_GROOVE, "encoder_view": "no_hi_hat"}),
    "groovae_2bar_hits_control_tfds": Config(**_GROOVE, control="hits"),
}
