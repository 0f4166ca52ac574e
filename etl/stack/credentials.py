"""Keys and web logins of the local Airflow: generated once, never a default."""

import base64
import json
import secrets
from dataclasses import dataclass

from etl.stack.paths import StackPaths
from etl.stack.private_file import read_json, write_private

__all__ = ["USERS", "Credentials", "ensure_credentials", "fernet_key"]

#: Web users of the local stack and their role in Airflow: a reviewer beside the admin, so that a
#: second person can label without seeing what the first one said.
USERS = {"admin": "admin", "reviewer": "user", "viewer": "viewer"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Secrets of one stack; its repr shows none of them."""

    #: Signs the tokens of the REST API and of tasks; the same for all components.
    jwt_secret: str
    #: Signs web sessions.
    api_secret: str
    #: Encrypts connections in the metadata database (32 bytes, base64).
    fernet_key: str
    #: Opens the queue of tasks, where Celery workers take them.
    broker_password: str
    #: Web password by user.
    passwords: dict[str, str]

    def __repr__(self) -> str:
        return "Credentials(…)"


def ensure_credentials(paths: StackPaths) -> Credentials:
    """
    Read the secrets of a stack, making those that are missing.

    Raises:
        ServiceUnavailableError: A file cannot be read or written.
    """
    known = dict(read_json(paths.secrets))
    fresh = {
        "jwt_secret": secrets.token_hex(32),
        "api_secret": secrets.token_hex(32),
        "fernet_key": fernet_key(),
        "broker_password": secrets.token_hex(32),
    }
    keys = fresh | known
    if keys != known:
        write_private(paths.secrets, json.dumps(keys, indent=2) + "\n")
    logins = dict(read_json(paths.passwords))
    # 12 bytes = 96 bits: typed by a person now and then, so shorter than the keys.
    passwords = {user: secrets.token_urlsafe(12) for user in USERS} | logins
    if passwords != logins:
        write_private(paths.passwords, json.dumps(passwords, indent=2) + "\n")
    return Credentials(**{name: keys[name] for name in fresh}, passwords=passwords)


def fernet_key() -> str:
    """A new key in the form Fernet wants: 32 bytes, base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
