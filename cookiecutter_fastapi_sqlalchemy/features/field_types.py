"""The types that a field can have, and what is written for each of them.

All texts are Python source. In those of `example` and `unique`, ``number`` is a variable of
the tests, which differs for each row.
"""

from collections.abc import Mapping
from dataclasses import dataclass

# A column of text can be a key up to this length: an index entry of PostgreSQL has 2,704
# bytes at most, one of MySQL 3,072, and a character up to 4.
LONGEST_KEY = 600
LONGEST_STRING = 2000
# The cursors of lists hold no longer text: app/lists/cursors.py.
LONGEST_SORTED = 400
TEXT_LENGTH = 10_000
LARGEST_INTEGER = 2**31 - 1


@dataclass(frozen=True)
class FieldType:
    """What is written for the fields of a type."""

    python: str  # in answers and rows
    mapped: str  # in Mapped[]
    alias: str  # the name of what requests are validated by; {Name} is that of the field
    takes: str = ""  # what the alias stands for; empty where it is imported
    column: str = ""  # the first argument of mapped_column
    is_sortable: bool = False
    is_filter: bool = False  # whether a list is filtered by it
    may_be_key: bool = True  # whether it may be unique or have an index
    example: str = ""
    unique: str = ""  # an example that differs for each row
    other: str = ""
    ordered: tuple[str, str] = ("", "")  # two values, the lesser first
    bad: tuple[str, ...] = ()


TYPES: Mapping[str, FieldType] = {
    "str": FieldType(
        python="str",
        mapped="str",
        alias="{Name}",
        takes="Annotated[Text, Field(min_length={least}, max_length={length})]",
        column="String({length})",
        is_sortable=True,
        ordered=('"a"', '"b"'),
        bad=('"x" * {too_long}', r'"\0"', "7"),
    ),
    "text": FieldType(
        python="str",
        mapped="str",
        alias="{Name}",
        takes="Annotated[Text, Field(max_length=10_000)]",
        column="Text",
        may_be_key=False,
        bad=('"x" * 10_001', r'"nul \0"', "7"),
    ),
    "int": FieldType(
        python="int",
        mapped="int",
        alias="Integer",
        takes="Annotated[StrictInt, Field(ge=-LARGEST_INTEGER, le=LARGEST_INTEGER)]",
        is_sortable=True,
        example="7",
        unique="number",
        other="8",
        ordered=("1", "2"),
        bad=("2**31", "1.5", '"7"', "True"),
    ),
    "float": FieldType(
        python="float",
        mapped="float",
        alias="Number",
        takes="Annotated[float, Strict(), Field(allow_inf_nan=False)]",
        is_sortable=True,
        may_be_key=False,
        example="1.5",
        other="2.5",
        ordered=("0.5", "1.5"),
        bad=('"1.5"', '"NaN"', "True"),
    ),
    "money": FieldType(
        python="Decimal",
        mapped="Money",
        alias="Amount",
        is_sortable=True,
        example='"9.50"',
        unique='f"{number}.50"',
        other='"10.00"',
        ordered=('"1.00"', '"2.00"'),
        bad=('"1.001"', '"NaN"', '"1E+20"', "True"),
    ),
    "bool": FieldType(
        python="bool",
        mapped="bool",
        alias="StrictBool",
        is_filter=True,
        example="True",
        other="False",
        bad=('"yes"', "1"),
    ),
    "date": FieldType(
        python="date",
        mapped="date",
        alias="Day",
        takes="Annotated[date, Field(ge=date(1000, 1, 1))]",
        is_sortable=True,
        example='"2026-01-31"',
        unique='f"2026-01-{number % 28 + 1:02}"',
        other='"2026-02-28"',
        ordered=('"2026-01-31"', '"2026-02-01"'),
        bad=('"2026-02-30"', '"0999-12-31"', "True"),
    ),
    "datetime": FieldType(
        python="datetime",
        mapped="datetime",
        alias="Moment",
        is_sortable=True,
        example='"2026-01-31T12:30:00Z"',
        unique='f"2026-01-31T12:30:{number % 60:02}Z"',
        other='"2026-02-28T12:30:00Z"',
        ordered=('"2026-01-31T12:30:00Z"', '"2026-01-31T12:30:01Z"'),
        bad=('"2026-01-31T12:30:00"', '"0999-12-31T00:00:00Z"', "True"),
    ),
    "uuid": FieldType(
        python="UUID",
        mapped="UUID",
        alias="UUID",
        example='"5e0e1d6b-9c5a-4c55-9a3e-0d4f3f1f6a01"',
        unique='f"5e0e1d6b-9c5a-4c55-9a3e-{number:012}"',
        other='"5e0e1d6b-9c5a-4c55-9a3e-0d4f3f1f6a02"',
        bad=('"5e0e1d6b"', "7"),
    ),
    "enum": FieldType(
        python="{Class}{Name}",
        mapped="{Class}{Name}",
        alias="{Class}{Name}",
        is_filter=True,
        example='"{first}"',
        other='"{last}"',
        bad=('"no such value"', "7"),
    ),
    "reference": FieldType(
        python="int",
        mapped="int",
        alias="Reference",
        is_filter=True,
        bad=("0", "2**31", '"1"'),
    ),
}
# Written in an association table, not in a column.
MANY = "many"
REFERENCE = "reference"
