"""
Connections of Airflow as settings of the library.

A connection that exists wins over the environment; one that does not changes nothing. They are
looked up once a process. What a hook says of a connection never holds its secret.

========================  =====================================================================
connection                sets
========================  =====================================================================
``florilegium_db``        where the facts are, and the writer's password
``florilegium_grobid``    the server that reads PDFs
``florilegium_llm``       the server of a language model, its key and the model's name
``florilegium_sources``   the mail address sources may write to, and the key of OpenAlex
========================  =====================================================================
"""

from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseHook, Connection
from airflow.sdk.exceptions import AirflowNotFoundException

if TYPE_CHECKING:
    from etl.settings import Settings

__all__ = [
    "HOOKS",
    "FlorilegiumDatabaseHook",
    "GrobidHook",
    "LanguageModelHook",
    "SourcesHook",
    "with_connections",
]


class _SettingsHook(BaseHook):
    """A connection that stands for some settings."""

    conn_name_attr: ClassVar[str] = "florilegium_conn_id"
    default_conn_name: ClassVar[str]
    conn_type: ClassVar[str]
    hook_name: ClassVar[str]
    #: Name of the part of the settings it sets.
    part: ClassVar[str]

    def __init__(self, florilegium_conn_id: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.conn_id = florilegium_conn_id or self.default_conn_name

    def get_conn(self) -> Connection:
        """The connection itself."""
        return self.get_connection(self.conn_id)

    def values(self, connection: Connection) -> dict[str, Any]:
        """The settings it sets, by field; empty fields set nothing."""
        raise NotImplementedError

    def apply(self, settings: "Settings") -> "Settings":
        """
        The settings with this connection's values.

        Raises:
            UsageError: A field cannot be what it is; the field is named, its content is not.
        """
        from pydantic import ValidationError  # noqa: PLC0415 - tasks only

        from etl.errors import UsageError  # noqa: PLC0415

        own = getattr(settings, self.part)
        told = {name: value for name, value in self.values(self.get_conn()).items() if value}
        try:
            changed = type(own).model_validate({**dict(own), **told})
        except ValidationError as error:
            fields = ", ".join(str(each["loc"][0]) for each in error.errors(include_input=False))
            raise UsageError(f"connection {self.conn_id}: {fields} cannot be used") from None
        return settings.model_copy(update={self.part: changed})

    def test_connection(self) -> tuple[bool, str]:
        """
        Try the connection as it stands in the form; changes nothing at the other end.

        Returns:
            Whether it can be used, and why not, without any secret.
        """
        from etl.errors import FlorilegiumError  # noqa: PLC0415
        from etl.settings import Settings  # noqa: PLC0415

        try:
            return self.look(self.apply(Settings()))
        except FlorilegiumError as error:
            return False, str(error)
        except Exception as error:  # noqa: BLE001 - its words may hold what was typed into the form
            return False, f"it cannot be used ({type(error).__name__})"

    def look(self, settings: "Settings") -> tuple[bool, str]:
        """Ask the other end a harmless question."""
        raise NotImplementedError


class FlorilegiumDatabaseHook(_SettingsHook):
    """Where the facts are."""

    default_conn_name = "florilegium_db"
    conn_type = "florilegium_db"
    hook_name = "Florilegium database"
    part = "database"

    def values(self, connection: Connection) -> dict[str, Any]:
        """Address of the writer, and its password apart from it."""
        from etl.store.database import writer_url  # noqa: PLC0415

        url = writer_url(
            host=connection.host or "127.0.0.1",
            port=connection.port,
            database=connection.schema or "florilegium",
            role=connection.login or "florilegium_writer",
        )
        return {"url": url, "password": connection.password}

    def look(self, settings: "Settings") -> tuple[bool, str]:
        """Ask the server for its versions."""
        from etl.store.database import open_database  # noqa: PLC0415
        from etl.store.migrate import read_server  # noqa: PLC0415

        found = read_server(open_database(settings.database))
        if not found.is_current:
            return False, f"Postgres {found.server_version}: run `florilegium migrate` first"
        return True, f"Postgres {found.server_version} with pgvector {found.pgvector_version}"


class GrobidHook(_SettingsHook):
    """The server that reads PDFs."""

    default_conn_name = "florilegium_grobid"
    conn_type = "florilegium_grobid"
    hook_name = "Florilegium GROBID server"
    part = "grobid"

    def values(self, connection: Connection) -> dict[str, Any]:
        """Its address."""
        return {"url": connection.host}

    def look(self, settings: "Settings") -> tuple[bool, str]:
        """Ask whether it is alive and new enough."""
        from etl.parse.grobid.health import grobid_health  # noqa: PLC0415

        found = grobid_health(settings.grobid)
        return found.is_usable, " ".join(part for part in (found.line, found.next_step) if part)


class LanguageModelHook(_SettingsHook):
    """The server of a language model."""

    default_conn_name = "florilegium_llm"
    conn_type = "florilegium_llm"
    hook_name = "Florilegium language model"
    part = "llm"

    def values(self, connection: Connection) -> dict[str, Any]:
        """Address, key and model."""
        return {
            "url": connection.host,
            "api_key": connection.password,
            "model": connection.extra_dejson.get("model"),
        }

    def look(self, settings: "Settings") -> tuple[bool, str]:
        """Ask which models it serves."""
        from etl.llm.health import served_models  # noqa: PLC0415

        names = served_models(settings.llm)
        wanted = settings.llm.model
        if wanted and wanted not in names:
            return False, f"it serves {', '.join(names) or 'no model'}, not {wanted}"
        return bool(names), f"it serves {', '.join(names) or 'no model'}"


class SourcesHook(_SettingsHook):
    """How we introduce ourselves to the sources of papers."""

    default_conn_name = "florilegium_sources"
    conn_type = "florilegium_sources"
    hook_name = "Florilegium sources of papers"
    part = "intake"

    def values(self, connection: Connection) -> dict[str, Any]:
        """Mail address and key."""
        return {"contact": connection.login, "openalex_key": connection.password}

    def look(self, settings: "Settings") -> tuple[bool, str]:
        """Ask nobody: a source counts every request against the key."""
        has = [name for name in ("contact", "openalex_key") if getattr(settings.intake, name)]
        return bool(has), f"set: {', '.join(has) or 'nothing'}; the next fetch tries it"


HOOKS = (FlorilegiumDatabaseHook, GrobidHook, LanguageModelHook, SourcesHook)


def with_connections(settings: "Settings") -> "Settings":
    """The settings, with what the connections say that this Airflow has."""
    for hook in HOOKS:
        try:
            settings = hook().apply(settings)
        except AirflowNotFoundException:
            continue
    return settings
