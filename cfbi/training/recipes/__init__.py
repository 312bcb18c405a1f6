"""The recipes by name: those of the paper, and ours for the lite network on a processor."""

from cfbi.errors import ModelError
from cfbi.training.recipe import Recipe
from cfbi.training.recipes.ablation_cpu import ABLATION_CPU
from cfbi.training.recipes.davis import DAVIS
from cfbi.training.recipes.lite_cpu import LITE_CPU
from cfbi.training.recipes.mixed import MIXED
from cfbi.training.recipes.mobilenet import MOBILENET
from cfbi.training.recipes.youtubevos import YOUTUBEVOS

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe for recipe in (LITE_CPU, YOUTUBEVOS, DAVIS, MIXED, MOBILENET, ABLATION_CPU)
}


def recipe_named(name: str) -> Recipe:
    """Look a recipe up by name.

    Raises:
        ModelError: There is none of that name.
    """
    if name not in RECIPES:
        raise ModelError(f"There is no training recipe named {name!r}.", f"Known: {', '.join(RECIPES)}.")
    return RECIPES[name]


def recipe_for(model: str) -> Recipe:
    """The default recipe of a network, the first that is for it.

    Raises:
        ModelError: There is none.
    """
    for recipe in RECIPES.values():
        if recipe.model == model:
            return recipe
    known = ", ".join(dict.fromkeys(recipe.model for recipe in RECIPES.values()))
    raise ModelError(
        f"There is no training recipe for {model!r}.",
        f"Recipes exist for: {known}. Or take one by its name with --recipe.",
    )
