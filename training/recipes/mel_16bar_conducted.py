r"""mel-16bar-conducted: mel-16bar without its first stages, for as few windows as mel-16bar-flat; not bundled.

    accelerate launch -m training.train --recipe mel-16bar-conducted --data prepared/mel-16bar \
        --out runs/mel-16bar-conducted
    python -m training.evaluate runs/mel-16bar-conducted/best --name mel-16bar-conducted --data prepared/mel-16bar
"""

import dataclasses

from .mel_16bar import RECIPE as WHOLE

RECIPE = dataclasses.replace(
    WHOLE, name="mel-16bar-conducted", beta=0.06, steps=5000, segment_steps=0, conductor_steps=0
)
