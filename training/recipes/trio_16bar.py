r"""trio-16bar: sixteen bars of melody, bass and drums.

    python -m training.prepare DATA --kind trio --bars 16 --out prepared/trio-16bar
    python -m training.prepare DATA --kind melody --bars 16 --exclude gmd --exclude leadtrio_gmd \
        --out prepared/mel-16bar
    python -m training.prepare DATA --kind drums --bars 16 --exclude leadtrio_gmd --out prepared/drums-16bar
    accelerate launch -m training.train --recipe trio-16bar --data prepared/trio-16bar --out runs/trio-16bar \
        --minutes 99 --lend prepared/mel-16bar --lend prepared/drums-16bar
    python -m training.fit_prior runs/trio-16bar/best --data prepared/trio-16bar --balance 0.5 \
        --width 448 --steps 7000 --codes 50000
    python -m training.attune runs/trio-16bar/best --data prepared/trio-16bar --balance 0.5 --steps 2000 \
        --lend prepared/mel-16bar --lend prepared/drums-16bar
    python -m training.steady runs/trio-16bar/best --data prepared/trio-16bar --balance 0.5 --steps 200 --share 0.3
    python -m training.fit_attributes runs/trio-16bar/best --data prepared/trio-16bar
    python -m training.bundle runs/trio-16bar/best trio-16bar
    python -m training.evaluate trio-16bar --data prepared/trio-16bar --run runs/trio-16bar --samples 500 \
        --lent prepared/mel-16bar --lent prepared/drums-16bar
    python -m training.render_cards trio-16bar

One core: 8 minutes for the segments, 10 for the conductor on their codes, 99 for the whole: 24 at beta 0.04, 23 at 0.2
and 14 at 0.6 without anything lent; then, from the mean of the weights before and after these 14, 38 as it stands here.
The prior went on from an earlier one (`--start`) for 8 minutes, attuning took 20, steadying 5 of both cores, after
the attributes, which are of 8000 windows (`--most 8000`): see training/LOG.md, 2026-11-25 and 2026-11-26.
With a balance of 0.5, a third of the windows that are learnt from are of real trios, which are an eighth of all.
"""

from mvae.config import Config
from training.recipe import Recipe

RECIPE = Recipe(
    name="trio-16bar",
    model=Config(
        kind="trio",
        bars=16,
        z_size=896,
        enc_rnn_size=(96,),
        dec_rnn_size=(192,),
        encoder="hierarchical",
        decoder="parts",
        encoder_view="roll",
        decoder_view="roll",
        conductor_rnn_size=(256,),
        embedding_size=120,
        parts_read="apart",
        shortcut="linear",
        readout_size=32,
        plan_size=48,
        hidden_size=384,
    ),
    steps=12_000,
    batch_size=24,
    learning_rate=2e-3,
    beta=0.35,
    beta_warmup=0.0,
    transpose=(-5, 6),
    drum_mixing=0.2,
    recombination=0.3,
    lending=0.5,
    balance=0.5,
    segment_steps=4000,
    conductor_steps=5000,
)
