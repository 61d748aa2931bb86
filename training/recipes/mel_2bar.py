r"""mel-2bar: two-bar melodies.

    python -m training.prepare DATA --kind melody --bars 2 --exclude gmd --exclude leadtrio_gmd --out prepared/mel-2bar
    accelerate launch -m training.train --recipe mel-2bar --data prepared/mel-2bar --out runs/mel-2bar --minutes 150
    python -m training.fit_prior runs/mel-2bar/best --data prepared/mel-2bar --balance 0.5 \
        --exclude openscore_quartets --width 480 --steps 9000 --codes 120000
    python -m training.steady runs/mel-2bar/best --data prepared/mel-2bar --balance 0.5 --steps 4500 --share 0.25
    python -m training.fit_attributes runs/mel-2bar/best --data prepared/mel-2bar --separate
    python -m training.bundle runs/mel-2bar/best mel-2bar
    python -m training.evaluate mel-2bar --data prepared/mel-2bar --run runs/mel-2bar --unlike openscore_quartets
    python -m training.render_cards mel-2bar

The bundled weights took 107 minutes of one AVX2 core, much of it shared with other work, and 45 quiet ones from there
(`--from mel-2bar --minutes 45`); prior and steadying took a quarter of an hour each: see training/LOG.md, 2026-11-22
and 23. They were steadied a second time, for 2500 updates and a quarter of the way, when steadying learnt to blend
(2026-11-24); the attributes are of before. The first 72 minutes ran with beta 0.1 and a token_dropout of 0.1.

The palette came on 2026-11-28, on the windows of all corpora, of which those with chords stand in for the originals:

    python -m training.prepare DATA --kind melody --bars 2 --exclude gmd --exclude leadtrio_gmd \
        --exclude bach_chorales --exclude open_hymnal --exclude openewld_us_pd --out prepared/mel-2bar
    python -m training.fit_operators CHECKPOINT --data prepared/mel-2bar --balance 0.5 --exclude openscore_quartets \
        --steps 10500
    python -m training.fit_language CHECKPOINT --data prepared/mel-2bar --balance 0.5 --exclude openscore_quartets \
        --batch-size 128 --steps 1600 --temperature 0.9

then space "noise" was set in config.json. The operators learnt in two runs, of which the first, of 7000 updates, had
operators that went less far; half an hour each for these and for the language model, whose learning rate was 3e-3.
"""

from mvae.config import Config
from training.recipe import Recipe

RECIPE = Recipe(
    name="mel-2bar",
    model=Config(
        kind="melody",
        bars=2,
        z_size=128,
        enc_rnn_size=(128,),
        dec_rnn_size=(256,),
        readout_size=32,
        plan_size=64,
        hidden_size=768,
    ),
    steps=25_000,
    batch_size=64,
    learning_rate=2e-3,
    beta=0.15,
    transpose=(-5, 6),
    balance=0.5,
    exclude=("gmd", "leadtrio_gmd"),
)
