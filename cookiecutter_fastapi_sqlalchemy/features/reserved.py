"""Names that cannot be given, because the code of each feature has them."""

# The service of another feature imports that of this one by its name.
FEATURES_TAKEN = frozenset(("changes", "data", "ids", "pytest", "queries"))
# The functions of a feature and of its tests have other variables of these names.
_SINGULARS = """
    body changed changes client connection count created data database defaults deleted deletion
    delete each empty execute field first found get ids kept last make method missing more name
    none number other page patched path pytest query read response result router select self
    service session table taken two up update value wanted
"""
SINGULARS_TAKEN = frozenset(_SINGULARS.split())
# Those of a feature whose rows belong to users have these, too.
SINGULARS_TAKEN_WHERE_OWNED = frozenset(
    ("app", "asked", "caller", "own", "owner", "reader", "user")
)
# Classes that the modules of a feature import or make.
_CLASSES = """
    AfterValidator Annotated Any AnyTable AwareDatetime Base BaseModel BeforeValidator Collection
    ConfigDict Conflict Connection DAO Database DatabaseDep Decimal Enum Exception Field
    ForeignKey HTTPStatus Id Iterable Listing Literal Mapped Money Moment NotFound NotNull Page
    PageQuery Query Reference References Repository Router Session Strict StrEnum StrictBool
    StrictInt String Text Timestamps Type UniqueConstraint
"""
CLASSES_TAKEN = frozenset(_CLASSES.split())
# What schemas.py imports, and what requests are validated by where it is not named by a field.
_ALIASES = """
    AfterValidator Annotated Any AwareDatetime BaseModel BeforeValidator ConfigDict Decimal Field
    Id Iterable Literal NotNull PageQuery Reference Strict StrictBool StrictInt Text
    Amount Day Integer Moment Number References
"""
ALIASES_TAKEN = frozenset(_ALIASES.split())
# By why a field cannot have them.
_COLUMNS = {
    "every table has it": "id created_at updated_at",
    "SQLAlchemy's models have it": "metadata registry",
    "the method of the model has it": "change",
    "a function that takes the fields has it": "client row_id self",
    "it would hide a function": "mapped_column relationship",
    "it would hide the type": "bool date datetime dict float int list set str",
    "Pydantic's models have it": """
        construct copy dict from_orm json parse_file parse_obj parse_raw schema schema_json
        update_forward_refs validate model_computed_fields model_config model_construct
        model_copy model_dump model_dump_json model_extra model_fields model_fields_set
        model_json_schema model_parametrized_name model_post_init model_rebuild model_validate
        model_validate_json model_validate_strings
        """,
}
COLUMNS_TAKEN = {name: reason for reason, text in _COLUMNS.items() for name in text.split()}
# The parameters of every list, and of its statements.
_PARAMETERS = "after count last_id last_value limit offset page page_size sort"
QUERY_TAKEN = frozenset(_PARAMETERS.split())
# An enum or an association would have the name of another class: PostRead.
SUFFIXES_TAKEN = frozenset(("create", "dao", "query", "read", "repository", "row", "update"))
