"""The rule of which versions of a model the vault keeps."""

from __future__ import annotations

from collections.abc import Collection

from modelward.ollama.model import VaultVersion


def surplus(versions: Collection[VaultVersion], keep: int, current: str) -> tuple[VaultVersion, ...]:
    """Which versions of one model go: all but the ``keep`` that the library held last, and never the one of now.

    ``current`` is the digest of the manifest that the library holds. Versions of one manifest count as one.
    """
    order = sorted(versions, key=lambda each: (each.last_seen_at, each.id), reverse=True)
    kept = dict.fromkeys([current, *(each.manifest.digest for each in order)])
    staying = set(list(kept)[:keep]) | {current}
    return tuple(each for each in order if each.manifest.digest not in staying)
