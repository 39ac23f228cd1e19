"""What Ollama's server tells of models: its lists, what it shows, what it has loaded. Shapes by its API's own types."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from harness.ollama_gguf import FILE_TYPES, TENSOR_TYPES, Gguf, decode, glance
from harness.ollama_library import LAYER_TYPE
from harness.ollama_store import Manifest, Model, Store, capabilities

_FOR_EVER = timedelta(days=292 * 365)
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_KEPT = 300.0


@dataclass(slots=True)
class Loaded:
    """A model in memory."""

    model: Model
    until: datetime
    context: int
    size: int
    vram_share: float

    def row(self) -> dict[str, Any]:
        """As /api/ps tells it."""
        return {
            "name": self.model.manifest.name.shown,
            "model": self.model.manifest.name.shown,
            "size": self.size,
            "digest": self.model.manifest.digest,
            "details": details(self.model.config),
            "expires_at": stamp(self.until),
            "size_vram": int(self.size * self.vram_share),
            "context_length": self.context,
        }


def stamp(moment: datetime) -> str:
    """A time as Go writes it, with nine digits."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}137Z"


def _modified(manifest: Manifest) -> str:
    return f"{manifest.modified_at:%Y-%m-%dT%H:%M:%S}.{manifest.modified_ns % 10**9:09d}Z"


def until(keep_alive: object, now: datetime) -> datetime | None:
    """When a model goes that is kept so long; None for at once. Seconds, or a duration in Go's words."""
    seconds = _KEPT if keep_alive is None else _seconds(keep_alive)
    if seconds < 0:
        return now + _FOR_EVER
    return now + timedelta(seconds=min(seconds, _FOR_EVER.total_seconds())) if seconds else None


def _seconds(keep_alive: object) -> float:
    if isinstance(keep_alive, (int, float)):
        return float(keep_alive)
    text = str(keep_alive)
    pieces = re.findall(r"([0-9.]+)(ns|us|µs|ms|s|m|h)", text)
    length = math.fsum(float(figure) * _UNITS[unit] for figure, unit in pieces)
    return -length if text.startswith("-") else length


def details(config: dict[str, Any], parent: str = "") -> dict[str, Any]:
    """A model's details as its config tells them."""
    return {
        "parent_model": parent,
        "format": config.get("model_format", ""),
        "family": config.get("model_family", ""),
        "families": config.get("model_families"),
        "parameter_size": config.get("model_type", ""),
        "quantization_level": config.get("file_type", ""),
    }


def listed(store: Store, manifest: Manifest) -> dict[str, Any]:
    """A model as /api/tags lists it: the weights' absence shows in what is missing alone.

    Raises:
        StoreError: its config or its template cannot be read, so that it is not listed.
    """
    config = store.config(manifest)
    kinds = {str(layer["mediaType"]).removeprefix(LAYER_TYPE): layer for layer in manifest.layers}
    template = "{{ .Prompt }}"
    for kind in ("prompt", "template"):
        if kind in kinds:
            template = store.text(kinds[kind]["digest"])
    head = glance(store.blob(kinds["model"]["digest"])) if "model" in kinds and not config.get("remote_host") else None
    told = details(config, str(kinds.get("model", {}).get("from", "")))
    told |= _lengths(config, head)
    can = capabilities(config, head, template, has_projector="projector" in kinds, in_list=True)
    remote = {key: config[key] for key in ("remote_model", "remote_host") if config.get(key)}
    shown = {"name": manifest.name.shown, "model": manifest.name.shown, **remote}
    shown |= {"modified_at": _modified(manifest), "size": manifest.size, "digest": manifest.digest}
    return {**shown, "details": told, **({"capabilities": can} if can else {})}


def _lengths(config: dict[str, Any], head: Gguf | None) -> dict[str, int]:
    lengths: dict[str, int] = {}
    for key in ("context_length", "embedding_length"):
        length = config.get(key) or (head.of_its_kind(key) if head is not None else None)
        lengths |= {key: int(length)} if length else {}
    return lengths


def shown(model: Model, *, verbose: bool, options: dict[str, Any], system: str) -> dict[str, Any]:
    """What /api/show tells, read anew.

    Raises:
        GgufError: the weights' header is broken.
        FileNotFoundError: the weights are missing.
    """
    system = system or model.system
    texts = {
        "license": "\n".join(model.licenses),
        "modelfile": _modelfile(model, system),
        "parameters": _parameters(model.params),
        "template": model.template,
        "system": system,
    }
    told: dict[str, Any] = {key: text for key, text in texts.items() if text}
    told |= {"details": details(model.config), **({"messages": model.messages} if model.messages else {})}
    told |= {key: model.config[key] for key in ("remote_model", "remote_host", "requires") if model.config.get(key)}
    told |= {"model_info": {}, "capabilities": model.capabilities, "modified_at": _modified(model.manifest)}
    if model.is_remote:
        family = model.config.get("model_family")
        return {**told, "model_info": {"general.architecture": family} if family else {}}
    del options  # laid over what was asked, never shown
    head = decode(_needed(model))
    told["details"]["quantization_level"] = told["details"]["quantization_level"] or FILE_TYPES.get(
        head.keys.get("general.file_type", -1), "unknown"
    )
    hidden = {"general.name", "tokenizer.chat_template"}
    told["model_info"] = {key: value for key, value in _info(head, verbose=verbose).items() if key not in hidden}
    told["tensors"] = [
        {"name": it["name"], "type": TENSOR_TYPES.get(it["kind"], "unknown"), "shape": it["shape"]}
        for it in head.tensors
    ]
    if model.projectors:
        told["projector_info"] = _info(decode(model.projectors[0]), verbose=verbose)
    return told


def _needed(model: Model) -> Path:
    if model.weights is None:
        raise FileNotFoundError("stat : no such file or directory")
    return model.weights


def _info(head: Gguf, *, verbose: bool) -> dict[str, Any]:
    if verbose:
        return head.keys
    return {key: None if isinstance(value, list) else value for key, value in head.keys.items()}


def _pairs(params: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(key, one) for key, value in params.items() for one in (value if isinstance(value, list) else [value])]


def _parameters(params: dict[str, Any]) -> str:
    return "\n".join(f"{key:<30} {json.dumps(value)}" for key, value in _pairs(params))


def _modelfile(model: Model, system: str) -> str:
    lines = [
        '# Modelfile generated by "ollama show"',
        "# To build a new Modelfile based on this, replace FROM with:",
        f"# FROM {model.manifest.name.shown}\n",
        f"FROM {model.weights or ''}",
        *(f"FROM {path}" for path in model.projectors),
        f"TEMPLATE {model.template}",
        *([f"SYSTEM {system}"] if system else []),
        *(f"PARAMETER {key} {value}" for key, value in _pairs(model.params)),
        *(f"LICENSE {_quoted(text)}" for text in model.licenses),
        *(f"MESSAGE {message['role']} {_quoted(message['content'])}" for message in model.messages),
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return f'"""{text}"""' if "\n" in text else text


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)
