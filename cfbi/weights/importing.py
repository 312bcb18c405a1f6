"""Brings a user's weights file into the registry."""

from pathlib import Path

from cfbi.errors import WeightsError
from cfbi.weights.loading import SUFFIXES, canonical_state, identify, read_state, require_finite
from cfbi.weights.registry import WeightsInfo, available, info, user_folder
from cfbi.weights.saving import save_weights


def import_file(path: Path | str, name: str | None = None) -> WeightsInfo:
    """Check a file, say which network it is for, convert it to safetensors and register it.

    Args:
        path: ``.pth``, ``.pt`` or ``.safetensors``.
        name: Name in the registry; None takes the file's, without its endings.

    Raises:
        WeightsError: Unreadable, of no network that we know, with values that are not numbers, or the name
            is taken or unusable.
    """
    source = Path(path)
    state = read_state(source)
    model = identify(state)
    if model is None:
        raise WeightsError(
            f"{source} fits none of the networks of this program.",
            "Use `cfbi weights list` to see which there are.",
        )
    require_finite(state, source)
    chosen = _plain_name(source) if name is None else name
    if (
        not chosen
        or chosen.startswith((".", "-"))
        or chosen.endswith(SUFFIXES)
        or any(sign in chosen for sign in "/\\:\0")
    ):
        raise WeightsError(f"{chosen!r} cannot be the name of weights.", "Use letters, digits, '-' and '_'.")
    if any(entry.name == chosen for entry in available()):
        raise WeightsError(f"There are weights named {chosen!r} already.", "Give another name.")
    target = user_folder() / f"{chosen}.safetensors"
    try:
        save_weights(
            canonical_state(state)[0],
            target,
            model=model,
            licence="unknown (imported)",
            provenance={"imported_from": source.name},
        )
    except OSError as error:
        raise WeightsError(
            f"{target} cannot be written: {error.strerror}.", "Free some space and try again."
        ) from error
    return info(chosen)


def _plain_name(path: Path) -> str:
    name = path.stem
    while name.endswith(SUFFIXES):  # as in "network.pth.tar"
        name = name.rpartition(".")[0]
    return name
