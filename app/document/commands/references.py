"""Reference frames come, go, and teach other objects."""

from __future__ import annotations

from dataclasses import replace

from app.document.document import Document
from app.document.history import Step
from app.document.references import Reference, drawn_by_network, frozen, without_frames
from app.i18n import tr


class SetReferenceCommand(Step):
    """A frame becomes a reference for all objects that it shows, or stops being one.

    Those that the network drew there count as confirmed: whoever makes a frame a reference by hand has
    looked at it.

    Attributes:
        frame_index: 0-based.
        is_reference: Which of both.
    """

    def __init__(self, document: Document, frame_index: int, is_reference: bool) -> None:
        super().__init__(
            tr("Set reference {frame}", frame=frame_index)
            if is_reference
            else tr("Drop reference {frame}", frame=frame_index)
        )
        self.frame_index = frame_index
        self.is_reference = is_reference
        self._document = document
        self._before = document.reference_table
        self._declined_before = document.declined_references
        if is_reference:
            shown = drawn_by_network(document.masks.entry(frame_index))
            former = self._before.get(frame_index)
            reference = Reference(frame_index, shown) if former is None else replace(former, enabled=True)
            self._after = frozen({**self._before, frame_index: reference})
        else:
            self._after = without_frames(self._before, {frame_index})
        others = self._declined_before - {frame_index}
        self._declined_after = others if is_reference else others | {frame_index}

    def redo(self) -> None:  # noqa: D102 - Qt override
        self._document.put_references(self._after, self._declined_after)

    def undo(self) -> None:  # noqa: D102 - Qt override
        self._document.put_references(self._before, self._declined_before)


class ChangeReferenceCommand(Step):
    """A reference is switched on or off, or teaches other objects.

    Args:
        document: Whose reference.
        reference: How it is from now on.
    """

    def __init__(self, document: Document, reference: Reference) -> None:
        super().__init__(tr("Change reference {frame}", frame=reference.frame_index))
        self._document = document
        self._before = document.reference_table
        self._after = frozen({**self._before, reference.frame_index: reference})

    def redo(self) -> None:  # noqa: D102 - Qt override
        self._document.put_references(self._after)

    def undo(self) -> None:  # noqa: D102 - Qt override
        self._document.put_references(self._before)
