"""The parameters of the database's URL, and the driver's arguments for them.

The parameters are named as MySQL's clients name them, with hyphens or underscores:
https://dev.mysql.com/doc/refman/8.4/en/connection-options.html
"""

# {% if cookiecutter.driver != "mysqlclient" %}
import ssl
# {% endif %}
from pathlib import Path
from typing import Any

from sqlalchemy import URL, make_url

# {% if cookiecutter.driver == "asyncmy" %}
SERVER_LOST = 2013
# {% endif %}
# From the weakest to the strictest.
SSL_MODES = ("DISABLED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY")
# The modes that other parameters stand for where there is no ssl_mode.
FLAGS = {
    "ssl": "REQUIRED",
    "ssl_verify_cert": "VERIFY_CA",
    "ssl_check_hostname": "VERIFY_IDENTITY",
    "ssl_verify_identity": "VERIFY_IDENTITY",
}
FILES = {
    "ssl_cert": "REQUIRED",
    "ssl_key": "REQUIRED",
    "ssl_ca": "VERIFY_IDENTITY",
}
# None names a database, user, password or file of options: these are set before the
# query, and nowhere else.
PARAMETERS = sorted(
    (*FLAGS, *FILES, "charset", "connect_timeout", "ssl_mode", "unix_socket")
)


def parse_url(text: str) -> URL:
    """Parse a URL."""
    return make_url(text)


def normalize_url(url: URL) -> URL:
    """Return the URL with ``ssl_mode`` in its query for all that stands for it.

    Raises ValueError, which names the parameter that the service does not take.
    """
    query: dict[str, str] = {}
    for word, value in url.query.items():
        name = word.replace("-", "_")
        if name in query or not isinstance(value, str):
            raise ValueError(f"must not have {word} in its query more than once")
        query[name] = value.upper() if name == "ssl_mode" else value
    for name, value in query.items():
        _check_parameter(name, value)
    if url.host and "unix_socket" in query:
        raise ValueError("must not have a unix_socket in its query, as it has a host")
    modes = [mode for name, mode in (FLAGS | FILES).items() if name in query]
    if modes:
        query.setdefault("ssl_mode", max(modes, key=SSL_MODES.index))
    return url.set(query={name: query[name] for name in query if name not in FLAGS})


def _check_parameter(name: str, value: str) -> None:
    if name not in PARAMETERS:
        accepted = ", ".join(PARAMETERS)
        raise ValueError(f"must not have {name!r} in its query, only {accepted}")
    if name in FLAGS and value.lower() not in ("true", "1"):
        raise ValueError(f"must have an ssl_mode in place of {name}")
    if name in FILES and not Path(value).is_file():
        raise ValueError(f"must have a file that exists as its {name}")
    if name == "ssl_mode" and value not in SSL_MODES:
        raise ValueError(f"must have as its ssl_mode one of {', '.join(SSL_MODES)}")
    if name == "charset" and value != "utf8mb4":
        raise ValueError("must have utf8mb4 as its charset")
    if name == "connect_timeout" and not (value.isdecimal() and int(value)):
        raise ValueError("must have a number of seconds as its connect_timeout")


def driver_args(url: URL) -> dict[str, Any]:
    """Return the arguments of the driver for the query of a URL."""
    query = {name: str(value) for name, value in url.query.items()}
    # {% if cookiecutter.driver == "asyncmy" %}
    args: dict[str, Any] = {"async_creator_fn": _connect}
    # {% else %}
    args: dict[str, Any] = {}
    # {% endif %}
    if "unix_socket" in query:
        args["unix_socket"] = query["unix_socket"]
    if "connect_timeout" in query:
        args["connect_timeout"] = int(query["connect_timeout"])
    if "ssl_mode" in query:
        args |= _ssl_args(query)
    return args


# {% if cookiecutter.driver == "asyncmy" %}
async def _connect(**options: Any) -> Any:
    """Connect. Raises an error of the driver where the other side hangs up at once.

    A proxy does so that has no server left; asyncmy 0.2.18 raises RuntimeError then.
    """
    # Here, because a migration is also written where no driver is installed.
    import asyncmy
    from asyncmy.errors import OperationalError

    try:
        return await asyncmy.connect(**options)
    except RuntimeError as error:
        raise OperationalError(SERVER_LOST, str(error)) from error


# {% endif %}
def _ssl_args(query: dict[str, str]) -> dict[str, Any]:
    # {% if cookiecutter.driver == "mysqlclient" %}
    files = {name.removeprefix("ssl_"): query[name] for name in FILES if name in query}
    return {"ssl_mode": query["ssl_mode"], "ssl": files}
    # {% else %}
    if query["ssl_mode"] == "DISABLED":
        # {% if cookiecutter.driver == "pymysql" %}
        return {"ssl_disabled": True}
        # {% else %}
        return {}
        # {% endif %}
    context = ssl.create_default_context(cafile=query.get("ssl_ca"))
    context.check_hostname = query["ssl_mode"] == "VERIFY_IDENTITY"
    if query["ssl_mode"] == "REQUIRED":
        context.verify_mode = ssl.CERT_NONE
    # Certificates that MySQL generates lack extensions that RFC 5280 requires.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if "ssl_cert" in query:
        context.load_cert_chain(query["ssl_cert"], query.get("ssl_key"))
    return {"ssl": context}
    # {% endif %}
