r"""mel-16bar-flat: sixteen-bar melodies without a conductor, the baseline of mel-16bar-conducted; not bundled.

    accelerate launch -m training.train --recipe mel-16bar-flat --data prepared/mel-16bar --out runs/mel-16bar-flat
    python -m training.evaluate runs/mel-16bar-flat/best --name mel-16bar-flat --data prepared/mel-16bar

It has as many parameters, and sees the same windows in the same order, about 35 of them a second on one core.
"""

import dataclasses

from mvae.config import Config

from .mel_16bar_conducted import RECIPE as CONDUCTED

RECIPE = dataclasses.replace(
    CONDUCTED,
    name="mel-16bar-flat",
    model=Config(kind="melody", bars=16, z_size=512, enc_rnn_size=(256,), dec_rnn_size=(624,)),
)
