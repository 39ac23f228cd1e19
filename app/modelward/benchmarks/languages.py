"""In which language a text is: told by its script, else by small words that every text of a language is full of."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

_SMALL_WORDS = {
    "en": "the and of to in is that it for with was are this not you as be have on at by from they his her its or an",
    "de": "der die das und ist nicht ein eine zu den mit von im auf sich des dem für es auch als ich sie wir wird bei",
    "fr": "le la les et est une des du dans que qui pour pas sur au avec il elle nous vous ce cette sont par plus "
    "a été votre notre chez ne ou d l qu n j jusqu",
    "es": "el la los las y es un una de que en por para con no se del al su como más está son este esta lo pero",
    "it": "il la le gli e è un una di che per con non del della dei sono questo questa anche si nel alla al più lo",
    "pt": "o a os as e é um uma de que em por para com não se do da no na ao mais está são este esta como foi seu",
    "nl": "de het een en is van niet dat op te met voor zijn er aan ook als bij naar om dan maar ze wij deze dit",
}
_WORDS = {language: frozenset(words.split()) for language, words in _SMALL_WORDS.items()}
LANGUAGES = frozenset({*_WORDS, "ru", "zh", "ja", "ko", "ar", "el", "he", "hi"})
"""The languages that can be told, in two letters."""

_SCRIPTS = {
    "CYRILLIC": "ru",
    "CJK": "zh",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "ARABIC": "ar",
    "GREEK": "el",
    "HEBREW": "he",
    "DEVANAGARI": "hi",
}
_WORD = re.compile(r"[^\W\d_]{1,40}")
_MOST_READ = 5_000


def language_of(text: str) -> str:
    """Two letters; empty where it is not clear."""
    text = unicodedata.normalize("NFC", text[:_MOST_READ]).casefold()
    scripts = Counter(_script(char) for char in text if char.isalpha())
    if scripts["ja"] and scripts["ja"] + scripts["zh"] > scripts[""]:
        return "ja"
    script = max(scripts, key=scripts.__getitem__, default="")
    return script or _by_words(_WORD.findall(text))


def _script(char: str) -> str:
    if char < "\u0370":
        return ""
    return _SCRIPTS.get(unicodedata.name(char, "").partition(" ")[0], "")


def _by_words(words: list[str]) -> str:
    hits = {language: sum(word in small for word in words) for language, small in _WORDS.items()}
    first, second = sorted(hits, key=hits.__getitem__, reverse=True)[:2]
    return first if hits[first] > hits[second] else ""
