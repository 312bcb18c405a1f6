"""The table of commands that menus, tool bars and keys share."""

from app.action_specs.edit import EDIT
from app.action_specs.file import FILE
from app.action_specs.help import HELP
from app.action_specs.playback import PLAYBACK
from app.action_specs.propagation import PROPAGATION
from app.action_specs.spec import ActionSpec
from app.action_specs.tools import TOOLS
from app.action_specs.view import VIEW

__all__ = ["SPECS", "ActionSpec"]

SPECS: tuple[ActionSpec, ...] = (*FILE, *EDIT, *TOOLS, *VIEW, *PLAYBACK, *PROPAGATION, *HELP)
