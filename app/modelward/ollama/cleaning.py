"""Removes, by hand only, files in the model folder that no model needs."""

from __future__ import annotations

import logging
from collections.abc import Collection

from modelward.core.errors import FolderError
from modelward.ollama.model import Library, Stray

log = logging.getLogger(__name__)


def discard(library: Library, strays: Collection[Stray]) -> int:
    """Remove these files, as far as they are strays of the library still; the bytes that this freed. Blocking.

    ``library`` must have been read just now. Raises FolderError where one cannot be removed; others are, by then.
    """
    freed = 0
    still = {(each.path, each.size, each.modified_at) for each in library.strays}
    for stray in strays:
        if (stray.path, stray.size, stray.modified_at) not in still:
            log.info("%s changed meanwhile and is left.", stray.path)
            continue
        try:
            stray.path.unlink(missing_ok=True)
        except OSError as error:
            raise FolderError(
                f"{stray.path} cannot be removed.",
                why=f"{error.strerror}.",
                todo="Remove it as the user that Ollama runs as.",
            ) from error
        freed += stray.size
    return freed
