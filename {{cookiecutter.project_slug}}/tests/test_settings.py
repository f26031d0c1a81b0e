"""What the environment may say, and what is refused at the start."""

from pathlib import Path

import pytest
# {% if cookiecutter.database != "sqlite" %}
from sqlalchemy import URL
# {% endif %}

from app.database.administration.errors import NoDatabase
from app.database.administration.lifecycle import ensure_database
# {% if cookiecutter.database == "postgresql" %}
from app.database.administration.local import serve
# {% endif %}
from app.settings import (
    DRIVERNAME,
    URL_EXAMPLE,
    Settings,
    SettingsError,
    UrlVariables,
    load_settings,
)

# {% if cookiecutter.database == "sqlite" %}
GOOD_URL = URL_EXAMPLE
# {% else %}
GOOD_URL = URL_EXAMPLE.replace(":password@", ":of-its-own@")
# {% endif %}


@pytest.fixture
def dotenv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The file that stands for the project's ``.env``; no variable names a database."""
    file = tmp_path / ".env"
    for model in (Settings, UrlVariables):
        monkeypatch.setitem(model.model_config, "env_file", file)
    monkeypatch.delenv("APP_DATABASE_URL", raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return file


def load_with(monkeypatch: pytest.MonkeyPatch, url: str, **others: str) -> Settings:
    monkeypatch.setenv("APP_DATABASE_URL", url)
    for name, value in others.items():
        monkeypatch.setenv(f"APP_{name}", value)
    return load_settings()


# {% if cookiecutter.database == "sqlite" %}
@pytest.mark.parametrize("scheme", ["sqlite", "sqlite+other"])
# {% elif cookiecutter.database == "postgresql" %}
@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+other"])
# {% else %}
@pytest.mark.parametrize("scheme", ["mysql", "mysql2", "mariadb", "mysql+other"])
# {% endif %}
def test_the_url_may_name_another_driver(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    url = GOOD_URL.replace(DRIVERNAME, scheme)

    assert load_with(monkeypatch, url).database_url.drivername == DRIVERNAME


@pytest.mark.parametrize(
    ("variables", "lines", "expected"),
    [
        (["DATABASE_URL"], [], "DATABASE_URL"),
        ([], ["DATABASE_URL"], "DATABASE_URL"),
        (["APP_DATABASE_URL", "DATABASE_URL"], [], "APP_DATABASE_URL"),
        # What another project left in the environment is not our database.
        (["DATABASE_URL"], ["APP_DATABASE_URL"], "APP_DATABASE_URL"),
    ],
)
def test_the_url_of_a_hosting_platform_comes_last(
    monkeypatch: pytest.MonkeyPatch,
    dotenv: Path,
    variables: list[str],
    lines: list[str],
    expected: str,
) -> None:
    text = "".join(f"{name}={GOOD_URL}-{name}\n" for name in lines)
    dotenv.write_text(text, encoding="utf-8")
    for name in variables:
        monkeypatch.setenv(name, f"{GOOD_URL}-{name}")

    assert str(load_settings().database_url.database).endswith(f"-{expected}")


def test_a_refusal_names_the_variable_that_was_read(
    monkeypatch: pytest.MonkeyPatch, dotenv: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", "nonsense")

    with pytest.raises(SettingsError, match=r"^DATABASE_URL: "):
        load_settings()


async def test_commands_name_the_variable_that_was_read(
    monkeypatch: pytest.MonkeyPatch, dotenv: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", GOOD_URL.replace("/database", f"/{'x' * 300}"))

    with pytest.raises(NoDatabase, match=r" in DATABASE_URL\."):
        await ensure_database(load_settings())
# {% if cookiecutter.database == "postgresql" %}


def test_a_local_server_names_the_variable_that_was_read(
    monkeypatch: pytest.MonkeyPatch, dotenv: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", GOOD_URL)

    with pytest.raises(NoDatabase, match=r" in DATABASE_URL "):
        serve(load_settings().database_url)
# {% endif %}


# {% if cookiecutter.database == "sqlite" %}
@pytest.mark.parametrize("url", ["", "nonsense", "oracle://user:s3cret@host/name"])
# {% else %}
@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "oracle://user:s3cret@host/name",
        f"{DRIVERNAME}://user:s3cret@host",
        f"{DRIVERNAME}://user:s3cret",  # as a host and its port
    ],
)
# {% endif %}
def test_another_database_is_refused_without_showing_the_url(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    with pytest.raises(SettingsError, match="APP_DATABASE_URL") as refusal:
        load_with(monkeypatch, url)

    assert "must look like" in str(refusal.value)
    assert "s3cret" not in str(refusal.value)


# {% if cookiecutter.database == "sqlite" %}
@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///file:other.db?uri=true",
        "sqlite:///file::memory:?uri=true&cache=shared",
        "sqlite:////database.db?mode=memory&uri=true",
        "sqlite:////database.db?timeout=60",
        "sqlite://host/database.db",
    ],
)
def test_a_url_says_nothing_but_its_path(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    with pytest.raises(SettingsError, match=r"APP_DATABASE_URL: .* path alone"):
        load_with(monkeypatch, url)
# {% else %}
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
# {% endif %}
# {% if cookiecutter.database != "sqlite" %}


def test_a_password_may_be_of_any_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    password = "p@s/s:w?o&r=d,#%"
    url = URL.create("{{ cookiecutter.database }}", "user", password, "host", database="db")

    settings = load_with(monkeypatch, url.render_as_string(hide_password=False))

    assert settings.database_url.password == password
# {% endif %}


def test_production_refuses_to_debug(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match=r"APP_DEBUG: .* off in production"):
        load_with(monkeypatch, GOOD_URL, ENVIRONMENT="production", DEBUG="true")
# {% if cookiecutter.database != "sqlite" %}


@pytest.mark.parametrize("password", ["", "change-me", "password"])
def test_production_refuses_placeholders(
    monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    url = f"{DRIVERNAME}://user:{password}@host/database"

    with pytest.raises(SettingsError, match=r"APP_DATABASE_URL: .* password"):
        load_with(monkeypatch, url, ENVIRONMENT="production")
# {% endif %}


def test_production_takes_a_password_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert load_with(monkeypatch, GOOD_URL, ENVIRONMENT="production").debug is False
