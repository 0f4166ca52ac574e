"""The guarded client goes to public addresses only, and every bad transfer ends in its own code."""

import contextlib
import gzip
import resource
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from etl.errors import FetchError, OutcomeCode
from etl.fetch.guard import GuardedClient, Limits
from etl.fetch.http_addresses import PublicAddresses, is_public
from etl.fetch.http_gate import MemoryGate
from etl.intake import HostRule
from tests.standins.sources import LoopbackOnly, Reply, StandInSources, bomb

QUICK = HostRule(rate=1000, concurrency=8)

INNER = [
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1",
    "①②⑦.⓪.⓪.①", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "0.0.0.0", "0", "[::]",  # noqa: S104
    "127.0.0.1.", "user@127.0.0.1", "user:word@127.0.0.1",
]  # fmt: skip
NOT_PUBLIC = [
    "10.0.0.1", "100.64.0.1", "169.254.169.254", "172.16.0.1", "192.0.0.192", "192.168.1.1",
    "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "168.63.129.16", "fe80::1",
    "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "64:ff9b::a00:1", "64:ff9b:1::1",
    "2002:a00:1::", "::ffff:10.0.0.1", "::ffff:0:0", "2001::1", "2001:db8::1", "not an address",
]  # fmt: skip


@pytest.fixture(scope="module")
def _server() -> Iterator[StandInSources]:
    with StandInSources().running() as running:
        yield running


@pytest.fixture
def server(_server: StandInSources) -> StandInSources:
    _server.requests.clear()
    _server.headers.clear()
    return _server


def client(server: StandInSources, **limits: float) -> GuardedClient:
    return GuardedClient(
        MemoryGate({}, default=QUICK),
        policy=LoopbackOnly(server.port),
        limits=Limits(**{"pause_seconds": (0.0, 0.0), **limits}),  # type: ignore[arg-type]
        sleep=lambda _seconds: None,
    )


def code_of(server: StandInSources, path: str, **limits: float) -> OutcomeCode:
    with pytest.raises(FetchError) as caught:
        client(server, **limits).get(server.url(path))
    return caught.value.outcome.code


@pytest.mark.parametrize("host", INNER)
def test_no_spelling_of_the_own_machine_is_spoken_to(server: StandInSources, host: str) -> None:
    guarded = GuardedClient(MemoryGate({}, default=QUICK), limits=Limits(attempts=1))
    for port in ("", f":{server.port}", ":80"):
        with pytest.raises(FetchError) as caught:
            guarded.get(f"http://{host}{port}/secret")
        assert caught.value.outcome.code is OutcomeCode.REFUSED_ADDRESS
    assert server.requests == []


@pytest.mark.parametrize("host", INNER)
def test_a_redirect_to_the_own_machine_is_refused_too(server: StandInSources, host: str) -> None:
    class OnlyTheFirst(PublicAddresses):
        def addresses(self, name: str, port: int) -> tuple[str, ...]:
            if name == "start.test":
                return ("127.0.0.1",)
            return super().addresses(name, port)

    server.serve("/away", Reply(status=302, headers={"Location": f"http://{host}:80/secret"}))
    guarded = GuardedClient(
        MemoryGate({}, default=QUICK), policy=OnlyTheFirst(), limits=Limits(attempts=1)
    )
    with pytest.raises(FetchError) as caught:
        guarded.get(server.url("/away", "start.test"))
    assert caught.value.outcome.code is OutcomeCode.REFUSED_ADDRESS
    assert server.count() == {"/away": 1}


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_addresses_of_no_public_host_are_told_apart(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "193.62.193.80", "2606:4700::6810:1", "64:ff9b::808:808"]
)
def test_addresses_of_public_hosts_pass(address: str) -> None:
    assert is_public(address)


def test_one_inner_address_among_public_ones_refuses_the_host() -> None:
    policy = PublicAddresses(lambda _host, _port: ["8.8.8.8", "10.0.0.1"])
    with pytest.raises(FetchError, match="no public host"):
        policy.addresses("mixed.test", 443)


def test_a_host_is_resolved_once_a_hop_and_spoken_to_at_that_address(
    server: StandInSources,
) -> None:
    asked = []

    class Rebinding:
        def addresses(self, host: str, port: int) -> tuple[str, ...]:
            asked.append((host, port))
            return ("127.0.0.1",)

    server.serve("/ok", Reply(body=b"here"))
    guarded = GuardedClient(MemoryGate({}, default=QUICK), policy=Rebinding())
    assert guarded.get(server.url("/ok", "paper.test")).content == b"here"
    assert asked == [("paper.test", server.port)]
    assert server.headers[-1]["host"] == f"paper.test:{server.port}"


@pytest.mark.parametrize("url", ["file:///etc/hosts", "ftp://a.test/x", "gopher://a", "//a", "x"])
def test_only_web_addresses_are_asked(server: StandInSources, url: str) -> None:
    with pytest.raises(FetchError) as caught:
        client(server).get(url)
    assert caught.value.outcome.code is OutcomeCode.REFUSED_ADDRESS


def test_the_certificate_has_to_be_the_named_hosts_and_not_the_addresss(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "paper.test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("paper.test")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "server.pem"
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, *form)
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pem)
    secure = StandInSources()
    secure.serve("/paper", Reply(body=b"sealed"))
    with secure.running(tls):
        guarded = client(secure, attempts=1)
        guarded._ssl.load_verify_locations(pem)
        url = secure.url("/paper", "paper.test").replace("http:", "https:")
        assert guarded.get(url).content == b"sealed"
        for host in ("other.test", "127.0.0.1"):
            with pytest.raises(FetchError):
                guarded.get(url.replace("paper.test", host))
        assert len(secure.requests) == 1


def test_ports_beside_the_web_are_refused() -> None:
    with pytest.raises(FetchError, match="port 5432"):
        PublicAddresses(lambda _host, _port: ["8.8.8.8"]).addresses("a.test", 5432)


def test_proxies_of_the_environment_are_not_used(
    server: StandInSources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server.serve("/direct", Reply(body=b"x"))
    assert client(server).get(server.url("/direct")).content == b"x"


def test_a_redirect_is_followed_and_the_callers_headers_stay_with_the_first_host(
    server: StandInSources,
) -> None:
    server.serve("/far", Reply(status=302, headers={"Location": server.url("/end", "other.test")}))
    server.serve("/end", Reply(body=b"arrived"))
    answer = client(server).get(server.url("/far"), headers={"x-key": "canary"})
    assert answer.content == b"arrived"
    assert "x-key" in server.headers[0]
    assert "x-key" not in server.headers[1]


def test_a_loop_and_a_long_chain_of_redirects_end(server: StandInSources) -> None:
    server.serve("/loop", Reply(status=302, headers={"Location": "/loop"}))
    assert code_of(server, "/loop") is OutcomeCode.REDIRECT
    for step in range(8):
        server.serve(f"/s{step}", Reply(status=302, headers={"Location": f"/s{step + 1}"}))
    assert code_of(server, "/s0") is OutcomeCode.REDIRECT
    assert server.count()["/s5"] == 1
    assert server.count()["/s6"] == 0
    server.serve("/file", Reply(status=302, headers={"Location": "file:///etc/passwd"}))
    assert code_of(server, "/file") is OutcomeCode.REFUSED_ADDRESS


def test_a_slow_drip_is_left_when_the_time_is_over(server: StandInSources) -> None:
    server.serve("/drip", Reply(body=b"x" * 400, drip=1))
    began = time.monotonic()
    assert code_of(server, "/drip", total_seconds=0.4) is OutcomeCode.TOO_SLOW
    assert time.monotonic() - began < 1.5


def test_a_slot_held_by_a_slow_drip_is_free_when_it_is_left(server: StandInSources) -> None:
    server.serve("/drip", Reply(body=b"x" * 400, drip=1))
    gate = MemoryGate({}, default=HostRule(rate=1000, concurrency=1))
    guarded = GuardedClient(
        gate, policy=LoopbackOnly(server.port), limits=Limits(total_seconds=0.3)
    )
    with pytest.raises(FetchError):
        guarded.get(server.url("/drip"))
    assert gate.admit("127.0.0.1").ticket is not None


def test_a_host_that_keeps_failing_rests_and_the_others_go_on(server: StandInSources) -> None:
    server.serve("/down", Reply(status=500))
    server.serve("/up", Reply(body=b"here"))
    now = [1000.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    gate = MemoryGate({}, default=QUICK, clock=lambda: now[0])
    guarded = GuardedClient(
        gate,
        policy=LoopbackOnly(server.port),
        limits=Limits(attempts=5, pause_seconds=(0, 0), max_wait_seconds=30),
        sleep=sleep,
    )
    with pytest.raises(FetchError) as caught:
        guarded.get(server.url("/down", "down.test"))
    assert caught.value.outcome.code is OutcomeCode.HTTP_STATUS
    asked = server.count()["/down"]
    # From now on it is left alone, and whoever asks learns it without a request.
    with pytest.raises(FetchError) as caught:
        guarded.get(server.url("/down", "down.test"))
    assert caught.value.outcome.code is OutcomeCode.RATE_LIMITED
    assert server.count()["/down"] == asked == 5
    assert guarded.get(server.url("/up", "up.test")).content == b"here"


def test_a_name_that_cannot_be_found_is_an_outcome_of_its_paper_alone() -> None:
    def resolve(host: str, _port: int) -> list[str]:
        raise FetchError(OutcomeCode.UNREACHABLE, f"{host} cannot be found")

    gate = MemoryGate({}, default=QUICK)
    guarded = GuardedClient(gate, policy=PublicAddresses(resolve), sleep=lambda _seconds: None)
    with pytest.raises(FetchError) as caught:
        guarded.get("https://nowhere.test/paper.pdf")
    assert caught.value.outcome.code is OutcomeCode.UNREACHABLE
    assert gate.usage("nowhere.test")["failed"] == 1


def test_headers_that_drip_are_left_too() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]

    def drip() -> None:
        connection, _ = listener.accept()
        with contextlib.suppress(OSError), connection:
            for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 200:
                connection.sendall(bytes([byte]))
                time.sleep(0.05)

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    guarded = GuardedClient(
        MemoryGate({}, default=QUICK),
        policy=LoopbackOnly(port),
        limits=Limits(total_seconds=0.4, idle_seconds=0.3),
    )
    began = time.monotonic()
    with listener, pytest.raises(FetchError) as caught:
        guarded.get(f"http://127.0.0.1:{port}/")
    assert caught.value.outcome.code is OutcomeCode.TOO_SLOW
    assert time.monotonic() - began < 1.5


def test_a_giant_is_left_at_the_cap_and_takes_no_memory(server: StandInSources) -> None:
    server.serve("/giant", Reply(body=bytes(1 << 20), endless=2_000_000_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sent = server.bytes_sent
    assert code_of(server, "/giant") is OutcomeCode.TOO_LARGE
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024
    assert server.bytes_sent - sent < 160_000_000
    server.serve("/told", Reply(body=b"x", length=2_000_000_000))
    assert code_of(server, "/told") is OutcomeCode.TOO_LARGE


def test_a_bomb_is_left_before_it_unfolds(server: StandInSources) -> None:
    server.serve("/bomb", Reply(body=bomb(300_000_000), headers={"Content-Encoding": "gzip"}))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert code_of(server, "/bomb") is OutcomeCode.TOO_LARGE
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


def test_packed_bytes_arrive_unpacked_and_a_cut_pack_is_incomplete(server: StandInSources) -> None:
    text = b"".join(b"line %d\n" % number for number in range(20_000))
    packed = gzip.compress(text)
    server.serve("/packed", Reply(body=packed, headers={"Content-Encoding": "gzip"}))
    assert client(server).get(server.url("/packed")).content == text
    server.serve("/cut", Reply(body=packed[:-9], headers={"Content-Encoding": "gzip"}))
    assert code_of(server, "/cut") is OutcomeCode.INCOMPLETE
    server.serve("/odd", Reply(body=b"x", headers={"Content-Encoding": "br"}))
    assert code_of(server, "/odd") is OutcomeCode.UNSUPPORTED_TYPE


def test_a_body_shorter_than_told_is_asked_for_again_and_then_given_up(
    server: StandInSources,
) -> None:
    server.serve("/short", Reply(body=b"half", length=8))
    assert code_of(server, "/short", attempts=3) is OutcomeCode.INCOMPLETE
    assert server.count()["/short"] == 3
    server.serve("/once", Reply(body=b"whole"))
    server.break_next("/once", Reply(body=b"ha", length=5), Reply(reset=True), Reply(status=500))
    assert client(server).get(server.url("/once")).content == b"whole"


def test_a_missing_page_is_not_asked_twice_and_its_query_is_not_told(
    server: StandInSources,
) -> None:
    with pytest.raises(FetchError) as caught:
        client(server).get(server.url("/none?key=canary-secret&mail=a@b.org"))
    assert caught.value.outcome.code is OutcomeCode.HTTP_STATUS
    assert "canary" not in str(caught.value)
    assert server.count()["/none"] == 1


@pytest.mark.parametrize("wish", ["0", "nonsense", "Wed, 21 Oct 2015 07:28:00 GMT", "-5"])
def test_a_busy_host_is_asked_again_when_it_likes(server: StandInSources, wish: str) -> None:
    server.serve("/busy", Reply(body=b"now"))
    server.break_next("/busy", Reply(status=429, headers={"Retry-After": wish}))
    slept: list[float] = []
    now = [1000.0]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    gate = MemoryGate({}, default=QUICK, clock=lambda: now[0])
    guarded = GuardedClient(gate, policy=LoopbackOnly(server.port), sleep=sleep)
    assert guarded.get(server.url("/busy")).content == b"now"
    assert sum(slept) <= 20
    assert gate.usage("127.0.0.1") == {"ok": 1, "limited": 1, "failed": 0, "byte_count": 3}


@pytest.mark.parametrize("wish", ["99999999999", "1e308", "Fri, 31 Dec 9999 23:59:59 GMT", "600"])
def test_an_absurd_wish_gives_the_host_up_and_keeps_it_at_rest(
    server: StandInSources, wish: str
) -> None:
    server.serve("/ban", Reply(status=429, headers={"Retry-After": wish}))
    gate = MemoryGate({}, default=QUICK, clock=lambda: 1000.0)
    guarded = GuardedClient(gate, policy=LoopbackOnly(server.port), sleep=lambda _s: None)
    for _ in range(3):
        with pytest.raises(FetchError) as caught:
            guarded.get(server.url("/ban"))
        assert caught.value.outcome.code is OutcomeCode.RATE_LIMITED
    assert server.count()["/ban"] == 1
    assert gate.admit("127.0.0.1").wait_seconds <= 3600


def test_the_client_keeps_to_the_rate_and_uses_it(server: StandInSources) -> None:
    server.serve("/fast", Reply(body=b"x"))
    gate = MemoryGate({"127.0.0.1": HostRule(rate=25, concurrency=1)})
    guarded = GuardedClient(gate, policy=LoopbackOnly(server.port))
    began = time.monotonic()
    for _ in range(26):
        guarded.get(server.url("/fast"))
    rate = 25 / (time.monotonic() - began)
    assert 0.9 * 25 <= rate <= 25.5
    assert server.most_at_once >= 1
