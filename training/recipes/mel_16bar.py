r"""mel-16bar: sixteen-bar melodies.

    python -m training.prepare DATA --kind melody --bars 16 --exclude gmd --exclude leadtrio_gmd \
        --out prepared/mel-16bar
    accelerate launch -m training.train --recipe mel-16bar --data prepared/mel-16bar --out runs/mel-16bar --minutes 42
    python -m training.attune runs/mel-16bar/best --data prepared/mel-16bar --balance 0.5 --steps 4000
    python -m training.fit_prior runs/mel-16bar/best --data prepared/mel-16bar --balance 0.5 \
        --exclude openscore_quartets --width 512 --steps 8000 --codes 60000
    python -m training.fit_attributes runs/mel-16bar/best --data prepared/mel-16bar --most 30000 \
        --apart note_density:syncopation_16th:0.2 --apart note_density:syncopation_8th:0.35
    python -m training.bundle runs/mel-16bar/best mel-16bar
    python -m training.evaluate mel-16bar --data prepared/mel-16bar --run runs/mel-16bar --unlike openscore_quartets
    python -m training.render_cards mel-16bar

One core: 5 minutes for the segments, 13 for the conductor on their codes, 42 for the whole, 15 for attuning, 4 for the
prior. The bundled weights are the mean of those after 28 minutes at beta 0.06, whose codes hold every note, and after
14 more at 0.3, between whose codes there is music: see training/LOG.md, 2026-11-25.
"""

from mvae.config import Config
from training.recipe import Recipe

RECIPE = Recipe(
    name="mel-16bar",
    model=Config(
        kind="melody",
        bars=16,
        z_size=512,
        enc_rnn_size=(96,),
        dec_rnn_size=(192,),
        encoder="hierarchical",
        conductor_rnn_size=(256,),
        embedding_size=64,
        shortcut="linear",
        readout_size=32,
        plan_size=48,
        hidden_size=512,
    ),
    steps=12_000,
    batch_size=24,
    learning_rate=2e-3,
    beta=0.15,
    transpose=(-5, 6),
    balance=0.5,
    exclude=("gmd", "leadtrio_gmd"),
    segment_steps=5000,
    conductor_steps=6000,
)
