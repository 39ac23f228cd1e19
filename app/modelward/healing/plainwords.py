"""Which sentences and rows speak plainly of one model: those made of words that leave no doubt.

A list of bad words would never be long enough ("draft", "smaller version", "free tier", a stranger's name), so the
words that are allowed are listed, and one that is not makes a sentence doubtful.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from modelward.healing import figures, mentions
from modelward.healing.lines import Line
from modelward.healing.mentions import Subject

_SENTENCE_ENDS = re.compile(r"(?<=[.!?。])\s+(?=[A-Z\"'(\[“]|[a-z]{1,20}[-\d])")
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|vs|approx|max|min|no|ca|jan|feb|aug|sept?|oct|nov|dec)\.\Z", re.IGNORECASE)
_DOUBT = re.compile(
    r"\b(?:not|no|never|nor|none|cannot|unlike|than|whereas|while|but|however|instead|compared|versus|vs|except|though|"
    r"although|others?|another|previously|formerly?|was|were|had|used|until recently|if|unless|would|could|might|soon|"
    r"planned|expected|upcoming|will|example|ignore|instructions?|assistant|which|who|whose|only|both|half|twice)\b"
    r"|\b(?:training|output|input)\s+(?:context|length|window|size)|\bparameters\s+of|\bdate\s+of"
    r"|\b(?:search|tools?|images?|vision|audio|video)\s+(?:data|knowledge|training|cut)|n['’]t\b|\?\s*\Z",
    re.IGNORECASE,
)
_PLAIN = re.compile(
    r"an?|the|this|it|its|s|our|is|are|has|have|of|in|on|at|to|up|for|with|and|can|be|as|"
    r"supports?|supporting|offers?|offering|features?|provides?|comes?|includes?|allows?|accepts?|handles?|holds?|"
    r"process(?:es)?|reads?|takes?|generates?|outputs?|writes?|returns?|trained|"
    r"costs?|costing|priced|prices?|pricing|charged|"
    r"per|million|billion|thousand|tokens?|inputs?|prompts?|completions?|context|window|length|size|limits?|long|"
    r"max|maximum|most|many|much|knowledge|cut|off|cutoff|date|training|data|parameters?|total|"
    r"k|m|b|mtok|usd|us|dollars|rpm|tpm|rpd|requests?|minute|day|rate|"
    r"function|tools?|calling|calls?|use|vision|images?|understanding|structured|json|schemas?|reasoning|extended|"
    r"thinking|caching|web|search|computer|audio|video|pdf",
    re.IGNORECASE,
)
_PLAIN_OF_TIME = re.compile(r"until|through|ends?|extends?|reaches", re.IGNORECASE)
_OF_TIME = re.compile(r"know|train|cut-?\s?off", re.IGNORECASE)
_PRAISE = r"(?:new|latest|most|capable|best|fastest|flagship|powerful|open|large|small|multimodal|language|reasoning)"
_LEAD = re.compile(
    rf"(?:(?:with|for|in|on)\b\s*)?(?:(?:the|our|an?)\s*)?(?:{_PRAISE}[\s,]*)*(?:(?:models?|name|id)[\s,:]*)*",
    re.IGNORECASE,
)
_IS_MODEL = re.compile(
    rf"(?:\bis|,)\s+(?:an?|our|the)\s+(?:(?:{_PRAISE}|[\d.]+[BM]|parameter)[\s,-]+)*models?\b", re.IGNORECASE
)
_LABEL_OF = re.compile(
    r"(?:window|context|length|limit|tokens?|output|input|price|pricing|costs?|cut-?off|date|knowledge|data|rate|"
    r"parameters?|size)(?:\s+\w{1,12}){0,2}\s+(?:of|for|in|with|on)\s*\Z",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z]+|\d[\w.,]*")
_NAMING = re.compile(
    r"(?:(?:api|model|models|the|full|claude|public|our|available|provider)[\s/_-]*)*"
    r"(?:models?|names?|model[\s_-]?(?:id|name|string|identifier)s?|id|ids|api|alias|identifier)(?:[\s_-]*(?:id|name|string))?",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:plan|tier|region|location|platform|hosts?|based|base model|parent|teacher|student|replac\w*|successor|"
    r"provider|quanti[sz]ation|precision|mode|training price|fine-?\s?tun\w*|per hour|account|subscription|version)\b",
    re.IGNORECASE,
)
_NOTES = re.compile(r"\b(?:notes?|remarks?|comments?|conditions?)\b", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"azure|bedrock|vertex|\baws\b|snowflake|databricks|fine-?\s?tun|batch|\b(?:preview|beta|free|trial|enterprise)\b|"
    r"deprecated|former|previous|example|benchmark",
    re.IGNORECASE,
)
_BESIDE_NAMES = re.compile(
    r"models?|new|latest|api|id|ids|the|by|stable|openai|anthropic|google|mistral|cohere|xai|meta"
)


def sentences(text: str) -> Iterator[str]:
    """The sentences of a line."""
    begun = 0
    for end in _SENTENCE_ENDS.finditer(text):
        if not _ABBREVIATION.search(text, max(0, end.start() - 12), end.start()):
            yield text[begun : end.start()]
            begun = end.end()
    yield text[begun:]


def is_doubtful(sentence: str) -> bool:
    """Whether a sentence denies, compares, supposes, foretells or orders something."""
    return _DOUBT.search(sentence) is not None


def doubt(sentence: str, subject: Subject, siblings: Sequence[Subject]) -> str:
    """Why a sentence cannot be taken for a plain statement about this model alone; empty where it can."""
    named = mentions.mentions(subject, sentence)
    if not named:
        return "The sentence does not name the model."
    if other := mentions.others(subject, siblings, sentence):
        return f"The sentence names another model, too: {other[:60]!r}."
    if found := _DOUBT.search(sentence):
        return f"The sentence is no plain statement ({found[0].lower()!r})."
    before = sentence[: named[0][0]].strip(" \"'“(*-•—–")
    if not (_LEAD.fullmatch(before) or _LABEL_OF.search(before + " ")):
        return "The sentence is about something else than the model."
    lead = len(sentence) - len(sentence.lstrip(" \"'“(*-•—–"))
    rest = sentence[named[0][0] :] if _LEAD.fullmatch(before) else sentence[lead:]
    if word := _strange(_IS_MODEL.sub(" ", unnamed(rest, subject))):
        return f"The sentence speaks of {word[:40]!r}, too."
    return ""


def unnamed(sentence: str, subject: Subject) -> str:
    """A sentence without the model's name, whose digits are no figures: "The context window of is 128k"."""
    for start, end in reversed(mentions.mentions(subject, sentence)):
        sentence = f"{sentence[:start].rstrip()} {sentence[end:].lstrip()}"
    return sentence


def is_naming(header: str) -> bool:
    """Whether a column holds the names of models."""
    return _NAMING.fullmatch(header.strip()) is not None


def is_name_alone(cell: str, subject: Subject, siblings: Sequence[Subject]) -> bool:
    """Whether a cell holds the model's name and nothing that makes it a special case ("EU region", "fine-tuned")."""
    if not mentions.mentions(subject, cell) or mentions.others(subject, siblings, cell):
        return False
    return all(_BESIDE_NAMES.fullmatch(word[0].lower()) for word in _WORD.finditer(unnamed(cell, subject)))


def row_doubt(line: Line) -> bool:
    """Whether a row holds under a condition (a plan, a region), or its table speaks of something else."""
    is_elsewhere = _ELSEWHERE.search(line.heading) is not None
    return is_elsewhere or any(
        _CONDITION.search(header) or (_NOTES.search(header) and any(map(str.isalpha, cell)))
        for header, cell in line.cells
    )


def _strange(text: str) -> str:
    """The first word that is not among those that leave no doubt; empty where there is none."""
    for kind in (figures.dates, figures.amounts, figures.counts):
        for figure in reversed(list(kind(text))):
            text = f"{text[: figure.start]} {text[figure.end :]}"
    is_of_time = _OF_TIME.search(text) is not None and "$" not in text
    for word in _WORD.findall(text):
        if not _PLAIN.fullmatch(word) and not (is_of_time and _PLAIN_OF_TIME.fullmatch(word)) and not word[0].isdigit():
            return str(word)
    return ""
