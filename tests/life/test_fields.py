"""Fields as they are written: each becomes a column, or is refused in one sentence."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.dialects import registry

from cookiecutter_fastapi_sqlalchemy.draft import Draft
from cookiecutter_fastapi_sqlalchemy.errors import Refused
from cookiecutter_fastapi_sqlalchemy.features import command
from cookiecutter_fastapi_sqlalchemy.features.building import Builder
from cookiecutter_fastapi_sqlalchemy.features.fields import Field
from cookiecutter_fastapi_sqlalchemy.features.grammar import parse_json, parse_line, split_lines
from cookiecutter_fastapi_sqlalchemy.features.session import Facts, Session, loaded
from cookiecutter_fastapi_sqlalchemy.features.tables import Table
from cookiecutter_fastapi_sqlalchemy.project import RECORD
from tests.baking import tree
from tests.combinations import COMBINATIONS

TABLES = {
    "users": Table("users", "app.users.models", "User", True),
    "tags": Table("tags", "app.tags.models", "Tag", True),
    "memos": Table("memos", "app.memos.models", "Memo", True),
    "order_items": Table("order_items", "app.orders.models", "OrderItem", False),
}
RESERVED = frozenset(registry.load("mysql").preparer.reserved_words)

# Each field with what the model and the schema of a new row have for it.
GOOD = {
    "title:str(200)": ("str", "String(200)", "Title"),
    "title:str": ("str", "String(200)", "Title"),
    "code:str(1)": ("str", "String(1)", "Code"),
    "slug:str(80):unique": ("str", "String(80), unique=True", "Slug"),
    "name:str(50):index": ("str", "String(50), index=True", "Name"),
    "note:str(20)?": ("str | None", "String(20)", "Note | None = None"),
    "mood:str(20)=so so": ("str", 'String(20), default="so so"', 'Mood = "so so"'),
    "url:str(90)=http://x.org": (
        "str",
        'String(90), default="http://x.org"',
        'Url = "http://x.org"',
    ),
    "motto:str(20)=": ("str", 'String(20), default=""', 'Motto = ""'),
    'quote:str(9)="hm"': ("str", r'String(9), default="\"hm\""', r'Quote = "\"hm\""'),
    "text:str(9)": ("str", "String(9)", "PostText"),
    "body:text": ("str", "Text", "Body"),
    "body:text?": ("str | None", "Text", "Body | None = None"),
    "stock:int": ("int", "", "Integer"),
    "stock:int=-3:index": ("int", "index=True, default=-3", "Integer = -3"),
    "number:int:unique": ("int", "unique=True", "Integer"),
    "price:money": ("Money", "", "Amount"),
    "price:money=0": ("Money", 'default=Decimal("0.00")', 'Amount = Decimal("0.00")'),
    "price:money?=9.5": (
        "Money | None",
        'default=Decimal("9.50")',
        'Amount | None = Decimal("9.50")',
    ),
    "rating:float?": ("float | None", "", "Number | None = None"),
    "rating:float=1.5": ("float", "default=1.5", "Number = 1.5"),
    "published:bool=false": ("bool", "default=False", "StrictBool = False"),
    "published:bool?": ("bool | None", "", "StrictBool | None = None"),
    "published_at:datetime?": ("datetime | None", "", "Moment | None = None"),
    "day:date": ("date", "", "Day"),
    "ref:uuid:unique": ("UUID", "unique=True", "UUID"),
    "kind:enum(draft,live)": ("PostKind", 'enum_type(PostKind, "kind")', "PostKind"),
    "kind:enum(draft, in-review)=in-review": (
        "PostKind",
        'enum_type(PostKind, "kind"), default=PostKind.IN_REVIEW',
        "PostKind = PostKind.IN_REVIEW",
    ),
    "author:users": ("int", 'ForeignKey("users.id", ondelete="RESTRICT"), index=True', "Reference"),
    "author_id:users:cascade": (
        "int",
        'ForeignKey("users.id", ondelete="CASCADE"), index=True',
        "Reference",
    ),
    "author:users?:set-null": (
        "int | None",
        'ForeignKey("users.id", ondelete="SET NULL"), index=True',
        "Reference | None = None",
    ),
    "author:users:unique:restrict": (
        "int",
        'ForeignKey("users.id", ondelete="RESTRICT"), unique=True',
        "Reference",
    ),
    "parent:posts?": (
        "int | None",
        'ForeignKey("posts.id", ondelete="SET NULL"), index=True',
        "Reference | None = None",
    ),
    "class:tags": ("int", 'ForeignKey("tags.id", ondelete="RESTRICT"), index=True', "Reference"),
    "count:int": ("int", "", "Integer"),
    "type:str(9)": ("str", "String(9)", "Type"),
}

# Each field with a part of the sentence that refuses it.
BAD = {
    "title": "has no type: write it like title:str",
    ":str": "is no name",
    "title:": "has no type",
    "Title:str": "write it like title",
    "postTitle:str": "write it like post_title",
    "post-title:str": "write it like post_title",
    "1st:str": "is no name",
    "_id:int": "is no name",
    "titel\N{LATIN SMALL LETTER E WITH ACUTE}:str": "is no name",
    f"{'x' * 41}:str": "has 41 characters: use up to 40",
    "import:str": "keyword of Python",
    "id:int": "every table has it: choose another",
    "created_at:datetime": "every table has it",
    "metadata:text": "SQLAlchemy's models have it",
    "registry:text": "SQLAlchemy's models have it",
    "schema:text": "Pydantic's models have it",
    "model_dump:text": "Pydantic's models have it",
    "copy:many(tags)": "Pydantic's models",
    "post_read:str": "would have a type called PostRead",
    "change:int": "the method of the model has it",
    "self:int": "a function that takes the fields has it",
    "relationship:str": "it would hide a function",
    "last:users": "'last_id' would be a filter of the list",
    "date:date": "it would hide the type",
    "order:int": "reserved word of the database's SQL as its name: choose another, such as post_",
    "group:str": "reserved word",
    "page:bool": "would be a filter of the list",
    "sort:enum(a,b)": "would be a filter of the list",
    "query:enum(a,b)": "called like another of the feature",
    "title:string": "neither a type nor a table of the project",
    "title:string(20)": "unknown type, string: use one of str, text",
    "title:str(0)": "a number from 1 to 2000",
    "title:str(2001)": "or text for more",
    "title:str(x)": "a number from 1 to 2000",
    "title:str(1,2)": "a number from 1 to 2000",
    "title:str(20": "no type that can be read",
    "title:str(700):unique": "too long for an index",
    "title:str:uniqe": "unknown option, uniqe: use unique, index",
    "title:str:unique:unique": "twice",
    "title:str:unique:index": "leave out index",
    "title:str:cascade": "refers to no table: leave out cascade",
    "title:str(3)=four": "is no text of up to 3 characters",
    "title:str:unique=x": "write title:str=x:unique",
    "title:str=x:unique": "a default would be taken",
    "body:text:unique": "text cannot be unique",
    "stock:int(3)": "takes nothing in parentheses",
    "stock:int=1.5": "is no whole number",
    "stock:int=2147483648": "is no whole number",
    "price:money=1.234": "is no amount",
    "price:money=": "is no amount",
    "rating:float=inf": "is no number",
    "published:bool=yes": "is no true or false",
    "published:bool:unique": "leave out unique",
    "day:date=2026-01-01": "a date has no default",
    "kind:enum": "two values at least",
    "kind:enum(draft)": "two values at least",
    "kind:enum(draft,Draft)": "two values would be called DRAFT",
    "kind:enum(draft,in review)": "no word of up to 40 letters",
    "kind:enum(draft,live)=gone": "is no value of the enum (draft, live)",
    "author:people": "neither a type nor a table of the project, so use a type, or one of the",
    "item:order_items": "no key that is an integer called id",
    "author:users=1": "a reference has no default",
    "author:users:set-null": "write author:users?:set-null",
    "author:users?:set-null:cascade": "leave one out",
    "parent:posts": "the first row could refer to none",
    "parent:posts?:restrict": "use set-null or cascade",
    "tags:many": "names no table: write it like tags:many(tags)",
    "tags:many(tags)?": "write tags:many(tags) alone",
    "related:many(posts)": "a list of posts within posts is not supported",
    "posts:many(tags)": "items are called like the feature",
}


def build(*lines: str) -> Field:
    specs = [parse_line(line) for line in lines]
    return Builder("posts", "post", TABLES, RESERVED).build(specs).fields[0]


@pytest.mark.parametrize("line", GOOD)
def test_a_field_becomes_a_column(line: str) -> None:
    field = build(line)

    assert (field.mapped, field.column, field.in_create) == GOOD[line]


def test_a_list_becomes_an_association() -> None:
    specs = [parse_line("labels:many(tags)")]

    [many] = Builder("posts", "post", TABLES, RESERVED).build(specs).lists

    assert (many.table, many.association) == ("post_labels", "PostLabel")
    assert (many.own_column, many.column) == ("post_id", "label_id")


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["a:int", "a:str"], "Two fields would be called a"),
        (["author:users", "author_id:users"], "Two fields would be called author_id"),
        (["tag:tags", "tags:many(tags)"], "Two fields would be called tag_id"),
        ([f"a{number}:str(2000)" for number in range(8)], "make the longest of them text"),
        ([f"{'x' * 40}:many(tags)"], "longer than the 63 characters"),
        ([], "posts has no field"),
    ],
)
def test_fields_are_refused_together(lines: list[str], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        build(*lines)


def test_one_argument_may_have_several_fields() -> None:
    texts = ["title:str(200)  kind:enum(draft, live)", "day:date\n  body:text"]

    assert split_lines(texts) == [
        "title:str(200)",
        "kind:enum(draft, live)",
        "day:date",
        "body:text",
    ]


@pytest.mark.parametrize(
    ("described", "line"),
    [
        ("title:str(200)", "title:str(200)"),
        ({"name": "title", "type": "str", "length": 80, "unique": True}, "title:str(80):unique"),
        (
            {"name": "kind", "type": "enum", "values": ["a", "b"], "default": "b"},
            "kind:enum(a,b)=b",
        ),
        (
            {"name": "done", "type": "bool", "default": False, "index": True},
            "done:bool=false:index",
        ),
        ({"name": "price", "type": "money", "default": 0}, "price:money=0"),
        ({"name": "rating", "type": "float", "nullable": True}, "rating:float?"),
        ({"name": "tags", "type": "many", "table": "tags"}, "tags:many(tags)"),
        (
            {
                "name": "author",
                "type": "reference",
                "table": "users",
                "nullable": True,
                "on_delete": "set-null",
            },
            "author:users?:set-null",
        ),
    ],
)
def test_json_says_the_same(described: object, line: str) -> None:
    assert parse_json(described) == parse_line(line)


@dataclass(frozen=True)
class Refusals:
    """A project, and the command in it."""

    project: Path

    def run(self, *arguments: str, text: str | None = None) -> Result:
        """Run the command; return its output, which has to be one sentence."""
        before = tree(self.project)
        result = CliRunner().invoke(command.command, ["--force", *arguments], input=text)
        assert result.exit_code == 1, result.output
        assert tree(self.project) == before
        [line] = result.output.splitlines()
        assert line.startswith("Error: ")
        assert line.endswith((".", "?."))
        return result


@pytest.fixture
def refusals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Refusals:
    """A small project whose tables are told, so that no environment is needed."""
    project = tmp_path / "project"
    (project / "app" / "http").mkdir(parents=True)
    record = {"template": "", "context": {"cookiecutter": COMBINATIONS[0].choices}}
    (project / RECORD).write_text(json.dumps(record), encoding="utf-8")
    monkeypatch.chdir(project)

    class ToldSession(Session):
        def facts(self) -> Facts:
            return Facts(TABLES, ["0001"], RESERVED)

    @contextmanager
    def told(_draft: Draft) -> Iterator[Session]:
        process: object = None
        yield ToldSession(process, StringIO())  # type: ignore[arg-type]

    monkeypatch.setattr(command, "loaded", told)
    return Refusals(project)


@pytest.mark.parametrize("line", BAD)
def test_a_bad_field_is_refused_in_one_sentence(refusals: Refusals, line: str) -> None:
    assert BAD[line] in refusals.run("posts", line).output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["post", "a:int"], "is no plural: use posts"),
        (["news", "a:int"], "such as --singular news_item"),
        (["Posts", "a:int"], "write it like posts"),
        (["blog-posts", "a:int"], "write it like blog_posts"),
        (["imports", "a:int", "--singular", "import"], "keyword of Python"),
        (["listings", "a:int"], "The class Listing would hide one"),
        (["people", "a:int", "--singular", "user"], "has a class User already"),
        (["posts", "a:int", "--singular", "posts"], "is the plural, too"),
        (["http", "a:int", "--singular", "x"], "app/http exists already"),
        (["users", "a:int"], "There is a table users already"),
        (["queries", "a:int"], "has a meaning in each feature"),
        (["clients", "a:int"], "such as --singular one_client"),
        (["keys", "a:int"], "reserved word of the database's SQL"),
        (["posts", "a:int", "--from-json", "-"], "in the JSON already"),
    ],
)
def test_a_bad_name_is_refused_in_one_sentence(
    refusals: Refusals, arguments: list[str], sentence: str
) -> None:
    assert sentence in refusals.run(*arguments, text='{"fields": []}').output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--owned-by", "users"], "leave out --owned-by, or generate one"),
        (["--write-role", "staff"], "leave out --write-role, or generate one"),
    ],
)
def test_where_nobody_signs_in_nobody_owns_or_has_a_role(
    refusals: Refusals, arguments: list[str], sentence: str
) -> None:
    assert sentence in refusals.run("posts", "a:int", *arguments).output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["posts", "a:int", "--owned-by", "tags"], "write --owned-by users"),
        (["posts", "a:int", "--owned-by", "nobodies"], "write --owned-by users"),
        (["posts", "a:int", "--write-role", "boss"], "use one of user, staff, admin"),
        (["posts", "user:users", "--owned-by", "users"], "Two fields would be called user_id"),
        (["callers", "a:int", "--owned-by", "users"], "such as --singular one_caller"),
        (["posts", "memo:memos", "--write-role", "user"], "add --owned-by users"),
        (["posts", "memos:many(memos)", "--owned-by", "users"], "in place of a list"),
    ],
)
def test_an_access_that_cannot_be_kept_is_refused_in_one_sentence(
    refusals: Refusals, arguments: list[str], sentence: str
) -> None:
    answers = {**COMBINATIONS[0].choices, "auth": "jwt"}
    record = {"template": "", "context": {"cookiecutter": answers}}
    (refusals.project / RECORD).write_text(json.dumps(record), encoding="utf-8")
    (refusals.project / "app/memos").mkdir()
    service = "async def get(session, memo_id, caller): ...\n"
    (refusals.project / "app/memos/service.py").write_text(service, encoding="utf-8")

    assert sentence in refusals.run(*arguments).output


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "The JSON cannot be read"),
        ("[]", "The JSON is no object with fields"),
        ('{"fields": []}', "names the feature"),
        ('{"name": "posts", "fields": [], "tables": 1}', "unknown key, tables"),
        ('{"name": "posts", "fields": []}', "posts has no field"),
        ('{"name": "posts", "fields": [1]}', "The field 1 is no object"),
        ('{"name": "posts", "fields": [{"name": "a"}]}', "has no name or no type"),
        ('{"name": "posts", "fields": [{"nam": "a"}]}', "unknown key, nam"),
        ('{"name": "posts", "singular": 1, "fields": []}', "The singular 1 is no text"),
        ('{"name": "posts", "owned_by": true, "fields": []}', "The owned_by True is no text"),
        (
            '{"name": "posts", "fields": [{"name": "a", "type": "users", "on_delete": "no"}]}',
            "unknown on_delete: use restrict",
        ),
        (
            '{"name": "posts", "fields": [{"name": "a", "type": "str", "default": ["x"]}]}',
            "is no text, number, true or false",
        ),
        ('{"name": "posts", "fields": [{"name": "a", "type": "in"}]}', "neither a type nor a"),
    ],
)
def test_bad_json_is_refused_in_one_sentence(refusals: Refusals, text: str, sentence: str) -> None:
    assert sentence in refusals.run("--from-json", "-", text=text).output


def test_what_the_tests_could_not_create_is_refused_with_the_function_to_write(
    refusals: Refusals,
) -> None:
    (refusals.project / "app/models.py").write_text("import app.users.models\n", encoding="utf-8")
    main = "from app.users.router import router as users_router\n\nROUTERS = [users_router]\n"
    (refusals.project / "app/main.py").write_text(main, encoding="utf-8")

    output = refusals.run("posts", "tag:tags").output

    assert "`make_tag(client: Client) -> dict[str, Any]`" in output


def test_a_project_without_its_environment_is_refused(
    refusals: Refusals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "loaded", loaded)

    assert "has no environment: run `uv sync`" in refusals.run("posts", "a:int").output
