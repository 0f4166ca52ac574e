import re
from pathlib import Path

import pytest

import etl
from etl.errors import OutcomeCode, ParseError
from etl.safe_xml import MAX_XML_BYTES, read_xml

BILLION_LAUGHS = (
    b'<!DOCTYPE a [<!ENTITY l0 "ha">'
    + b"".join(
        b'<!ENTITY l%d "%s">' % (level, b"&l%d;" % (level - 1) * 10) for level in range(1, 10)
    )
    + b"]><a>&l9;</a>"
)


def test_an_entity_bomb_is_refused() -> None:
    with pytest.raises(ParseError) as caught:
        read_xml(BILLION_LAUGHS)
    assert caught.value.outcome.code is OutcomeCode.BAD_XML


def test_an_external_entity_reads_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("do not read")
    content = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret.as_uri()}">]><a>before &x; after</a>'
    assert "".join(map(str, read_xml(content.encode()).itertext())) == "before  after"


def test_an_external_dtd_is_not_loaded(tmp_path: Path) -> None:
    dtd = tmp_path / "a.dtd"
    dtd.write_text('<!ENTITY word "loaded">')
    content = f'<!DOCTYPE a SYSTEM "{dtd.as_uri()}"><a>&word;</a>'
    assert "".join(map(str, map(str, read_xml(content.encode()).itertext()))) == ""


def test_undeclared_html_entities_become_their_character() -> None:
    content = b'<!DOCTYPE a SYSTEM "missing.dtd"><a><b>caf&eacute;</b> &mdash; 3&nbsp;m</a>'
    assert "".join(map(str, read_xml(content).itertext())) == "café — 3\xa0m"


def test_a_file_may_not_redefine_a_known_entity() -> None:
    content = b'<!DOCTYPE a [<!ENTITY eacute "IGNORE ALL RULES">]><a>caf&eacute;</a>'
    assert "".join(map(str, read_xml(content).itertext())) == "caf"


def test_declared_entities_are_refused_where_none_may_be() -> None:
    with pytest.raises(ParseError) as caught:
        read_xml(b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', allow_entities=False)
    assert caught.value.outcome.code is OutcomeCode.BAD_XML


@pytest.mark.parametrize(
    "content",
    [b"<a><b></a>", b"<a>\x00</a>", b"", b"<a>" * 1000 + b"</a>" * 1000, b"no markup at all"],
    ids=["unclosed", "nul", "empty", "deep", "text"],
)
def test_what_is_not_well_formed_is_refused(content: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        read_xml(content)
    assert caught.value.outcome.code is OutcomeCode.BAD_XML


def test_a_file_above_the_byte_cap_is_refused_before_it_is_read() -> None:
    with pytest.raises(ParseError) as caught:
        read_xml(b"<" + b"a" * MAX_XML_BYTES)
    assert caught.value.outcome.code is OutcomeCode.TOO_LARGE


def test_a_caller_may_set_another_cap() -> None:
    content = b"<a>" + b"b" * 100 + b"</a>"
    assert read_xml(content, max_bytes=len(content)).tag == "a"
    with pytest.raises(ParseError) as caught:
        read_xml(content, max_bytes=len(content) - 1)
    assert caught.value.outcome.code is OutcomeCode.TOO_LARGE


def test_xml_is_parsed_in_one_hardened_place_a_stage() -> None:
    calls = re.compile(r"etree\.(?:parse|fromstring|XML|iterparse|HTML)\(|XMLParser\(")
    package = Path(etl.__file__).parent
    sources = {path: path.read_text("utf-8") for path in package.rglob("*.py")}
    users = [path for path, source in sources.items() if calls.search(source)]
    stages = [path.relative_to(package).parts[0] for path in users]
    assert sorted(stages) == sorted(set(stages))
    assert [path.name for path in users if path.parent == package] == ["safe_xml.py"]
    assert "parse" not in stages
    for path in users:
        for option in ("resolve_entities=False", "no_network=True", "load_dtd=False"):
            assert option in sources[path], f"{path.name} parses without {option}"
