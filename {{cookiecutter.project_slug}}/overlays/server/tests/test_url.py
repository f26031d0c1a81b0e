"""What the database's URL may say in its query."""

import pytest

from app.settings import DRIVERNAME, SettingsError
from tests.environment import load_with

ADDRESS = f"{DRIVERNAME}://user:s3cret@host/database"

# The queries that cannot be taken, and what their refusals name.
# {% if cookiecutter.database == "postgresql" %}
REFUSED = [
    ("dbname=other", "dbname"),
    ("database=other", "database"),
    ("user=other", "user"),
    ("password=other", "password"),
    ("passfile=other", "passfile"),
    ("service=other", "service"),
    ("host=other", "host"),
    ("host=other:5433&host=another:5433", "host"),
    ("hostaddr=127.0.0.2", "hostaddr"),
    ("port=5433", "port"),
    ("dsn=other", "dsn"),
    ("aplication_name=typo", "aplication_name"),
    ("connect_timeout=soon", "connect_timeout"),
    ("sslmode=on", "sslmode"),
    ("sslmode=require&sslmode=disable", "sslmode"),
    ("sslrootcert=/no/such/file", "sslrootcert"),
    ("target_session_attrs=standby", "target_session_attrs"),
    ("target_session_attrs=prefer-standby", "target_session_attrs"),
]
# {% else %}
REFUSED = [
    ("database=other", "database"),
    ("db=other", "db"),
    ("host=other", "host"),
    ("port=3307", "port"),
    ("user=other", "user"),
    ("passwd=other", "passwd"),
    ("unix_socket=/other", "unix_socket"),
    ("read_default_file=/other", "read_default_file"),
    ("read_default_group=other", "read_default_group"),
    ("init_command=USE+other", "init_command"),
    ("conect_timeout=1", "conect_timeout"),
    ("connect_timeout=soon", "connect_timeout"),
    ("connect_timeout=0", "connect_timeout"),
    ("charset=cp1252", "charset"),
    ("ssl-mode=ON", "ssl_mode"),
    ("ssl_mode=REQUIRED&ssl-mode=DISABLED", "ssl-mode"),
    ("ssl_ca=/no/such/file", "ssl_ca"),
    ("ssl_check_hostname=false", "ssl_check_hostname"),
]
# {% endif %}


@pytest.mark.parametrize(("query", "named"), REFUSED)
def test_a_query_that_cannot_be_taken_is_refused_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, query: str, named: str
) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_with(monkeypatch, f"{ADDRESS}?{query}")

    said = str(refusal.value)
    assert said.startswith("APP_DATABASE_URL: ")
    assert named in said
    assert "s3cret" not in said
    assert "\n" not in said
# {% if cookiecutter.database == "postgresql" %}


@pytest.mark.parametrize(
    ("address", "hosts", "ports"),
    [
        ("h1:5433,h2/db", "h1,h2", "5433,5432"),
        ("[::1]:5433,[::2]/db", "::1,::2", "5433,5432"),
        ("/db?host=h1:5433&host=h2:5434", "h1,h2", "5433,5434"),
        ("/db?host=h1,h2&port=5433", "h1,h2", "5433,5433"),
    ],
)
@pytest.mark.parametrize(
    ("account", "password"), [("", None), ("user:p%40s,s@", "p@s,s")]
)
def test_several_hosts_are_asked_for_one_that_can_write(
    monkeypatch: pytest.MonkeyPatch,
    account: str,
    password: str | None,
    address: str,
    hosts: str,
    ports: str,
) -> None:
    url = load_with(monkeypatch, f"postgres://{account}{address}").database_url

    assert (url.password, url.host, url.database) == (password, None, "db")
    assert url.query == {
        "host": hosts,
        "port": ports,
        "target_session_attrs": "read-write",
    }


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("user@/db?host=/run/postgresql", "/run/postgresql", None),
        ("user@/db?host=/run/postgresql&port=5433", "/run/postgresql", 5433),
        ("/db?host=host:5433", "host", 5433),
        ("/db", None, None),
        ("user:a,b@host:5433/db", "host", 5433),
        ("[::1]:5433/db", "::1", 5433),
    ],
)
def test_one_host_is_where_urls_have_it(
    monkeypatch: pytest.MonkeyPatch, address: str, host: str | None, port: int | None
) -> None:
    url = load_with(monkeypatch, f"{DRIVERNAME}://{address}").database_url

    assert (url.host, url.port, dict(url.query)) == (host, port, {})
# {% else %}


@pytest.mark.parametrize(
    ("query", "mode"),
    [
        ("charset=utf8mb4&connect_timeout=5", None),
        ("ssl-mode=disabled", "DISABLED"),
        ("ssl=true", "REQUIRED"),
        ("ssl-mode=REQUIRED", "REQUIRED"),
        ("ssl_verify_cert=true", "VERIFY_CA"),
        ("ssl_verify_cert=true&ssl_verify_identity=true", "VERIFY_IDENTITY"),
        (f"ssl_ca={__file__}", "VERIFY_IDENTITY"),
        (f"ssl-ca={__file__}&ssl-mode=VERIFY_CA", "VERIFY_CA"),
    ],
)
def test_every_word_for_tls_is_understood(
    monkeypatch: pytest.MonkeyPatch, query: str, mode: str | None
) -> None:
    url = load_with(monkeypatch, f"{ADDRESS}?{query}").database_url

    assert url.query.get("ssl_mode") == mode


def test_a_socket_may_stand_in_place_of_a_host(monkeypatch: pytest.MonkeyPatch) -> None:
    url = load_with(monkeypatch, f"{DRIVERNAME}://user@/db?unix_socket=/run/my.sock")

    assert url.database_url.query == {"unix_socket": "/run/my.sock"}
# {% endif %}
