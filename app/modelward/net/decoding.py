"""The content codings of HTTP that we ask for, undone piece by piece and never beyond a limit."""

from __future__ import annotations

import zlib

ACCEPTED = "gzip, deflate"

_GZIP, _ZLIB, _BARE = zlib.MAX_WBITS | 16, zlib.MAX_WBITS, -zlib.MAX_WBITS
_WINDOWS = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": _ZLIB}


class CodingError(ValueError):
    """The content is in a coding that was not asked for, or is damaged."""


class TooLargeError(ValueError):
    """The content is larger than is allowed."""


class Decoder:
    """Undoes one coding. What comes out is counted while it comes, so that a small bomb stays small."""

    def __init__(self, coding: str, most_bytes: int) -> None:
        coding = coding.strip().lower()
        if coding not in ("", "identity") and coding not in _WINDOWS:
            raise CodingError(f"the coding {coding[:40]!r}")
        self._window = _WINDOWS.get(coding)
        self._unpacker = None if self._window is None else zlib.decompressobj(self._window)
        self._is_new = True
        self._left = most_bytes

    def feed(self, piece: bytes) -> bytes:
        """The content of a piece. Raises CodingError, TooLargeError."""
        return self._counted(piece if self._unpacker is None else self._unpacked(piece))

    def end(self) -> None:
        """Raises CodingError where the content was cut off."""
        if self._unpacker is not None and not self._is_new and not self._unpacker.eof:
            raise CodingError("it ends too early")

    def _unpacked(self, piece: bytes) -> bytes:
        parts = []
        room = self._left + 1
        while piece and room > 0:
            unpacker = self._fresh_or_begun()
            part = self._part(unpacker, piece, room)
            parts.append(part)
            room -= len(part)
            piece = self._rest()
        return b"".join(parts)

    def _fresh_or_begun(self) -> zlib._Decompress:
        """Files of gzip may stand one behind another."""
        assert self._unpacker is not None
        assert self._window is not None
        if self._unpacker.eof:
            self._unpacker = zlib.decompressobj(self._window)
        return self._unpacker

    def _part(self, unpacker: zlib._Decompress, piece: bytes, room: int) -> bytes:
        try:
            part = unpacker.decompress(piece, room)
        except zlib.error as error:
            # "deflate" means a zlib stream, but some servers send it bare.
            if self._window != _ZLIB or not self._is_new:
                raise CodingError("it is damaged") from error
            self._window, self._unpacker = _BARE, zlib.decompressobj(_BARE)
            return self._part(self._unpacker, piece, room)
        self._is_new = False
        return part

    def _rest(self) -> bytes:
        assert self._unpacker is not None
        if self._unpacker.eof:
            return self._unpacker.unused_data if self._window == _GZIP else b""
        return self._unpacker.unconsumed_tail

    def _counted(self, content: bytes) -> bytes:
        self._left -= len(content)
        if self._left < 0:
            raise TooLargeError
        return content
