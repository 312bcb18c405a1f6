"""Errors that are meant for the user: what is wrong, where, and what to do about it.

UserError               base: shown as a message, never as a traceback
+-- MediaError          a clip that cannot be read
+-- ExportError         files that cannot be written
+-- ProjectReadError    a project file that cannot be read
+-- ProjectWriteError   a project file that cannot be written
+-- CheckpointError     network weights that cannot be used
"""


class UserError(Exception):
    """Base of the expected errors.

    Attributes:
        message: What went wrong and where, one sentence.
        hint: What the user can do about it; may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message} {hint}".strip())
        self.message = message
        self.hint = hint


class MediaError(UserError):
    """A clip cannot be read."""


class ExportError(UserError):
    """Files cannot be written.

    Attributes:
        about: Which choice it is about, so that the command line can name its own: a name of `ExportOptions`,
            or another word of `app.worker.cli.hints`; empty for none.
    """

    def __init__(self, message: str, hint: str = "", *, about: str = "") -> None:
        super().__init__(message, hint)
        self.about = about


class ProjectReadError(UserError):
    """A project file cannot be read."""


class ProjectWriteError(UserError):
    """A project file cannot be written."""


class CheckpointError(UserError):
    """Network weights cannot be used."""
