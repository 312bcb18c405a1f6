"""Brings a user's weights file into the registry."""

import hashlib
from pathlib import Path

from cfbi.config import MODELS
from cfbi.errors import WeightsError
from cfbi.weights.loading import SUFFIXES, canonical_state, fitting, read_state, require_finite
from cfbi.weights.published import WHERE, PublishedFile, published_as
from cfbi.weights.registry import WeightsInfo, available, info, user_folder
from cfbi.weights.saving import save_weights


def import_file(path: Path | str, name: str | None = None, *, model: str | None = None) -> WeightsInfo:
    """Check a file, say which network it is for, convert it to safetensors and register it.

    Args:
        path: ``.pth``, ``.pt`` or ``.safetensors``.
        name: Name in the registry; None takes the file's, without its endings.
        model: Network to use it with, where several have the same parameters; None takes the one that the
            authors use for a file of this name, or else the first.

    Raises:
        WeightsError: Unreadable, of no network that we know or not of the wanted one, with values that are
            not numbers, or the name is taken or unusable.
    """
    source = Path(path)
    state = read_state(source)
    published = published_as(source)
    fits = fitting(state)
    if not fits or (model is not None and model not in fits):
        wanted = "none of the networks of this program" if model is None or not fits else "not " + model
        hint = f"It fits {', '.join(fits)}." if fits else f"They are {', '.join(MODELS)}."
        raise WeightsError(f"{source} fits {wanted}.", hint)
    require_finite(state, source)
    if published is not None and published.model not in fits:
        published = None  # a file of another kind under a well-known name
    chosen_model = model or (published.model if published else fits[0])
    chosen = _plain_name(source) if name is None else name
    if (
        not chosen
        or chosen.startswith((".", "-"))
        or chosen.endswith(SUFFIXES)
        or any(sign in chosen for sign in "/\\:\0")
    ):
        raise WeightsError(f"{chosen!r} cannot be the name of weights.", "Use letters, digits, '-' and '_'.")
    if any(entry.name == chosen for entry in available()):
        raise WeightsError(
            f"There are weights named {chosen!r} already.",
            "Rename the file, or give another name.",
        )
    target = user_folder() / f"{chosen}.safetensors"
    try:
        save_weights(
            canonical_state(state)[0],
            target,
            model=chosen_model,
            licence="unknown (imported)",
            provenance=_provenance(source, published),
        )
    except OSError as error:
        raise WeightsError(
            f"{target} cannot be written: {error.strerror}.", "Free some space and try again."
        ) from error
    return info(chosen)


def _provenance(source: Path, published: PublishedFile | None) -> dict[str, str]:
    provenance = {
        "imported_from": source.name,
        "original_sha256": hashlib.sha256(source.read_bytes()).hexdigest(),
    }
    if published is not None:
        provenance["named_like"] = f"the authors' {published.title}, trained on {published.trained_on}"
        provenance["published_at"] = WHERE
    return provenance


def _plain_name(path: Path) -> str:
    name = path.stem
    while name.endswith(SUFFIXES):  # as in "network.pth.tar"
        name = name.rpartition(".")[0]
    return name
