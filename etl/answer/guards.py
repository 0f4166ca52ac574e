"""
Tell what a paper did from what it did not do, might do, or says that others did.

Reads:    one sentence, and the place of a term in it
Writes:   nothing
Gives up: never
Version:  GUARD_VERSION, part of the extractive answerer's fingerprint
Next:     the readers of each answer type
"""

import re

__all__ = [
    "GUARD_VERSION",
    "is_bibliography",
    "is_hypothetical",
    "is_negated",
    "is_other_phase",
    "is_others_work",
]

GUARD_VERSION = "negation-future-others-phase/4"

#: A negation reaches at most this many words forward; a longer reach denies what is affirmed.
_REACH_WORDS = 6

_NEGATION_BEFORE = re.compile(
    r"\b(?:not(?! only)|no|without|never|neither|nor|none of|cannot|lacks?|lacking|absence of"
    r"|instead of|rather than|unlike|avoid(?:s|ed|ing)?|did ?n[o']t|was ?n't|were ?n't)\b",
    re.IGNORECASE,
)
_NEGATION_AFTER = re.compile(
    r"^\W*(?:\w+\W+){0,3}?(?:was|were|is|are|has been|have been|had been|did|does|do|could|can)"
    r"\s+(?:not\b(?! only)|never\b|n't)",
    re.IGNORECASE,
)
_CLAUSE_BREAK = re.compile(
    r"[;:]|,\s*(?:but|however|while|whereas|although)\b|\bbut\b", re.IGNORECASE
)

_HYPOTHETICAL = re.compile(
    r"\bfuture (?:work|research|stud(?:y|ies)|directions?|efforts?|developments?|applications?)\b"
    r"|\bin (?:the )?future\b|\bfurther (?:work|research|stud(?:y|ies))\b"
    r"|\b(?:could|would|might|may)\s+(?:\w+\s+){0,2}?(?:be|use|apply|help|improve|allow|enable|provide"
    r"|facilitate|enhance|lead|serve|like to|benefit|require|need)\b"
    r"|\bremain(?:s|ing) (?:\w+ )?(?:opportunit|challeng|open)\w*|\bpotentially\b"
    r"|\bnext steps?\b|\bupcoming\b|\bwe (?:hope|aim|envision|expect|wish) to\b"
    r"|\bit (?:is|remains) (?:worth|interesting|unclear|an open)\b"
    r"|\b(?:plans?|planned|intend(?:s|ed)?|remains?) to\b|\bwe (?:suggest|recommend)\b"
    r"|\b(?:should|ought to|needs? to) (?:also |always |not )?(?:be|have|use|include|report)\b"
    r"|\bwill (?:also |then )?(?:be|profit|benefit|allow|enable|help|improve|provide|focus)\b"
    r"|\bcan (?:also |even |then |easily )?be (?:used|transferred|applied|extended|adapted)\b"
    r"|\bbeing able to\b|\bdesigned to be\b|\bsuitable for\b|\bpossible to\b",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"\b(?:we|our|ours|us|in-house|here|herein|(?:this|the present|the current|the proposed)"
    r" (?:study|work|paper|article|research|thesis|method|approach|model|system|framework))\b",
    re.IGNORECASE,
)
#: A citation as the subject of what was done, in whatever section: ``[4] apply``, ``Smith et al.
#: (2020) proposed``, ``in their paper``, ``the tool described in [7]``.
_CITE = (
    r"(?:\bBIBREF\d+|\[\d+(?:[,\u2013-]\s?\d+)*\]"
    r"|\bet al\.?,?\s*[(\[]?\d{4}[a-z]?[)\]]?|\bet al\.?)"
)
_DID = (
    r"(?:propos|introduc|present|develop|describ|suggest|appl|us|train|employ|report|show|found"
    r"|find|demonstrat|achiev|address|explor|investigat|combin|adopt|extend|evaluat|compar"
    r"|build|built|design|implement|perform|collect|releas)(?:e|es|ed|s|ied|ies|y)?"
)
_CITED_DID = re.compile(
    rf"{_CITE},?\s+(?:(?:also|further|first|recently|have|has|\w+ly)\s+)*{_DID}\b"
    r"|(?-i:\b[A-Z][\w'\u2019-]+(?: (?:and|&) [A-Z][\w'\u2019-]+)?) \((?:19|20)\d\d[a-z]?\),?\s+"
    rf"(?:\w+ly\s+)?(?:{_DID}|\w+ed)\b"
    rf"|\bet al\.?[^.;]{{0,80}}\b(?:in their|they|who)\b"
    r"|\b(?:discussed|described|proposed|introduced|presented|developed|released) (?:in|by) "
    rf"(?:[\w-]+ )?{_CITE}"
    r"|\b(?:in|of) their (?:paper|work|study|approach)\b|\bresearchers (?:have|had)\b",
    re.IGNORECASE,
)
#: Those of whom the sentence before told; that "we" come later in it changes nothing.
_THEY = re.compile(
    r"^\W*(?:(?:While|Although|Whereas|However,|Unlike|In contrast,)\s+)?(?:these|those|such) "
    r"(?:\w+ )?(?:stud(?:y|ies)|works?|authors?|papers?)\b",
    re.IGNORECASE,
)
#: Numbered entries with names as reference lists write them, where no reader told them apart.
_ENTRY = re.compile(
    r"(?:\[\d{1,3}\]|(?<![\w.])\d{1,3}\.)\s+[A-Z][\w'\u2019-]+,?\s+(?:[A-Z]\.|[A-Z][\w-]+\s+and\b|[A-Z])"
    r"|\b(?:[A-Z][\w'\u2019-]+, (?:[A-Z]\.|[A-Z][a-z]+)(?:,? (?:and|&) |, )){2,}"
)
_MANY_ENTRIES = 2
_OTHERS = re.compile(
    r"\bet al\.?,?\s*[(\[]?\s*(?:\d{4}|\[?\d+)|\b(?:previous|prior|earlier|other|recent|several"
    r"|some|many|most) (?:works?|stud(?:y|ies)|authors?|researchers?|approaches|methods|papers)\b"
    r"|\b(?:has|have) been (?:widely |commonly |successfully |also |increasingly )*"
    r"(?:used|applied|proposed|shown|developed|introduced)\b"
    r"|\bet al\.\s+(?:\w+ly\s+)?\w+ed\b|\b(?:stud(?:y|ies)|works?|approaches|methods) such as\b"
    r"|\bthe stud(?:y|ies) (?:reported|showed|found|used|achieved)\b|\bmany others\b"
    r"|\bthere (?:exist|are) (?:several|many|various|different)\b"
    r"|\b(?:has|have) been (?:\w+ly )?(?:attempted|addressed|explored|tackled|employed|adopted)\b"
    r"|\bthe authors\b|\bfor example\b|\be\.g\."
    r"|\b(?:widely|commonly|frequently|typically|often|usually) used\b",
    re.IGNORECASE,
)
#: Where papers tell what others did; elsewhere a citation beside a term names its source.
_TELLING_KINDS = frozenset({"introduction", "discussion", "abstract", "other"})
#: Words of the two lives of a model: making it, and letting it work for its users.
_TRAINING = re.compile(
    r"\b(?:(?:re)?train(?:s|ed|ing)?|learn(?:ed|t)|fine.?tun\w+|fitted|epochs?"
    r"|experiments?|computations?|implemented)\b",
    re.IGNORECASE,
)
_DEPLOYMENT = re.compile(
    r"\b(?:deploy(?:s|ed|ing|ment)?|inference|in (?:practice|the field|production|operation)"
    r"|runs? on|running on|edge devices?|on.?board|serv(?:es|ed|ing) (?:by|from|in|on)"
    r"|(?:converted|exported|ported) (?:in)?to|app(?:s|lication)? (?:runs?|for))\b",
    re.IGNORECASE,
)
#: What is deployed: the model, under one of its names; a logger or camera runs on devices too.
_DEPLOYED = re.compile(
    r"\b(?:models?|(?:neural |deep )?networks?|classifiers?|detectors?|CNNs?|weights|it"
    r"|predict(?:ions?|ors?)|inference|algorithms?)\b",
    re.IGNORECASE,
)


def is_negated(text: str, start: int, end: int) -> bool:
    """
    True where the words around ``text[start:end]`` deny it.

    A negation counts within the same clause, at most six words before the term, or as a
    negated verb right after it. ``not only`` denies nothing.
    """
    before = text[:start]
    breaks = list(_CLAUSE_BREAK.finditer(before))
    clause = before[breaks[-1].end() :] if breaks else before
    reach = " ".join(clause.split()[-_REACH_WORDS:])
    if _NEGATION_BEFORE.search(reach):
        return True
    return _NEGATION_AFTER.search(text[end:]) is not None


def is_hypothetical(text: str) -> bool:
    """True where the sentence speaks of future or possible work, not of what was done."""
    return _HYPOTHETICAL.search(text) is not None


def is_others_work(text: str, section_kind: str) -> bool:
    """
    True where the sentence tells what others did.

    A cited author as the one who did it tells so anywhere. Else only introductions, discussions,
    abstracts and untyped sections tell it: a citation in a methods section names the source of
    what the authors used. In an introduction all that is not said of the paper itself is told.
    A first person settles it.
    """
    if _THEY.search(text):
        return True
    if _OWN.search(text):
        return False
    if _CITED_DID.search(text):
        return True
    if section_kind not in _TELLING_KINDS:
        return False
    return section_kind == "introduction" or _OTHERS.search(text) is not None


def is_bibliography(text: str) -> bool:
    """True for a run of reference entries, which plain text without headings leaves in a body."""
    return len(_ENTRY.findall(text)) >= _MANY_ENTRIES


def is_other_phase(question: str, text: str) -> bool:
    """
    True where the question asks for one life of a model and the sentence tells of the other.

    The card in a field device is no training hardware, so a question about training leaves out
    what tells of deployment alone. Deployment is seldom reported and its devices serve for much
    else (recording, annotating), so a question about it reads only what tells of deployment.

    Args:
        question: The question's text; "the trained model was deployed" asks for deployment.
        text: The sentence.
    """
    tells_deployment = _DEPLOYMENT.search(text) is not None
    if _DEPLOYMENT.search(question):
        return not tells_deployment or _DEPLOYED.search(text) is None
    asks_training = _TRAINING.search(question) is not None
    return asks_training and tells_deployment and _TRAINING.search(text) is None
