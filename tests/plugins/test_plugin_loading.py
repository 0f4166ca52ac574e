"""What Airflow's plugin loader finds in plugins/, and what it must not touch."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from airflow_home import PLUGINS, environment

pytestmark = pytest.mark.airflow

LOAD = """
import json, sys
from airflow import plugins_manager
plugins, errors = plugins_manager._get_plugins()
# Providers bring plugins of their own.
plugins = [plugin for plugin in plugins if not plugin.__module__.startswith("airflow.providers.")]
folder = sys.argv[1]
files = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
print(json.dumps({
    "names": [plugin.name for plugin in plugins],
    "errors": errors,
    "executed": sorted(file[len(folder):] for file in files if file.startswith(folder)),
    "library": sorted(name for name in sys.modules if name == "etl" or name.startswith("etl.")),
    "routes": [len(plugin.fastapi_apps) for plugin in plugins],
}))
"""


def load_plugins(folder: Path, home: Path) -> Any:
    finished = subprocess.run(
        [sys.executable, "-c", LOAD, str(folder)],
        env={
            "PATH": "/usr/bin:/bin",
            **environment(home),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(folder),
            "AIRFLOW__CORE__LAZY_LOAD_PROVIDERS": "True",
        },
        cwd=home,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout.splitlines()[-1])


def test_the_loader_finds_one_plugin_and_executes_only_what_it_imports(tmp_path: Path) -> None:
    found = load_plugins(PLUGINS, tmp_path)
    assert found["errors"] == {}
    # Packages of other people that are installed may bring plugins too.
    assert found["routes"][found["names"].index("florilegium")] == 1
    # What the plugin imports as a package is no plugin file; the pages themselves stay unbuilt.
    assert found["executed"] == [
        "/florilegium_airflow/__init__.py",
        "/florilegium_airflow/run_notes.py",
        "/florilegium_airflow/web/__init__.py",
        "/florilegium_airflow/web/lazy.py",
        "/florilegium_plugin.py",
    ]
    # The kinds of connections, which Airflow asks of our package; nothing that they would import.
    assert set(found["library"]) <= {"etl", "etl.stack", "etl.stack.connection_types"}


def test_without_the_ignore_file_the_loader_would_execute_the_package(tmp_path: Path) -> None:
    copy = tmp_path / "plugins"
    for file in sorted(PLUGINS.rglob("*.py")):
        target = copy / file.relative_to(PLUGINS)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    assert "/florilegium_airflow/pools.py" in load_plugins(copy, tmp_path)["executed"]


def test_the_ignore_file_names_the_package() -> None:
    assert (PLUGINS / ".airflowignore").read_text().split() == ["florilegium_airflow/"]
