r"""drums-2bar: two-bar drum loops.

    python -m training.prepare DATA --kind drums --bars 2 --exclude leadtrio_gmd --out prepared/drums-2bar
    accelerate launch -m training.train --recipe drums-2bar --data prepared/drums-2bar --out runs/drums-2bar \
        --minutes 20
    python -m training.fit_prior runs/drums-2bar/best --data prepared/drums-2bar --balance 0.5 \
        --width 256 --steps 8000 --codes 40000
    python -m training.steady runs/drums-2bar/best --data prepared/drums-2bar --balance 0.5 --steps 2500 \
        --share 0.75
    python -m training.fit_attributes runs/drums-2bar/best --data prepared/drums-2bar
    python -m training.bundle runs/drums-2bar/best drums-2bar
    python -m training.evaluate drums-2bar --data prepared/drums-2bar --run runs/drums-2bar
    python -m training.render_cards drums-2bar

One core: 20 minutes, 3 for the prior, 6 for steadying. A learning rate of 4e-3, which segments bear, is too
high for it.

The palette came on 2026-11-28, on the windows of all corpora, by 42 and 13 minutes of one core:

    python -m training.joint CHECKPOINT --data prepared/drums-2bar --balance 0.5 --drum-mixing 0.3 \
        --recombination 0.3 --beta 0.25 --steps 6000
    python -m training.joint CHECKPOINT --data prepared/drums-2bar --balance 0.5 --drum-mixing 0.3 \
        --recombination 0.3 --beta 0.12 --steps 2000
    python -m training.fit_language CHECKPOINT --data prepared/drums-2bar --balance 0.5 --drum-mixing 0.2 \
        --size 320 --steps 2100
    python -m training.fit_attributes CHECKPOINT --data prepared/drums-2bar

then space "noise" was set in config.json. The first joint run had a learning rate of 7e-4, the language model one of
3e-3.
"""

from mvae.config import Config
from training.recipe import Recipe

RECIPE = Recipe(
    name="drums-2bar",
    model=Config(
        kind="drums",
        bars=2,
        z_size=96,
        enc_rnn_size=(96,),
        dec_rnn_size=(192,),
        encoder_view="roll",
        decoder_view="roll",
        readout_size=24,
        plan_size=64,
        hidden_size=512,
    ),
    steps=12_000,
    batch_size=64,
    learning_rate=2e-3,
    beta=0.1,
    drum_mixing=0.3,
    recombination=0.3,
    balance=0.5,
)
