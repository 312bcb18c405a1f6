"""For comparisons on a processor (Tables 4 and 5): the lite network, trained as the paper trains."""

from cfbi.training.recipe import Recipe

ABLATION_CPU = Recipe(
    name="ablation_cpu",
    model="lite_cfbi",
    steps=3000,
    sampling="paper",
    length=5,
    sequential_from=0.5,
    real_share=1.0,
    max_gap=3,
    dice_weight=0.0,
    clip_norm=5.0,
    previous_damage=0.0,
)
