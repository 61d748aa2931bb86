r"""trio-16bar: sixteen bars of melody, bass and drums.

    python -m training.prepare DATA --kind trio --bars 16 --out prepared/trio-16bar
    accelerate launch -m training.train --recipe trio-16bar --data prepared/trio-16bar --out runs/trio-16bar \
        --minutes 61
    python -m training.fit_prior runs/trio-16bar/best --data prepared/trio-16bar --balance 0.5 \
        --width 448 --steps 7000 --codes 50000
    python -m training.attune runs/trio-16bar/best --data prepared/trio-16bar --balance 0.5 --steps 2000
    python -m training.fit_attributes runs/trio-16bar/best --data prepared/trio-16bar
    python -m training.bundle runs/trio-16bar/best trio-16bar
    python -m training.evaluate trio-16bar --data prepared/trio-16bar --run runs/trio-16bar
    python -m training.render_cards trio-16bar

One core: 8 minutes for the segments, 10 for the conductor on their codes, 61 for the whole: 24 at beta 0.04, 23 at 0.2
and 14 at 0.6. The prior was fitted after 47 and, going on from there, to 30000 codes (`--codes 30000`) at the end; the
decoder was attuned in 21 minutes after that, and the attributes are of 8000 windows (`--most 8000`): see
training/LOG.md, 2026-11-25.
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
    beta=0.6,
    transpose=(-5, 6),
    drum_mixing=0.2,
    recombination=0.3,
    balance=0.5,
    segment_steps=4000,
    conductor_steps=5000,
)
