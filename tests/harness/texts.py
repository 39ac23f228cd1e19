"""Texts of many kinds, written for tests of counting and cutting."""

from __future__ import annotations

import base64
import random
import string

from hypothesis import strategies as st

ENGLISH = (
    "The keeper of the lighthouse wrote down the weather every evening, and nobody ever asked him why. When the storm "
    "came in March, his notes were all that told the harbour how high the water had stood twenty years before. "
)
GERMAN = (
    "Die Behörde für Gewässerschutz hat den Überschwemmungsbericht veröffentlicht, aber kaum jemand las ihn gründlich. "
)
FINNISH = "Järvenrannan asukkaat keräsivät talvella jäätä, jota säilytettiin sahanpurun alla seuraavaan kesään saakka. "
RUSSIAN = "Смотритель маяка каждый вечер записывал погоду, и никто никогда не спрашивал его, зачем он это делает. "
GREEK = "Ο φαροφύλακας σημείωνε κάθε βράδυ τον καιρό και κανείς δεν τον ρώτησε ποτέ γιατί το έκανε. "
ARABIC = "كان حارس المنارة يدوّن حالة الطقس كل مساء ولم يسأله أحد عن السبب. "
CHINESE = "灯塔的看守人每天晚上都会记录天气，从来没有人问过他为什么。三月的暴风雨来临时，人们才想起他的笔记。"
JAPANESE = "灯台守は毎晩天気を書き留めていたが、誰もその理由を尋ねなかった。三月の嵐の日に初めて役に立った。"
KOREAN = "등대지기는 매일 저녁 날씨를 기록했지만 아무도 그 이유를 묻지 않았다. "
HINDI = "प्रकाशस्तंभ का रखवाला हर शाम मौसम लिखता था और किसी ने कभी नहीं पूछा कि क्यों। "
CODE = (
    "def tide(levels: list[float], *, above: float = 0.0) -> float:\n"
    '    """The highest level, or what it must be above."""\n'
    "    return max((level for level in levels if level > above), default=above)\n\n"
)
TABLE = "2026-03-14,17:05,4.215,812.44,NW\n"
JSON = '{"id": 4711, "name": "pier-3", "levels": [1.25, 1.5, 1.75], "ok": true},\n'
EMOJI = "🌊🔦⛵👩‍🔧🇨🇭👍🏽"
NATURAL = (ENGLISH, GERMAN, FINNISH, RUSSIAN, GREEK, ARABIC, CHINESE, JAPANESE, KOREAN, HINDI, CODE, TABLE, JSON)


def noise(kind: str, length: int, seed: int) -> str:
    """Text without sense: base64, hexadecimal figures, digits, letters, signs, white space, any characters."""
    chance = random.Random(seed)
    if kind == "base64":
        return base64.b64encode(chance.randbytes(length)).decode()[:length]
    if kind == "hex":
        return chance.randbytes(length).hex()[:length]
    alphabets = {
        "digits": string.digits,
        "letters": string.ascii_lowercase + "  ",
        "signs": string.punctuation + " ",
        "space": "  \n\t",
        "ascii": string.printable,
    }
    if kind in alphabets:
        return "".join(chance.choice(alphabets[kind]) for _ in range(length))
    return "".join(
        chr(code) for code in (chance.randint(0xA0, 0x2FFFF) for _ in range(length)) if not 0xD800 <= code < 0xE000
    )


KINDS = ("base64", "hex", "digits", "letters", "signs", "space", "ascii", "any")


def piece() -> st.SearchStrategy[str]:
    """A piece of a text: of a language, of code, of noise, or of whatever characters hypothesis thinks of."""
    natural = st.builds(lambda text, times: text * times, st.sampled_from((*NATURAL, EMOJI)), st.integers(1, 12))
    senseless = st.builds(noise, st.sampled_from(KINDS), st.integers(1, 2_000), st.integers(0, 10**6))
    heading = st.sampled_from(("\n\n# A heading\n\n", "\n\n", "\n```\n", "\n~~~\n", " " * 300, "\n" * 200, "a" * 900))
    return st.one_of(natural, senseless, heading, st.text(max_size=200))


def texts() -> st.SearchStrategy[str]:
    """Texts made of such pieces."""
    return st.lists(piece(), max_size=14).map("".join)


def book(tokens: int) -> str:
    """About so many tokens of chapters with headings, paragraphs and code."""
    chapter = (
        f"# The water\n\n{ENGLISH * 6}\n\n{GERMAN * 3}\n\n## Figures\n\n{ENGLISH * 4}\n\n```python\n{CODE * 3}```\n\n"
    )
    times = max(1, tokens * 4 // len(chapter))
    return "".join(chapter.replace("water", f"water of {number}", 1) for number in range(times))
