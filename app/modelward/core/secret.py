"""A key or a password in memory: it shows itself to nobody who does not ask by name."""

from __future__ import annotations

from modelward.core import redact


class Secret:
    """A text that appears in no ``repr``, no log and no error. From its making on, the redactor knows it by heart."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text
        redact.remember(text)

    def reveal(self) -> str:
        """The text itself, for the one header or the one keyring that needs it."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({redact.HIDDEN})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)
