"""Everything that can be undone. A command never raises: check before it is pushed."""

from app.document.commands.bulk import BulkCommand
from app.document.commands.marks import (
    LockFramesCommand,
    LockRegionsCommand,
    ReviewCommand,
    SetPointsCommand,
)
from app.document.commands.objects import (
    AddObjectCommand,
    ChangeObjectCommand,
    RemoveObjectCommand,
    ReorderObjectsCommand,
)
from app.document.commands.paint import PaintCommand
from app.document.commands.references import ChangeReferenceCommand, SetReferenceCommand
from app.document.commands.run import PropagateCommand, SettleTakeCommand

__all__ = [
    "AddObjectCommand",
    "BulkCommand",
    "ChangeObjectCommand",
    "ChangeReferenceCommand",
    "LockFramesCommand",
    "LockRegionsCommand",
    "PaintCommand",
    "PropagateCommand",
    "RemoveObjectCommand",
    "ReorderObjectsCommand",
    "ReviewCommand",
    "SetPointsCommand",
    "SetReferenceCommand",
    "SettleTakeCommand",
]
