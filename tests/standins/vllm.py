"""
A threaded stand-in for a vLLM server: the texts and status codes of vLLM 0.32, no model.

It answers in the form the schema asks for, out of the prompt it was sent, and obeys whatever a
test has planted in a paper. Faults are scripted one after the other; the prefix cache is counted
in blocks of sixteen tokens as the engine does it.
"""

import json
import math
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

__all__ = ["BLOCK", "FAULT_REPLIES", "StandInVllm", "count_words"]

#: Tokens of a cache block on CUDA.
BLOCK = 16

_SHOWN = re.compile(r"^\[s(\d+)\] (.*)$", re.MULTILINE)
_HINT = re.compile(r"Look first at: \[s(\d+)\]")
_WORD = re.compile(r"\w+|[^\w\s]")
_NAME = re.compile(r"[A-Z][A-Za-z0-9\-]{2,}")
_NUMBER = re.compile(r"([A-Za-z]{3,}) (?:of|was|is|to)? ?(\d+(?:\.\d+)?)")
_LINK = re.compile(r"https?://[^\s<>]+[^\s<>.,)]")

#: Outputs that are no answer, by name: the text and why the generation ended.
FAULT_REPLIES: dict[str, tuple[str, str]] = {
    "cut": ('{"evidence":[0],"value":["Ad', "length"),
    "not_json": ("The paper used Adam.", "stop"),
    "wrong_type": ('{"evidence":"0","value":[],"verdict":"maybe"}', "stop"),
    "control_characters": ('{"evidence":[],"value":["a\u0007b"],"verdict":"yes"}', "stop"),
    "escaped_control": ('{"evidence":[],"value":["a\\u0000b"],"verdict":"yes"}', "stop"),
    "empty": ("", "stop"),
    "white_space": ("  \n  \n", "stop"),
    "refusal": ("I'm sorry, but I cannot help with that.", "stop"),
    "unknown_id": ('{"evidence":[999999],"value":["Adam"],"verdict":"yes"}', "stop"),
    "yes_without_proof": ('{"evidence":[],"value":["Adam"],"verdict":"yes"}', "stop"),
    "nan": ('{"evidence":[NaN],"value":[],"verdict":"no"}', "stop"),
    "twice": ('{"evidence":[],"evidence":[],"value":[],"verdict":"no"}', "stop"),
    "deep": ("[" * 100_000, "stop"),
}
_ERRORS: dict[str, tuple[int, str, str]] = {
    "400": (400, "BadRequestError", "This model's maximum context length is 8192 tokens."),
    "404": (404, "NotFoundError", "The route does not exist."),
    "503": (503, "ServiceUnavailableError", "engine is currently busy"),
    "500": (500, "InternalServerError", "EngineCore encountered an issue."),
    "draining": (500, "InternalServerError", "cannot schedule new futures after shutdown"),
}


@dataclass(kw_only=True)
class _Script:
    fault: str
    count: int
    #: Only prompts that hold this text; all where None.
    when: str | None


@dataclass(kw_only=True)
class StandInVllm:
    """
    The server; use it as a context manager.

    Attributes:
        model: The name it serves.
        max_model_len: Longest prompt and answer, tokens of its own counting.
        delay_seconds: How long each answer takes.
        has_tokenize: Whether ``/tokenize`` is there.
        key: Bearer token it asks for.
        outage_seconds: How long the engine is gone after the fault ``dead``.
        obeys: Text in a prompt → the whole answer it then gives, as a planted command would have.
        yes_probability: How likely it finds "yes" where it is made to choose a word.
        watts: What its two cards draw together, at ``/metrics``; None has no such page.
    """

    model: str = "stand-in"
    #: Where it listens; 0 takes any that is free.
    port: int = 0
    max_model_len: int = 32768
    delay_seconds: float = 0.0
    has_tokenize: bool = True
    key: str | None = None
    outage_seconds: float = 0.3
    obeys: dict[str, dict[str, Any]] = field(default_factory=dict)
    yes_probability: float = 0.75
    watts: float | None = None
    gauge: str = "DCGM_FI_DEV_POWER_USAGE"
    #: What stood in the header of authorization when the power was asked for.
    power_keys: list[str | None] = field(default_factory=list)
    #: Bodies of all chat requests in order of arrival.
    requests: list[dict[str, Any]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    #: Tokens sent and tokens found in the prefix cache.
    sent_tokens: int = 0
    cached_tokens: int = 0
    peak_in_flight: int = 0
    _in_flight: int = 0
    #: The engine is dead until this time on the monotonic clock.
    _dead_until: float = 0.0
    _scripts: list[_Script] = field(default_factory=list)
    _blocks: set[int] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def script(self, fault: str, *, count: int = 1, when: str | None = None) -> None:
        """The next *count* prompts (that hold *when*) end in this fault."""
        self._scripts.append(_Script(fault=fault, count=count, when=when))

    def die(self, seconds: float) -> None:
        """The engine dies now and is back after some seconds."""
        self._dead_until = time.monotonic() + seconds

    def __enter__(self) -> Self:
        self._server = _Server(self)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    @property
    def is_dead(self) -> bool:
        return time.monotonic() < self._dead_until

    def take_fault(self, prompt: str) -> str | None:
        with self._lock:
            for script in self._scripts:
                if script.count > 0 and (script.when is None or script.when in prompt):
                    script.count -= 1
                    return script.fault
        return None

    def cache(self, prompt: str) -> tuple[int, int]:
        """Count a prompt's tokens and those whose blocks an earlier prompt has left behind."""
        words = _WORD.findall(prompt)
        key, cached, is_hit = 0, 0, True
        with self._lock:
            # The last token is always computed.
            for start in range(0, len(words) - BLOCK, BLOCK):
                key = hash((key, tuple(words[start : start + BLOCK])))
                is_hit = is_hit and key in self._blocks
                cached += BLOCK if is_hit else 0
                self._blocks.add(key)
            self.sent_tokens += len(words)
            self.cached_tokens += cached
        return len(words), cached

    @contextmanager
    def busy(self) -> Iterator[None]:
        with self._lock:
            self._in_flight += 1
            self.peak_in_flight = max(self.peak_in_flight, self._in_flight)
        try:
            yield
        finally:
            with self._lock:
                self._in_flight -= 1


def count_words(messages: list[Mapping[str, str]]) -> int:
    """Its tokens are words and signs."""
    return sum(len(_WORD.findall(message["content"])) for message in messages)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, owner: StandInVllm) -> None:
        super().__init__(("127.0.0.1", owner.port), _Handler)
        self.owner = owner

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body go out together, else Nagle's algorithm holds each answer for 40 ms.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server
    #: When the answer is to leave, on the monotonic clock.
    _due: float = 0.0

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class' name
        """Silence."""

    def do_GET(self) -> None:
        owner = self.server.owner
        owner.counts[self.path] += 1
        if self.path == "/health":
            self._send(503 if owner.is_dead else 200, {})
        elif self.path == "/metrics" and owner.watts is not None:
            self._send_power(owner.watts)
        elif not self._may_enter():
            self._send(401, {"error": "Unauthorized"})
        elif owner.is_dead:
            self._error("500")
        elif self.path == "/v1/models":
            entry = {
                "id": owner.model,
                "object": "model",
                "root": f"weights/{owner.model}",
                "max_model_len": owner.max_model_len,
            }
            self._send(200, {"object": "list", "data": [entry]})
        else:
            self._error("404")

    def do_POST(self) -> None:
        owner = self.server.owner
        owner.counts[self.path] += 1
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self._may_enter():
            self._send(401, {"error": "Unauthorized"})
        elif owner.is_dead:
            self._error("500")
        elif body["model"] != owner.model:
            message = f"The model `{body['model']}` does not exist."
            self._send(404, {"error": {"type": "NotFoundError", "message": message}})
        elif self.path == "/tokenize" and owner.has_tokenize:
            count = count_words(body["messages"])
            self._send(200, {"count": count, "max_model_len": owner.max_model_len})
        elif self.path == "/v1/chat/completions":
            with owner.busy():
                self._chat(body)
        else:
            self._error("404")

    def _may_enter(self) -> bool:
        key = self.server.owner.key
        return key is None or self.headers.get("Authorization") == f"Bearer {key}"

    def _chat(self, body: dict[str, Any]) -> None:
        owner = self.server.owner
        owner.requests.append(body)
        prompt = "\n".join(message["content"] for message in body["messages"])
        self._due = time.monotonic() + owner.delay_seconds
        fault = owner.take_fault(prompt)
        if fault in _ERRORS:
            self._error(fault)
        elif fault == "dead":
            owner.die(owner.outage_seconds)
            self._error("500")
        elif fault == "drop":
            self.close_connection = True
            self.connection.close()
        elif fault == "slow":
            time.sleep(1.0)
            self._complete(body, prompt, *_obey(body, prompt, owner.obeys))
        elif fault == "flood":
            self._complete(body, prompt, "x" * 5_000_000, "stop")
        elif fault is not None:
            self._complete(body, prompt, *FAULT_REPLIES[fault])
        elif "structured_outputs" in body:
            self._complete(body, prompt, body["structured_outputs"]["choice"][0], "stop")
        else:
            self._complete(body, prompt, *_obey(body, prompt, owner.obeys))

    def _complete(self, body: dict[str, Any], prompt: str, text: str, ending: str) -> None:
        owner = self.server.owner
        tokens, cached = owner.cache(prompt)
        written = min(len(_WORD.findall(text)), body["max_tokens"])
        logprobs = _first_token(owner.yes_probability) if body.get("logprobs") else None
        self._send(
            200,
            {
                "id": f"chatcmpl-{self.headers.get('X-Request-Id')}",
                "object": "chat.completion",
                "model": body["model"],
                "system_fingerprint": "vllm-0.32.0-standin0",
                "choices": [
                    {
                        "index": 0,
                        "message": {"role": "assistant", "content": text, "refusal": None},
                        "finish_reason": ending,
                        "logprobs": logprobs,
                    }
                ],
                "usage": {
                    "prompt_tokens": tokens,
                    "completion_tokens": written,
                    "prompt_tokens_details": {"cached_tokens": cached},
                },
            },
        )

    def _send_power(self, watts: float) -> None:
        """As the exporter for NVIDIA cards writes it: one line a card."""
        owner = self.server.owner
        owner.power_keys.append(self.headers.get("Authorization"))
        name = owner.gauge
        cards = "".join(f'{name}{{gpu="{i}"}} {watts / 2}\n' for i in range(2))
        content = f"# TYPE {name} gauge\n{cards}DCGM_FI_DEV_GPU_TEMP 40\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _error(self, name: str) -> None:
        status, kind, message = _ERRORS[name]
        self._send(status, {"error": {"message": message, "type": kind, "code": status}})

    def _send(self, status: int, answer: Mapping[str, Any]) -> None:
        content = json.dumps(answer).encode()
        # Its own work is part of the delay, so that a given latency is met.
        time.sleep(max(0.0, self._due - time.monotonic()))
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _first_token(yes: float) -> dict[str, Any]:
    """Masked log probabilities of a first token, the words cut in several ways."""
    pieces = {"yes": yes * 0.6, "y": yes * 0.3, "ye": yes * 0.1, "no": (1 - yes) * 0.5}
    pieces |= {"n": (1 - yes) * 0.1, "un": (1 - yes) * 0.4}
    top = [{"token": text, "logprob": math.log(p)} for text, p in pieces.items() if p > 0]
    masked = [{"token": text, "logprob": -9999.0} for text in ("The", "yellow", "")]
    return {"content": [{"token": "yes", "logprob": 0.0, "top_logprobs": [*top, *masked]}]}


def _obey(
    body: Mapping[str, Any], prompt: str, commands: Mapping[str, dict[str, Any]]
) -> tuple[str, str]:
    """What is planted in the paper, else an answer out of the first sentence of the hint."""
    for planted, answer in commands.items():
        if planted in prompt:
            return json.dumps(answer), "stop"
    schema = body["response_format"]["json_schema"]["schema"]["properties"]["value"]
    shown = {int(index): text for index, text in _SHOWN.findall(prompt)}
    hint = _HINT.search(prompt)
    best = int(hint[1]) if hint else min(shown)
    order = [best, *(index for index in shown if index != best)]
    for index in order:
        value = _value(schema, shown[index])
        if value:
            answer = {"evidence": [index], "value": value, "verdict": "yes"}
            return json.dumps(answer), "stop"
    empty: Any = "" if schema["type"] == "string" else []
    return json.dumps({"evidence": [], "value": empty, "verdict": "not_stated"}), "stop"


def _value(schema: Mapping[str, Any], sentence: str) -> Any:
    if schema["type"] == "string":
        return sentence[: schema["maxLength"]]
    item = schema["items"]
    if item["type"] == "object":
        return [
            {"name": name, "value": number, "unit": ""}
            for name, number in _NUMBER.findall(sentence)[:2]
        ]
    pattern = _LINK if item["maxLength"] > 100 else _NAME
    return pattern.findall(sentence)[:2]
