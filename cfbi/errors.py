"""Errors that the engine raises on purpose.

CfbiError               base: catch this to catch all of them
+-- ModelError          unknown network name or impossible configuration
+-- WeightsError        a weights file that cannot be read, or does not fit the network
+-- InputError          a frame or mask of the wrong shape, type or content
+-- DataError           a training or evaluation folder that cannot be used
+-- EvaluationError     results that cannot be scored
"""


class CfbiError(Exception):
    """Base of the expected errors.

    Attributes:
        message: What went wrong and where, one sentence.
        hint: What the user can do about it; may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        """Keep ``message`` and ``hint`` apart so that a window can show them in two lines."""
        super().__init__(f"{message} {hint}".strip())
        self.message = message
        self.hint = hint


class ModelError(CfbiError):
    """Unknown network name or impossible configuration."""


class WeightsError(CfbiError):
    """A weights file cannot be read, or does not fit the network."""


class InputError(CfbiError):
    """A frame or a mask has the wrong shape, type or content."""


class DataError(CfbiError):
    """A training or evaluation folder cannot be used."""


class EvaluationError(CfbiError):
    """Results cannot be scored against the annotations."""
