"""A stand-in for what operators attach: a collector of OpenTelemetry and one of OpenLineage."""

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

__all__ = ["Collector", "open_collector"]


class Collector:
    """What arrived, in the form of the protocol."""

    def __init__(self, address: str) -> None:
        self.address = address
        #: Name of a metric to its data points' attributes.
        self.metrics: dict[str, list[dict[str, str]]] = {}
        self.spans: set[str] = set()
        #: Events of OpenLineage.
        self.lineage: list[dict[str, Any]] = []

    @property
    def settings(self) -> dict[str, str]:
        """The variables of the operator's guide, pointed here; told often, as a test is short."""
        return {
            "AIRFLOW__METRICS__OTEL_ON": "True",
            "AIRFLOW__TRACES__OTEL_ON": "True",
            "OTEL_TRACES_EXPORTER": "otlp_proto_http",
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.address,
            "OTEL_METRIC_EXPORT_INTERVAL": "2000",
            "OTEL_BSP_SCHEDULE_DELAY": "1000",
            "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps({"type": "http", "url": self.address}),
        }

    def wait(self, condition: Callable[[], bool]) -> None:
        """Wait for what is told only now and then, at most half a minute."""
        deadline = time.monotonic() + 30
        while not condition() and time.monotonic() < deadline:
            time.sleep(0.2)

    def take(self, path: str, body: bytes) -> None:
        """One message by its address, as the protocols name them."""
        if path == "/v1/metrics":
            for metric in _metrics(body):
                points = getattr(metric, metric.WhichOneof("data")).data_points
                told = self.metrics.setdefault(metric.name, [])
                told += [{a.key: a.value.string_value for a in p.attributes} for p in points]
        elif path == "/v1/traces":
            traces = ExportTraceServiceRequest.FromString(body)
            for resource in traces.resource_spans:
                for scope in resource.scope_spans:
                    self.spans |= {span.name for span in scope.spans}
        elif path == "/api/v1/lineage":
            self.lineage.append(json.loads(body))
        else:
            raise ValueError(path)


def _metrics(body: bytes) -> Iterator[Any]:
    for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
        for scope in resource.scope_metrics:
            yield from scope.metrics


@contextmanager
def open_collector() -> Iterator[Collector]:
    """A collector that listens while the context is open."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            collector.take(self.path, body)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *told: object) -> None:
            """Say nothing: the pages of a test's output are for the test."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector = Collector(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
