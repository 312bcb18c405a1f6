"""YouTube-VOS alone, as the paper trains (section 4.1): 8 clips a step, 100,000 steps.

The checkpoint that the authors released took 16 clips a step at twice the rate:
``--set clips_per_step=16 --set learning_rate=0.02``. For CFBI+ add ``--model resnet101_cfbip``.
"""

from cfbi.training.recipe import Recipe

YOUTUBEVOS = Recipe(
    name="youtubevos",
    model="resnet101_cfbi",
    steps=100_000,
    sampling="paper",
    crop=465,
    length=5,
    sequential_from=0.5,
    max_objects=10,
    clips_per_step=8,
    real_share=1.0,
    max_gap=3,
    optimizer="sgd",
    learning_rate=0.01,
    backbone_factor=1.0,
    frozen_blocks=0,
    weight_decay=15e-5,
    decay_vectors=True,
    warmup_steps=1000,
    poly_power=0.9,
    hardest=0.15,
    anneal_share=0.5,
    dice_weight=0.0,
    clip_norm=5.0,
    ema_decay=0.0,
    previous_damage=0.0,
    precision="float32",
)
