"""The database's URL in the form of libpq, which hosting platforms use.

https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
# {% if cookiecutter.driver == "asyncpg" %}
from urllib.parse import urlencode
# {% endif %}

from sqlalchemy import URL, make_url

# The parameters that a URL may have, by the kind of their values. None names a
# database, user, password or service: these are set before the query, and nowhere else.
TEXTS = ("application_name", "options")
FILES = ("sslcert", "sslcrl", "sslkey", "sslrootcert")
# {% if cookiecutter.driver == "asyncpg" %}
NUMBERS = ("connect_timeout", "prepared_statement_cache_size")
# {% else %}
NUMBERS = (
    "connect_timeout",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
)
# {% endif %}
WORDS = {
    # {% if cookiecutter.driver == "asyncpg" %}
    "channel_binding": ("disable", "prefer"),
    # {% else %}
    "channel_binding": ("disable", "prefer", "require"),
    "gssencmode": ("disable", "prefer", "require"),
    # {% endif %}
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
}
# The service writes, and reads what it has written: a standby will not do. From a
# replica it only reads.
TARGETS = {
    "read-write": ("any", "primary", "read-write"),
    "standby": ("any", "standby"),
}
PARAMETERS = sorted((*TEXTS, *FILES, *NUMBERS, *WORDS, "target_session_attrs"))
SYNONYMS = {"ssl": "sslmode"}

SEVERAL_HOSTS = re.compile(
    r"(?P<before>[\w+]+://(?:[^:/]*(?::[^@]*)?@)?)"
    r"(?P<hosts>[^/?@]*,[^/?@]*)"
    r"(?P<after>(?:[/?].*)?)"
)
HOST_AND_PORT = re.compile(r"\[(.+)\](?::(\d+))?|([^:]*):(\d+)")
DEFAULT_PORT = "5432"


def parse_url(text: str) -> URL:
    """Parse a URL, whose host may be a list of several with their ports, as in libpq."""
    match = SEVERAL_HOSTS.fullmatch(text)
    if match is None:
        return make_url(text)
    return make_url(match["before"] + match["after"]).set(host=match["hosts"])


def normalize_url(url: URL, target: str = "read-write") -> URL:
    """Return the URL as SQLAlchemy understands it, in one form for several hosts.

    Of several hosts the service uses one that is the target, a key of TARGETS. Raises
    ValueError, which names the parameter that the service does not take.
    """
    url = _place_hosts(url)
    query: dict[str, str] = {}
    for word, value in url.query.items():
        name = SYNONYMS.get(word, word)
        if name in query or not isinstance(value, str):
            raise ValueError(f"must not have {word} in its query more than once")
        query[name] = value
    words = {**WORDS, "target_session_attrs": TARGETS[target]}
    for name in query.keys() - {"host", "port"}:
        _check_parameter(name, query[name], words)
    if "host" in query and query.get("target_session_attrs", "any") == "any":
        # The first of the hosts that answers may be another kind of server.
        query["target_session_attrs"] = target
    return url.set(query=query)


def _place_hosts(url: URL) -> URL:
    """Move a single host out of the query, and several into it, each with its port."""
    query = dict(url.query)
    for name in query.keys() & {"host", "port"}:
        if url.host or url.port:
            raise ValueError(f"must not have a second {name} in its query")
    hosts = _as_list(query.pop("host", url.host or ""))
    ports = _as_list(query.pop("port", str(url.port or "")))
    if len(ports) not in (1, len(hosts)):
        raise ValueError("must have one port, or as many as hosts")
    ports = ports * len(hosts) if len(ports) == 1 else ports
    addresses = [_split(*each) for each in zip(hosts, ports, strict=True)]
    if len(addresses) == 1:
        [(host, port)] = addresses
        number = int(port) if port else None
        return URL.create(*url[:3], host or None, number, url.database, query)
    query["host"] = ",".join(host for host, _ in addresses)
    query["port"] = ",".join(port or DEFAULT_PORT for _, port in addresses)
    return URL.create(*url[:3], None, None, url.database, query)


def _as_list(value: str | Sequence[str]) -> list[str]:
    return value.split(",") if isinstance(value, str) else list(value)


def _split(host: str, port: str) -> tuple[str, str]:
    if match := HOST_AND_PORT.fullmatch(host):
        host = match[1] or match[3]
        port = match[2] or match[4] or port
    if port and not port.isdecimal():
        raise ValueError("must have numbers as its ports")
    return host, port


def _check_parameter(name: str, value: str, words: Mapping[str, Sequence[str]]) -> None:
    if name not in PARAMETERS:
        accepted = ", ".join(PARAMETERS)
        raise ValueError(f"must not have {name!r} in its query, only {accepted}")
    if name in NUMBERS and not value.isdecimal():
        raise ValueError(f"must have a number as its {name}")
    if name in words and value not in words[name]:
        raise ValueError(f"must have as its {name} one of {', '.join(words[name])}")
    # {% if cookiecutter.driver == "asyncpg" %}
    missing = name in FILES and not Path(value).is_file()
    # {% else %}
    missing = name in FILES and value != "system" and not Path(value).is_file()
    # {% endif %}
    if missing:
        raise ValueError(f"must have a file that exists as its {name}")
# {% if cookiecutter.driver == "asyncpg" %}


# SQLAlchemy takes these out of the query itself; the engine takes the others.
OF_SQLALCHEMY = ("host", "port", "prepared_statement_cache_size")
OF_ENGINE = ("channel_binding", "connect_timeout", "options")


def driver_url(url: URL) -> URL:
    """Move the parameters into a DSN, where alone asyncpg reads them as libpq does."""
    query = dict(url.query)
    kept = {name: query.pop(name) for name in OF_SQLALCHEMY if name in query}
    for name in OF_ENGINE:
        query.pop(name, None)
    return url.set(query={**kept, "dsn": f"postgresql:///?{urlencode(query)}"})
# {% endif %}
