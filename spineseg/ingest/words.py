"""Free text of a header -> words of a fixed list: what selection may know of descriptions, without the text itself.

Descriptions are typed by people and hold names at times; only the words below ever leave a file.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum


class Word(StrEnum):
    """What a description says, whatever the language."""

    LOCALIZER = "localizer"
    T1 = "t1"
    T2 = "t2"
    T2_STAR = "t2 star"
    STIR = "stir"
    FLAIR = "flair"
    PROTON_DENSITY = "proton density"
    DIFFUSION = "diffusion"
    PERFUSION = "perfusion or angiography"
    FAT_SUPPRESSED = "fat suppressed"
    PARAMETER_MAP = "parameter map"
    CONTRAST = "contrast agent"
    NO_CONTRAST = "no contrast agent"
    PROJECTION = "projection"
    SUBTRACTION = "subtraction"
    SPINE = "spine"
    TRUNK = "trunk"
    OTHER_BODY_PART = "other body part"


# Where T1 and T2 may begin: at a word or glued to a plane, as in "sagT2".
_JOINED = r"(?:\b|(?<=sag)|(?<=ax)|(?<=cor)|(?<=tra)|(?<=[23]d)|(?<=fs))"

# After `_normalized`: lower case, no accents, one space between words. English, German, French, Spanish, Italian,
# Portuguese, Dutch, Polish, Russian, Japanese and the vendors' sequence names.
_PATTERNS: dict[Word, str] = {
    Word.LOCALIZER: r"\b(loc|locali[sz]\w*|localis\w*|localiza\w*|lokali\w*|scouts?|survey|topogram\w*|surview"
    r"|scanogram\w*|pilot|3 ?plane|3 ?pl|reperage|aaspine|aahead|planscan)\b",
    # "T1 - L1" names vertebrae.
    Word.T1: _JOINED + r"t1(?! ?(?:to |bis |a )?[tl]?\d)",
    Word.T2: _JOINED + r"t2(?! ?(?:to |bis |a )?[tl]?\d)|\b(ciss|fiesta\w*|trufi\w*|drive|myelo)\b",
    Word.T2_STAR: r"t2 ?star|t2s\b|\b(medic|merge|m ?ffe|me2d\w*|me3d\w*|cosmic|adage)\b",
    Word.STIR: r"stir|tirm|\bir ?[ft]se\b",
    Word.FLAIR: r"flair|dark ?fl",
    Word.PROTON_DENSITY: r"\b(pd|pdw|dp|proton\w*|protonen\w*)\b",
    Word.DIFFUSION: r"\b(dwi\w*|diff\w*|dti|adc|e?adc|trace\w*|tensor|ivim|ep2d\w*|epi|bold|fmri|resolve)\b",
    Word.PERFUSION: r"\b(perf\w*|dce|dsc|twist|tricks|angio\w*|mra|tof|cbv|cbf|mtt)\b",
    Word.FAT_SUPPRESSED: r"\b(fs|fat ?sat\w*|fat ?sup\w*|fatsep|spair|spir|m?dixon\w*|ideal|chess|fett\w*|water)\b",
    Word.PARAMETER_MAP: r"\b(t[12] ?)?maps?\b|\bmapping\b|\bkarte\b",
    Word.CONTRAST: r"\b(contrast\w*|kontrast\w*|gad\w*|gd|km|ce|post|dotarem|dotagraf|magnevist|multihance|prohance"
    r"|clariscan|injection|injec\w*|inj|iv|mdc|enhanced)\b",
    Word.NO_CONTRAST: r"\b(pre|without|w ?o|ohne|nativ\w*|native|sans|sin|senza|sem|unenhanced|non ?contrast\w*"
    r"|plain|bez|none|no)\b",
    Word.PROJECTION: r"\b(mip\w*|min ?ip|vrt|volume render\w*|rendering|projection\w*)\b",
    Word.SUBTRACTION: r"\b(sub|subtr\w*|soustr\w*|sottr\w*|substr\w*)\b",
    Word.SPINE: r"[a-z]{0,3}spine\b|spinal\w*|\b(rachi\w*|colonn\w*|columna|coluna|wirbel\w*|wervel\w*|[hbls]?ws|gws"
    r"|vertebr\w*|lumb\w*|lomb\w*|ledz\w*|dorsal\w*|cervic\w*|zervi\w*|cervik\w*|thoracic\w*|thorakal\w*|sacr\w*|sakr\w*"
    r"|krzyz\w*|kregos\w*|myel\w*|miel\w*|medull\w*|medula|midollo|cord|spondyl\w*|discs?|disks?|msc?cc?)\b"
    r"|позвон|脊|椎|척추",
    Word.TRUNK: r"\b(thora\w*|chest|torax\w*|torac\w*|lungs?|lunge\w*|poumon\w*|abdom\w*|pelvi\w*|becken|bassin|neck"
    r"|hals|cuello|collo|whole ?body|ganzkorper\w*|corps ?entier|trunk|torso|rumpf|staging|polytrauma|tap|cap|aort\w*"
    r"|liver|leber|foie|kidneys?|nieren?)\b",
    Word.OTHER_BODY_PART: r"\b(knees?|knie\w*|genoux?|rodilla\w*|ginocch\w*|joelho|brain|head|kopf|schadel\w*|skull"
    r"|cerveau|crane|cranial\w*|cerebr\w*|encefal\w*|gehirn|hirn|neurocran\w*|cabeza|testa|tete|mozg\w*|glow\w*|foot|feet"
    r"|fuss\w*|pied|ankles?|cheville|sprunggelenk\w*|hands?|wrists?|handgelenk\w*|poignet|elbows?|ellenbogen\w*|coude"
    r"|shoulders?|schulter\w*|epaule|hombro|spalla|hips?|huft\w*|hanche|cadera|anca|breasts?|mamma\w*|femur|tibia"
    r"|prostat\w*|heart|cardiac|herz|coeur|orbit\w*|pituitar\w*|hypophys\w*|tmj|sinus\w*|mandib\w*|fingers?|calf|thighs?"
    r"|legs?|extremity|extremit\w*)\b",
}
_COMPILED = {word: re.compile(pattern) for word, pattern in _PATTERNS.items()}


def known_words(*texts: str) -> tuple[str, ...]:
    """Words of the list that occur in the texts, in the order of the list."""
    text = " | ".join(_normalized(one) for one in texts if one)
    return tuple(word.value for word, pattern in _COMPILED.items() if pattern.search(text))


def _normalized(text: str) -> str:
    """Lower case without accents; marks that mean something become words, the others spaces."""
    text = text.replace("*", " star ").replace("+c", " contrast ").replace("+C", " contrast ")
    plain = "".join(mark for mark in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(mark))
    return " ".join(re.sub(r"[\W_]+", " ", plain).split())
