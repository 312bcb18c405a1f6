"""Our recipe for the lite network: two hours on two processor cores."""

from cfbi.training.recipe import Recipe

LITE_CPU = Recipe(name="lite_cpu", model="lite_cfbi", steps=6000)
