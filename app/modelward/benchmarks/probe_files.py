"""Reads suite files: every value is checked, and what is wrong is told with file, line, probe and field.

Imported by :func:`.probes.load` alone, because YAML takes its time to import.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import yaml

from modelward.benchmarks.answers import Answer
from modelward.benchmarks.check_files import mapping_of_any, weighted_of
from modelward.benchmarks.checks import Plain
from modelward.benchmarks.haystack import PLACE
from modelward.benchmarks.model import UseCase
from modelward.benchmarks.plain_nodes import canonical, integer_of, number_of, text_of, value_of
from modelward.benchmarks.probes import Difficulty, Haystack, Needle, Probe, Suite, SuiteProblem
from modelward.core.errors import InputError
from modelward.core.yamlnodes import RefusedNodeError, compose, mapping, plain, required, sequence
from modelward.providers.model import Message, Role, Tool, ToolCall

MAX_PROBES = 500
MAX_OUTPUT_TOKENS = 100_000
MAX_HAYSTACK_TOKENS = 2_000_000

_FILE_KEYS = frozenset({"suite", "use_case", "about", "system", "pass", "max_output_tokens", "tools", "probes"})
_PROBE_KEYS = frozenset(
    {
        "id", "difficulty", "prompt", "messages", "max_output_tokens", "checks", "pass", "tools", "haystack", "good",
        "bad",
    }
)  # fmt: skip
_ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT, "system": Role.SYSTEM}


def read_folder(folder: Path, *, is_own: bool) -> tuple[tuple[Suite, ...], tuple[SuiteProblem, ...]]:
    """The suites of all ``*.yaml`` files of a folder; a folder that is not there has none."""
    problems: list[SuiteProblem] = []
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix in {".yaml", ".yml"})
    except FileNotFoundError:
        paths = []
    except OSError as error:
        problems.append(SuiteProblem(str(folder), None, None, None, f"The folder cannot be read ({error.strerror})."))
        paths = []
    seen: dict[str, str] = {}
    suites = [_SuiteFile(path.name, problems, seen).read(path, is_own=is_own) for path in paths]
    return tuple(suite for suite in suites if suite is not None), tuple(problems)


class _SuiteFile:
    """Reads one file."""

    def __init__(self, file: str, problems: list[SuiteProblem], seen: dict[str, str]) -> None:
        self.file = file
        self.problems = problems
        self.seen = seen
        self.ids: set[str] = set()

    def read(self, path: Path, *, is_own: bool) -> Suite | None:
        """The suite, without the probes that are wrong; None where the file as a whole cannot be used."""
        try:
            root = compose(path)
            head = _Head(root)
            if (earlier := self.seen.get(head.suite)) is not None:
                raise RefusedNodeError(root, "suite", f"There is already a suite of that name in {earlier}.")
            self.seen[head.suite] = self.file
        except RefusedNodeError as refusal:
            self._report(refusal, None)
            return None
        except InputError as error:
            self.problems.append(SuiteProblem(self.file, None, None, None, error.what))
            return None
        probes = tuple(probe for node in head.listed if (probe := self._probe(node, head)) is not None)
        return Suite(head.suite, head.use_case, head.about, head.hash, probes, is_own)

    def _probe(self, node: yaml.Node, head: _Head) -> Probe | None:
        name: str | None = None
        try:
            parts = mapping(node, _PROBE_KEYS)
            name = _name(required(node, parts, "id"), "id")
            if name in self.ids:
                raise RefusedNodeError(parts["id"], "id", "There is already a probe of that name.")
            probe = _made(node, name, parts, head)
        except RefusedNodeError as refusal:
            self._report(refusal, name)
            return None
        self.ids.add(name)
        return probe

    def _report(self, refusal: RefusedNodeError, probe: str | None) -> None:
        self.problems.append(SuiteProblem(self.file, refusal.line, probe, refusal.field, refusal.message))


class _Head:
    """What a file says of all of its probes."""

    def __init__(self, root: yaml.Node) -> None:
        parts = mapping(root, _FILE_KEYS)
        self.suite = _name(required(root, parts, "suite"), "suite")
        self.use_case = UseCase(_word(required(root, parts, "use_case"), "use_case", frozenset(UseCase)))
        self.about = text_of(parts, "about")
        self.system = text_of(parts, "system")
        self.pass_at = _part(parts["pass"], "pass") if "pass" in parts else 1.0
        self.max_output_tokens = _tokens(parts["max_output_tokens"]) if "max_output_tokens" in parts else None
        self.tools = _tools(parts["tools"]) if "tools" in parts else {}
        self.listed = sequence(required(root, parts, "probes"), "probes")
        if len(self.listed) > MAX_PROBES:
            raise RefusedNodeError(parts["probes"], "probes", f"A suite has at most {MAX_PROBES} probes.")
        self.hash = _hash(root)


def _hash(root: yaml.Node) -> str:
    """SHA-256 of what is asked and looked for; spaces, comments, descriptions and examples do not count."""
    text = canonical(root, {0: frozenset({"about"}), 2: frozenset({"good", "bad"})})
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _made(node: yaml.Node, name: str, parts: Mapping[str, yaml.Node], head: _Head) -> Probe:
    checks = tuple(map(weighted_of, sequence(required(node, parts, "checks"), "checks")))
    if not checks:
        raise RefusedNodeError(parts["checks"], "checks", "A probe has at least one check.")
    most = _tokens(parts["max_output_tokens"]) if "max_output_tokens" in parts else head.max_output_tokens
    if most is None:
        raise RefusedNodeError(node, "max_output_tokens", "It is missing, here and at the head of the file.")
    probe = Probe(
        id=name,
        suite=head.suite,
        suite_hash=head.hash,
        use_case=head.use_case,
        difficulty=Difficulty(_word(required(node, parts, "difficulty"), "difficulty", frozenset(Difficulty))),
        messages=_messages(node, parts, head.system),
        max_output_tokens=most,
        checks=checks,
        pass_at=_part(parts["pass"], "pass") if "pass" in parts else head.pass_at,
        tools=_named_tools(parts["tools"], head.tools) if "tools" in parts else (),
        haystack=_haystack(parts["haystack"]) if "haystack" in parts else None,
        good=_answers(parts, "good"),
        bad=_answers(parts, "bad"),
    )
    if (probe.haystack is None) == any(PLACE in message.text for message in probe.messages):
        raise RefusedNodeError(node, "haystack", f"A long text and its place {PLACE} in a message go together.")
    return probe


def _messages(node: yaml.Node, parts: Mapping[str, yaml.Node], system: str) -> tuple[Message, ...]:
    if ("prompt" in parts) == ("messages" in parts):
        raise RefusedNodeError(node, "prompt", "A probe has either a 'prompt' or 'messages'.")
    first = (Message(Role.SYSTEM, system),) if system else ()
    if "prompt" in parts:
        return (*first, Message(Role.USER, plain(parts["prompt"], "prompt").strip()))
    said = []
    for each in sequence(parts["messages"], "messages"):
        told = mapping(each, frozenset({"role", "text"}))
        role = _ROLES[_word(required(each, told, "role"), "role", frozenset(_ROLES))]
        said.append(Message(role, plain(required(each, told, "text"), "text").strip()))
    if not said or said[-1].role is not Role.USER:
        raise RefusedNodeError(parts["messages"], "messages", "The last message is the user's.")
    return (*first, *said)


def _tools(node: yaml.Node) -> dict[str, Tool]:
    tools: dict[str, Tool] = {}
    for each in sequence(node, "tools"):
        parts = mapping(each, frozenset({"name", "description", "parameters"}))
        name = _name(required(each, parts, "name"), "name")
        parameters = value_of(required(each, parts, "parameters"))
        if not isinstance(parameters, dict) or name in tools:
            raise RefusedNodeError(each, "tools", "A tool has a name of its own and a JSON schema of its parameters.")
        tools[name] = Tool(name, plain(required(each, parts, "description"), "description"), parameters)
    return tools


def _named_tools(node: yaml.Node, tools: Mapping[str, Tool]) -> tuple[Tool, ...]:
    return tuple(tools[_word(each, "tools", frozenset(tools))] for each in sequence(node, "tools"))


def _haystack(node: yaml.Node) -> Haystack:
    parts = mapping(node, frozenset({"seed", "tokens", "needles"}))
    needles = []
    for each in sequence(required(node, parts, "needles"), "needles"):
        told = mapping(each, frozenset({"text", "at"}))
        needles.append(Needle(plain(required(each, told, "text"), "text"), _part(required(each, told, "at"), "at")))
    seed = integer_of(required(node, parts, "seed"), "seed", 0, 1_000_000)
    tokens = integer_of(required(node, parts, "tokens"), "tokens", 100, MAX_HAYSTACK_TOKENS)
    return Haystack(seed, tokens, tuple(needles))


def _answers(parts: Mapping[str, yaml.Node], key: str) -> tuple[Answer, ...]:
    return tuple(map(_answer, sequence(parts[key], key))) if key in parts else ()


def _answer(node: yaml.Node) -> Answer:
    if isinstance(node, yaml.ScalarNode):
        return Answer(str(node.value))
    calls: list[ToolCall] = []
    for each in sequence(node, "good"):
        parts = mapping(each, frozenset({"name", "arguments"}))
        given: dict[str, Plain] = {}
        if "arguments" in parts:
            given = {name: value_of(one) for name, one in mapping_of_any(parts["arguments"], "arguments").items()}
        calls.append(ToolCall(str(len(calls)), plain(required(each, parts, "name"), "name"), json.dumps(given)))
    return Answer("", tuple(calls))


def _name(node: yaml.Node, field: str) -> str:
    name = plain(node, field)
    if len(name) > 60 or not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
        raise RefusedNodeError(node, field, "It must be 1 to 60 letters, digits, '-' and '_'.")
    return name


def _word(node: yaml.Node, field: str, words: frozenset[str]) -> str:
    word = plain(node, field)
    if word not in words:
        raise RefusedNodeError(node, field, f"It must be one of: {', '.join(sorted(words))}.")
    return word


def _part(node: yaml.Node, field: str) -> float:
    return number_of(node, field, 0, 1)


def _tokens(node: yaml.Node) -> int:
    return integer_of(node, "max_output_tokens", 1, MAX_OUTPUT_TOKENS)
