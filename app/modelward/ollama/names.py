"""Names of models: read, checked, compared, and where the manifest of a name lies."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePath

from modelward.catalog.fields import clip
from modelward.core.errors import BadValueError
from modelward.ollama.model import ModelName

PUBLIC_HOST = "registry.ollama.ai"
"""The host that a name without one means."""

NEWER_PUBLIC_HOST = "ollama.com"
"""The same host, as the newer layout of the folder writes it."""

LATEST = "latest"
_LIBRARY = "library"
_TODO = "Write it as 'ollama list' shows it, such as llama3.2:3b or someone/model:tag."

# Ollama's own limits (``types/model/name.go``, isValidPart): ASCII alone, and no part begins with a mark.
_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,349}", re.ASCII)
_NAMESPACE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,79}", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}", re.ASCII)


def parse(text: str) -> ModelName:
    """A name as people write it: ``model``, ``model:tag``, ``namespace/model``, ``[scheme://]host/namespace/model:tag``.

    What is left out is the public host, its library, the tag "latest". Raises BadValueError.
    """
    rest, tag = text.strip(), LATEST
    # A host may carry a port, so that a tag's colon is one behind the last slash.
    if rest.rfind(":") > rest.rfind("/"):
        rest, _colon, tag = rest.rpartition(":")
    parts = (rest.partition("://")[2] if "://" in rest else rest).split("/")
    if len(parts) > 3:
        raise _refused(text)
    host, namespace, model = (PUBLIC_HOST, _LIBRARY)[: 3 - len(parts)] + tuple(parts)
    try:
        return of_parts(host, namespace, model, tag)
    except BadValueError:
        raise _refused(text) from None


def of_parts(host: str, namespace: str, model: str, tag: str) -> ModelName:
    """The name of these parts. Both ways to write the public host are one. Raises BadValueError."""
    if host.lower() in (PUBLIC_HOST, NEWER_PUBLIC_HOST):
        host = PUBLIC_HOST
    fits = (_HOST, host), (_NAMESPACE, namespace), (_WORD, model), (_WORD, tag)
    if not all(pattern.fullmatch(part) for pattern, part in fits):
        raise _refused(f"{host}/{namespace}/{model}/{tag}")
    return ModelName(host, namespace, model, tag)


def of_path(path: PurePath, *, is_v2: bool = False) -> ModelName:
    """The name of a manifest's place below ``manifests``, or ``manifests-v2``. Raises BadValueError."""
    if len(path.parts) != 4:
        raise _refused(str(path))
    host, *others = path.parts
    return of_parts(host.replace("%3A", ":").replace("%3a", ":") if is_v2 else host, *others)


def relative_path(name: ModelName, *, is_v2: bool = False) -> PurePath:
    """Where its manifest lies below ``manifests``, or below ``manifests-v2``. Raises BadValueError for no name."""
    name = of_parts(name.host, name.namespace, name.model, name.tag)
    host = name.host
    if is_v2:
        host = NEWER_PUBLIC_HOST if host == PUBLIC_HOST else host.replace(":", "%3A")
    return PurePath(host, name.namespace, name.model, name.tag)


def key(name: ModelName) -> str:
    """The same for names that Ollama takes for one: it does not tell large letters from small ones."""
    return f"{name.host}/{name.namespace}/{name.model}/{name.tag}".lower()


def match(name: ModelName, among: Iterable[ModelName]) -> ModelName | None:
    """The model that is meant: the same letters first, then the same but for their case."""
    found = [each for each in among if key(each) == key(name)]
    return name if name in found else min(found, default=None)


def is_cloud(name: ModelName) -> bool:
    """True for a tag by which Ollama serves a model from its cloud (``internal/modelref``)."""
    return name.tag == "cloud" or name.tag.endswith("-cloud")


def _refused(text: str) -> BadValueError:
    return BadValueError(f"{clip(text)!r} is not a name of a model.", todo=_TODO)
