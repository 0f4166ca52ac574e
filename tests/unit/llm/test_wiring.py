from pathlib import Path

import pytest

from etl.answer.llm_answerer import LlmAnswerer
from etl.settings import LlmEndpoint, LlmSettings, Settings
from etl.wiring import build_ports


def test_a_server_has_its_own_power_meter_or_the_common_one() -> None:
    llm = LlmSettings(
        url="http://a",
        endpoints=(LlmEndpoint(url="http://b", power_url="http://b:9400/metrics"),),
        power_url="http://cards/metrics",
    )
    (places,) = llm.servers.values()
    assert [p.power_url for p in places] == ["http://cards/metrics", "http://b:9400/metrics"]


def test_without_an_address_no_model_votes() -> None:
    settings = Settings(_env_file=None, llm=LlmSettings())
    assert tuple(build_ports(settings).answerers) == settings.answer.answerers


def test_each_model_is_one_voter_over_all_its_servers() -> None:
    llm = LlmSettings(
        url="http://a",
        model="m",
        endpoints=(
            LlmEndpoint(url="http://b", model="m"),
            LlmEndpoint(url="http://c", model="n"),
            LlmEndpoint(url="http://a", model="m"),
        ),
    )
    assert llm.models == {"m": ("http://a", "http://b"), "n": ("http://c",)}
    settings = Settings(_env_file=None, llm=llm)
    answerers = build_ports(settings).answerers
    assert tuple(answerers) == (*settings.answer.answerers, "llm:m", "llm:n")
    assert isinstance(answerers["llm:n"], LlmAnswerer)
    assert answerers["llm:n"].fingerprint.name == "llm:n"


def test_settings_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FLORILEGIUM_LLM__URL", "http://127.0.0.1:8000")
    monkeypatch.setenv("FLORILEGIUM_LLM__API_KEY", "s3cret")
    monkeypatch.setenv("FLORILEGIUM_LLM__ENDPOINTS", '[{"url": "http://b/v1", "model": "n"}]')
    settings = Settings(_env_file=tmp_path / "none")
    assert settings.llm.models == {None: ("http://127.0.0.1:8000",), "n": ("http://b/v1",)}
    assert "s3cret" not in repr(settings)
    assert settings.llm.api_key is not None
    assert settings.llm.api_key.get_secret_value() == "s3cret"


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://a", "file:///etc/passwd"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="url"):
        LlmSettings(url=url)
