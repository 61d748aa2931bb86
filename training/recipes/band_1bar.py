r"""band-1bar: bars of two to eight instruments.

    python -m training.prepare DATA --kind multitrack --bars 1 --exclude leadtrio_gmd --exclude gmd \
        --out prepared/band-1bar
    python -m training.prepare DATA --kind multitrack --bars 1 --only leadtrio_gmd --out prepared/band-lent
    accelerate launch -m training.train --recipe band-1bar --data prepared/band-1bar --out runs/band-1bar \
        --minutes 59 --lend prepared/band-lent
    python -m training.average runs/band-1bar/last runs/band-1bar-b/last --out runs/band-1bar/mean
    python -m training.fit_prior runs/band-1bar/mean --data prepared/band-1bar --balance 0.5
    python -m training.steady runs/band-1bar/mean --data prepared/band-1bar --balance 0.5 --steps 450 --share 0.6
    python -m training.bundle runs/band-1bar/mean band-1bar
    python -m training.evaluate band-1bar --data prepared/band-1bar --run runs/band-1bar --samples 500 \
        --lent prepared/band-lent
    python -m training.render_cards band-1bar

One core: 24 minutes for the segments (shared), 8 for the conductor on their codes, 24 for the whole with nothing lent
or rewritten, 18 of them at beta 0.1, which took too many bits; then 35 as it stands here, and beside them 24 from the
same weights with `--seed 7`, a share of 0.4 lent and of 0.6 rewritten (`runs/band-1bar-b`). The prior went on from an
earlier one (`--start`), steadying took 10: see training/LOG.md, 2026-11-25 and 2026-11-26.
"""

from mvae.config import Config
from training.recipe import Recipe

RECIPE = Recipe(
    name="band-1bar",
    model=Config(
        kind="multitrack",
        bars=1,
        z_size=384,
        enc_rnn_size=(128,),
        dec_rnn_size=(256,),
        encoder="hierarchical",
        decoder="events",
        conductor_rnn_size=(256,),
        embedding_size=128,
        shortcut="linear",
        prior_spread=0.4,
        prior_guidance=6.0,
        past_end="unseen",
        token_size=64,
        readout_size=32,
        plan_size=48,
        hidden_size=512,
    ),
    steps=12_000,
    batch_size=64,
    learning_rate=2e-3,
    beta=0.04,
    transpose=(-5, 6),
    recombination=0.3,
    lending=0.3,
    rewriting=0.5,
    balance=0.5,
    segment_steps=4000,
    conductor_steps=5000,
)
