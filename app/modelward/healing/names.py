"""One spelling for a model's many names: hosts, regions, dates, variants and tags are set apart."""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_NAME = 200
"""Longest name that is looked at, in characters. The longest that any provider lists has about 120."""

# Hosts put the lab before the name with a dot (Bedrock), after an optional region.
_BEDROCK = re.compile(
    r"(?:(?:us|eu|apac|ap|au|jp|ca|sa|us-gov|in|me|af|mx|il|global)\.)?"
    r"(?P<lab>anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai|qwen|google|moonshot|moonshotai|minimax|zhipu|writer|nvidia|"
    r"stability|twelvelabs|writer|luma|zai|xai)\.(?=[a-z])"
)
_BEDROCK_VERSION = re.compile(r"-v\d{1,2}(?::\d{1,2}(?::\w{1,5})?)$")
_DATE = re.compile(
    r"[-@](?:"
    r"(?P<ymd>20[2-3]\d-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01]))"
    r"|(?P<my>(?:0[1-9]|1[0-2])-20[2-3]\d)"
    r"|(?P<md>(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))"
    r"|(?P<short>2[3-9](?:0[1-9]|1[0-2])|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))"
    r"|(?P<latest>latest|default)"
    r")$"
)
_MOVING = ("latest", "default")
_LONGEST_DATE = len("-2024-05-13")
# "claude-opus-4-5", and Fireworks' "llama-v3p1-8b": one digit after a dash or a p.
_VERSION = re.compile(r"(\d)[-p](?=\d(?:$|[-_]))")
_QUANTIZATION = re.compile(
    r"[-_.:](?:"
    r"(?P<gguf>(?:ud[-_])?(?:i?q\d(?:_[a-z0-9]{1,3}){0,2}|tq\d_\d))"
    r"|(?P<float>fp32|fp16|bf16|fp8|f16|f32|mxfp8|mxfp4|nvfp4|fp4|int8|int4)"
    r"|(?P<method>awq|gptq|bnb|exl2)(?:[-_](?:int)?\d(?:bit)?)?"
    r")(?=$|[-_.:@])"
)
_WRAPPING = re.compile(r"[-_.](?:gguf|mlx|onnx)(?=$|[-_.:@])")
_SIZE = re.compile(r"(?:^|[-_:])(?P<count>\d{1,4}(?:\.\d{1,3})?)(?P<unit>[mbt])(?=$|[-_:@])")
_WORD = re.compile(r"[a-z]{2,30}")
_UNIT = {"m": 10**6, "b": 10**9, "t": 10**12}


class Name(NamedTuple):
    """A model's name, taken apart.

    ``text`` is what rules are matched against: lower case, without host, lab, region and variant, versions with a
    dot (``claude-opus-4.5``), its date last after an ``@`` in digits (``gpt-4o@20240513``, ``mistral-large@2411``)
    or ``@latest``. ``variant`` is what stood after a colon (``free``, ``thinking``; at Ollama ``cloud``) or ``ft``
    for a fine-tuned model. ``quantization`` is how the weights are stored, where a local name says it.
    """

    text: str
    variant: str | None = None
    quantization: str | None = None


NOTHING = Name("")
"""What is left of a text that cannot be a name."""


def normalise(provider: str, name: str) -> Name:
    """The parts of a name as a provider writes it; :data:`NOTHING` for what is too long to be one."""
    if len(name) > MAX_NAME:
        return NOTHING
    text = name.strip().lower()
    if provider.startswith("ollama"):  # also Ollama's cloud, which other catalogues list under a name of its own
        return _local(text)
    return _hosted(text)


def _hosted(text: str) -> Name:
    variant: str | None = None
    if text.startswith("ft:"):
        variant, text = "ft", text[3:].partition(":")[0]
    text = text[text.rfind("/") + 1 :]
    if text[: text.find(".")].isalnum() and (host := _BEDROCK.match(text)):
        # Bedrock calls DeepSeek's models "r1" and "v3": without the lab that would be no name.
        text = text[host.end() :] if host["lab"] != "deepseek" else f"deepseek-{text[host.end() :]}"
    if ":" in text:
        text = _BEDROCK_VERSION.sub("", text)
    if ":" in text:
        text, _, variant = text.partition(":")
    elif text.endswith((".ft-", ".ft")):
        variant, text = "ft", text.rpartition(".")[0]
    return Name(_spelled(text), variant)


def _local(text: str) -> Name:
    model, _, tag = text[text.rfind("/") + 1 :].partition(":")
    variant = None
    if tag == "cloud" or tag.endswith("-cloud"):
        variant, tag = "cloud", tag[:-5].rstrip("-")
    text = f"{model}-{tag}" if tag and tag != "latest" else model
    quantization = None
    if found := _QUANTIZATION.search(text):
        quantization = found[0][1:]
        text = text[: found.start()] + text[found.end() :]
    if wrapping := _WRAPPING.search(text):
        text = text[: wrapping.start()] + text[wrapping.end() :]
    return Name(_spelled(text), variant, _written(quantization) if quantization else None)


def _spelled(text: str) -> str:
    date = ""
    may_be_dated = text[-1:].isdigit() or text.endswith(_MOVING)
    if may_be_dated and (found := _DATE.search(text, max(0, len(text) - _LONGEST_DATE))):
        text, date = text[: found.start()], _digits(found)
    if _VERSION.search(text):
        text = _VERSION.sub(r"\1.", text)
    return text + date if date else text


def _digits(found: re.Match[str]) -> str:
    if found["latest"]:
        return "@latest"
    if found["my"]:
        month, _, year = found["my"].partition("-")
        return f"@{year}{month}"
    return "@" + found[0][1:].replace("-", "")


def _written(quantization: str) -> str:
    """As Ollama and llama.cpp write it: ``Q4_K_M``, ``IQ3_XXS``, ``F16``; other formats in lower case."""
    text = quantization.replace("-", "_")
    if text in {"fp16", "f16"}:
        return "F16"
    if text in {"fp32", "f32"}:
        return "F32"
    is_gguf = text.startswith(("q", "iq", "ud_", "tq")) or text == "bf16"
    return text.upper() if is_gguf else text


def family(text: str) -> str | None:
    """The word that a name begins with: ``internlm`` of ``internlm2_5-20b-chat``."""
    found = _WORD.match(text)
    return found[0] if found else None


def parameters(text: str) -> int | None:
    """The number of weights that a name states (``70b``, ``1.5b``, ``270m``, ``1t``; ``235b-a22b`` is 235 billion).

    Sizes that name something else are not read: ``8x7b`` is eight experts that share weights, ``e4b`` what is
    active at a time, and words such as ``small`` or ``latest`` no number at all. Two different sizes in one name
    (a draft and its target, a merge) leave it unknown.
    """
    sizes = {int(float(found["count"]) * _UNIT[found["unit"]]) for found in _SIZE.finditer(text)}
    return sizes.pop() if len(sizes) == 1 else None
