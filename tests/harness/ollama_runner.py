"""Running models as Ollama does: loading, a few words, unloading; errors with its texts and its kinds of quotes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from harness.ollama_answers import Loaded, now, stamp, until
from harness.ollama_gguf import GgufError, decode
from harness.ollama_store import Model
from harness.wire import Reply

_COLD, _PROMPT, _TOKEN = 900_000_000, 12_000_000, 20_000_000
_CONTEXT = 4096


class RefusalError(Exception):
    """A refusal: its status and its text."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status

    @property
    def reply(self) -> Reply:
        """As it is sent."""
        return Reply(self.status, body={"error": str(self)})


class Runner:
    """What is loaded, and what is said.

    ``says``: the pieces of every answer. ``breaks_after``: so many pieces, then a line with an error and the end.
    ``ends_early``: the end comes without its last line. ``refuses``: what llama-server says to every model.
    ``vram_share``: how much of a model lies in the graphics card.
    """

    def __init__(self) -> None:
        self.loaded: dict[str, Loaded] = {}
        self.says: tuple[str, ...] = ("All ", "is ", "well.")
        self.breaks_after: int | None = None
        self.ends_early = False
        self.refuses = ""
        self.vram_share = 1.0

    def rows(self) -> list[dict[str, Any]]:
        """What is in memory, what stays longest first."""
        self.loaded = {key: one for key, one in self.loaded.items() if one.until > now()}
        return [one.row() for one in sorted(self.loaded.values(), key=lambda one: one.until, reverse=True)]

    def converse(self, kind: str, asked: dict[str, Any], model: Model) -> Reply:
        """Answer /api/generate or /api/chat.

        Raises:
            RefusalError: not this model, or not so.
        """
        text = str(asked["model"])
        is_empty = not asked.get("prompt" if kind == "generate" else "messages")
        keeps_until = until(asked.get("keep_alive"), now())
        if is_empty and keeps_until is None:
            self.loaded.pop(_key(model), None)
            return Reply(body=_told(kind, text, "", done_reason="unload"))
        if asked.get("think") and "thinking" not in model.capabilities:
            raise RefusalError(400, f'"{text}" does not support thinking')
        if "completion" not in model.capabilities:
            raise RefusalError(400, f'"{text}" does not support {kind}')
        is_cold = self.load(model, asked)
        if is_empty:
            return Reply(body=_told(kind, text, "", done_reason="load"))
        lines = list(self._lines(kind, asked, is_cold=is_cold))
        if keeps_until is None:
            self.loaded.pop(_key(model), None)
        if asked.get("stream", True):
            headers = {"content-type": "application/x-ndjson"}
            return Reply(headers=headers, chunks=[json.dumps(line).encode() + b"\n" for line in lines])
        return _in_one(kind, lines)

    def embed(self, asked: dict[str, Any], model: Model) -> Reply:
        """Answer /api/embed.

        Raises:
            RefusalError: not this model.
        """
        is_cold = self.load(model, asked)
        if "embedding" not in model.capabilities:
            raise RefusalError(501, "This server does not support embeddings. Start it with `--embeddings`")
        given = asked.get("input") or []
        texts = [given] if isinstance(given, str) else given
        if not all(isinstance(text, str) for text in texts):
            raise RefusalError(400, "invalid input type")
        told = {"model": asked["model"], "embeddings": [_vector(text) for text in texts]}
        figures = {"total_duration": _COLD * is_cold + _PROMPT, "load_duration": _COLD * is_cold}
        figures["prompt_eval_count"] = sum(len(text.split()) for text in texts)
        return Reply(body={**told, **({key: figure for key, figure in figures.items() if figure} if texts else {})})

    def load(self, model: Model, asked: dict[str, Any]) -> bool:
        """Have a model in memory: whether it had to be fetched from the disk.

        Raises:
            RefusalError: its weights are missing or broken.
        """
        key = _key(model)
        keeps_until = until(asked.get("keep_alive"), now()) or now() + timedelta(seconds=1)
        if key in self.loaded:
            self.loaded[key].until = keeps_until
            return False
        if model.weights is None or not model.weights.exists():
            raise RefusalError(404, f'model "{asked["model"]}" not found, try pulling it first')
        try:
            decode(model.weights)
        except GgufError as error:
            raise RefusalError(500, str(error)) from error
        if self.refuses:
            raise RefusalError(500, f"llama-server process has terminated: exit status 1: {self.refuses}")
        context = int((asked.get("options") or {}).get("num_ctx") or model.params.get("num_ctx") or _CONTEXT)
        size = model.weights.stat().st_size
        self.loaded[key] = Loaded(model, keeps_until, context, size, self.vram_share)
        return True

    def _lines(self, kind: str, asked: dict[str, Any], *, is_cold: bool) -> Iterator[dict[str, Any]]:
        most = int((asked.get("options") or {}).get("num_predict") or -1)
        pieces = self.says[:most] if most > 0 else self.says
        for place, piece in enumerate(pieces):
            if place == self.breaks_after:
                yield {"error": "an error was encountered while running the model: unexpected EOF"}
                return
            yield _told(kind, asked["model"], piece)
        if self.ends_early:
            return
        figures = {
            "total_duration": _COLD * is_cold + _PROMPT + _TOKEN * len(pieces),
            "load_duration": _COLD * is_cold,
            "prompt_eval_count": 1 + len(json.dumps(asked.get("prompt") or asked.get("messages")).split()),
            "prompt_eval_duration": _PROMPT,
            "eval_count": len(pieces),
            "eval_duration": _TOKEN * len(pieces),
        }
        reason = "length" if len(pieces) < len(self.says) else "stop"
        known = {key: figure for key, figure in figures.items() if figure}
        yield {**_told(kind, asked["model"], "", done_reason=reason), **known}


def _key(model: Model) -> str:
    return str(model.weights or model.manifest.digest)


def _told(kind: str, name: str, text: str, *, done_reason: str = "") -> dict[str, Any]:
    piece = {"response": text} if kind == "generate" else {"message": {"role": "assistant", "content": text}}
    done = {"done": True, "done_reason": done_reason} if done_reason else {"done": False}
    return {"model": name, "created_at": stamp(now()), **piece, **done}


def _in_one(kind: str, lines: list[dict[str, Any]]) -> Reply:
    """The lines as one answer, where no stream was asked for."""
    if "error" in lines[-1]:
        return Reply(500, body=lines[-1])
    key = "response" if kind == "generate" else "message"
    texts = [line[key] if kind == "generate" else line[key]["content"] for line in lines]
    whole = "".join(texts)
    return Reply(body={**lines[-1], key: whole if kind == "generate" else {"role": "assistant", "content": whole}})


def _vector(text: str) -> list[float]:
    """Eight numbers of length one, the same ones for the same text."""
    numbers = [byte - 127.5 for byte in hashlib.sha256(text.encode()).digest()[:8]]
    length = sum(number * number for number in numbers) ** 0.5
    return [number / length for number in numbers]
