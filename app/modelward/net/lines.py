"""Bytes that arrive in pieces, cut into lines."""

from __future__ import annotations

LONGEST_LINE = 4 * 1024 * 1024
"""Bytes. A chat's longest line holds a picture at most."""


class LineTooLongError(ValueError):
    """A line is longer than is allowed."""


class LineSplitter:
    """Cuts at LF, CR LF and CR, and nowhere else. Broken UTF-8 is replaced, a byte order mark at the start dropped."""

    def __init__(self, longest: int = LONGEST_LINE) -> None:
        self._longest = longest
        self._begun: list[bytes] = []
        self._begun_size = 0
        self._ended_with_cr = False
        self._is_first = True

    def feed(self, piece: bytes) -> list[str]:
        """The lines that are whole with this piece. Raises LineTooLongError."""
        if self._ended_with_cr and piece:
            piece = piece.removeprefix(b"\n")
            self._ended_with_cr = False
        if b"\r" in piece:
            self._ended_with_cr = piece.endswith(b"\r")
            piece = piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *whole, rest = piece.split(b"\n")
        lines = [self._line(part) for part in whole]
        if rest:
            self._begin(rest)
        return lines

    def end(self) -> list[str]:
        """The last line, where nothing ended it."""
        return [self._line(b"")] if self._begun else []

    def _line(self, part: bytes) -> str:
        if self._begun or len(part) > self._longest:
            self._begin(part)
            part = b"".join(self._begun)
            self._begun, self._begun_size = [], 0
        line = part.decode("utf-8", "replace")
        if self._is_first:
            self._is_first = False
            return line.removeprefix("\ufeff")
        return line

    def _begin(self, part: bytes) -> None:
        self._begun_size += len(part)
        if self._begun_size > self._longest:
            raise LineTooLongError(f"a line of more than {self._longest} bytes")
        self._begun.append(part)
