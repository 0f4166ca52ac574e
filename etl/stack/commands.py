"""The commands ``florilegium stack up | down | status``."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from etl.errors import FlorilegiumError, TransientError, UsageError
from etl.stack.credentials import ensure_credentials
from etl.stack.env_example import env_example
from etl.stack.lifecycle import StartOptions, bring_down, bring_up
from etl.stack.network import HOST
from etl.stack.paths import StackPaths
from etl.stack.rest import unhealthy_components
from etl.stack.state import Phase, StackState, load_state

__all__ = ["app", "describe_login"]

app = typer.Typer(help="The local services: Postgres and Airflow.", no_args_is_help=True)

_Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
_Root = Annotated[Path, typer.Option(help="The project's folder.")]
_Port = Annotated[int | None, typer.Option(min=1, max=65535)]


@app.command()
def up(
    *,
    root: _Root = Path(),
    web_port: _Port = None,
    postgres_port: _Port = None,
    bare: Annotated[bool, typer.Option(help="Leave tables and catalogue alone.")] = False,
    as_json: _Json = False,
) -> None:
    """Start everything and wait until it is healthy."""
    paths = StackPaths(root.resolve())
    options = StartOptions(web_port=web_port, postgres_port=postgres_port, prepares=not bare)
    try:
        state = bring_up(paths, options, _say)
    except FlorilegiumError as error:
        _fail(error, as_json=as_json)
    if as_json:
        typer.echo(json.dumps(_facts(paths, state, [])))
    else:
        typer.echo(describe_login(paths, state))


@app.command()
def down(*, root: _Root = Path(), as_json: _Json = False) -> None:
    """Stop everything; no process stays."""
    try:
        has_stopped = bring_down(StackPaths(root.resolve()), _say)
    except FlorilegiumError as error:
        _fail(error, as_json=as_json)
    if as_json:
        typer.echo(json.dumps({"stopped": has_stopped}))
    else:
        typer.echo("stopped" if has_stopped else "nothing was running")


@app.command()
def status(*, root: _Root = Path(), as_json: _Json = False) -> None:
    """Show what runs; exit code 0 all healthy, 1 something is not, 3 not up."""
    paths = StackPaths(root.resolve())
    try:
        state = load_state(paths)
    except FlorilegiumError as error:
        _fail(error, as_json=as_json)
    if state is None or not state.is_supervised:
        _show_absent(state, as_json=as_json)
        raise typer.Exit(3)
    unhealthy = (
        unhealthy_components(f"http://{HOST}:{state.web_port}", since=0)
        if state.phase is Phase.READY
        else ["stack"]
    )
    if as_json:
        typer.echo(json.dumps(_facts(paths, state, unhealthy)))
    else:
        _show(paths, state, unhealthy)
    raise typer.Exit(1 if unhealthy else 0)


@app.command()
def env(
    *,
    example: Annotated[bool, typer.Option(help="Leave the secrets empty.")] = False,
) -> None:
    """Print the variables of docker-compose.yml with fresh secrets, to be kept as .env."""
    typer.echo(env_example(has_secrets=not example), nl=False)


def describe_login(paths: StackPaths, state: StackState) -> str:
    """
    The web address and how to sign in.

    The password itself is shown to a person at a terminal only: other outputs are kept.
    """
    password = f"see {paths.passwords}"
    if sys.stdout.isatty():
        password = ensure_credentials(paths).passwords["admin"]
    return f"Airflow: http://{HOST}:{state.web_port}  user: admin  password: {password}"


def _say(step: str) -> None:
    typer.echo(f"… {step}", err=True)


def _fail(error: FlorilegiumError, *, as_json: bool) -> None:
    """One clear line, and the exit code of its kind."""
    if as_json:
        typer.echo(json.dumps({"error": str(error)}))
    typer.echo(f"florilegium stack: {error}", err=True)
    code = 2 if isinstance(error, UsageError) else 3 if isinstance(error, TransientError) else 1
    raise typer.Exit(code) from error


def _facts(paths: StackPaths, state: StackState, unhealthy: list[str]) -> dict[str, Any]:
    return asdict(state) | {
        "url": f"http://{HOST}:{state.web_port}",
        "users": sorted(ensure_credentials(paths).passwords),
        "passwords": str(paths.passwords),
        "passfile": str(paths.passfile),
        "unhealthy": unhealthy,
    }


def _show(paths: StackPaths, state: StackState, unhealthy: list[str]) -> None:
    table = Table("component", "state", "healthy", "pid", "restarts", "log")
    for name, each in state.components.items():
        is_healthy = "no" if name in unhealthy or each.state != "running" else "yes"
        log = Path(each.log).name
        table.add_row(name, each.state, is_healthy, str(each.pid or ""), str(each.restarts), log)
    Console().print(table)
    typer.echo(f"{state.phase} {state.step}".strip() + f"; logs in {paths.logs}")
    typer.echo(describe_login(paths, state))
    typer.echo(f"SQL: {_analyst_command(paths, state)}")


def _analyst_command(paths: StackPaths, state: StackState) -> str:
    """How an analyst connects; libpq takes the password from the file."""
    return (
        f'psql "host={HOST} port={state.postgres_port} dbname=florilegium '
        f'user=florilegium_analyst passfile={paths.passfile}"'
    )


def _show_absent(state: StackState | None, *, as_json: bool) -> None:
    phase = "never started" if state is None else "stopped"
    message = "" if state is None else state.message
    if as_json:
        typer.echo(json.dumps({"phase": phase.replace(" ", "_"), "message": message}))
    else:
        typer.echo(f"{phase}{f': {message}' if message else ''}; start it: florilegium stack up")
