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
    "is_hypothetical",
    "is_negated",
    "is_other_phase",
    "is_others_work",
]

GUARD_VERSION = "negation-future-others-phase/3"

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
    r"|\b(?:could|would|might|may)\s+(?:\w+\s+){0,2}?(?:be|use|apply|help|improve|allow|enable)\b"
    r"|\b(?:plans?|planned|intend(?:s|ed)?|remains?) to\b|\bwe (?:suggest|recommend)\b"
    r"|\b(?:should|ought to|needs? to) (?:also |always |not )?(?:be|have|use|include|report)\b"
    r"|\bwill (?:also |then )?(?:be|profit|benefit|allow|enable|help|improve)\b"
    r"|\bcan (?:also |even |then |easily )?be (?:used|transferred|applied|extended|adapted)\b"
    r"|\bbeing able to\b|\bdesigned to be\b|\bsuitable for\b|\bpossible to\b",
    re.IGNORECASE,
)
_OWN = re.compile(r"\b(?:we|our|ours|us|this (?:study|work|paper)|in-house)\b", re.IGNORECASE)
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

    Only introductions, discussions, abstracts and untyped sections tell it; a citation in a
    methods section names the source of what the authors used. A first person settles it.
    """
    if section_kind not in _TELLING_KINDS or _OWN.search(text):
        return False
    return _OTHERS.search(text) is not None


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
