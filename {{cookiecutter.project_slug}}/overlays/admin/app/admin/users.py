"""The pages of users, and of who is signed in."""

from typing import Any

from sqlalchemy import bindparam, select

from app.admin.rows import Key
from app.admin.tables import BY_VALUE, TableView
from app.auth.database import Transaction
from app.auth.models import SignIn
from app.users import service
from app.users.models import User
from app.users.schemas import UserImport, UserUpdate

ID = select(User.id).where(User.username == bindparam("username"))


class UserView(TableView, model=User):
    """Users, who are deactivated and not deleted.

    One who is created here has no password, as one who is imported. Another role, and a
    deactivation, end the sign-ins of the user.
    """

    icon = "fa-solid fa-user"
    can_delete = False
    column_list = ["id", "username", "email", "full_name", "role", "is_active"]
    column_sortable_list = ["id", "username", "email", "role"]
    column_searchable_list = ["username", "email", "full_name"]
    form_columns = ["username", "email", "full_name", "bio", "role", "is_active"]
    form_args = {"role": BY_VALUE}
    form_create_rules = ["username", "email", "full_name", "bio"]

    async def insert_row(self, transaction: Transaction, values: dict[str, Any]) -> Key:
        user = UserImport.model_validate(values)
        await service.import_all(transaction, [user])
        return (await transaction.scalar(ID, {"username": user.username}),)

    async def update_row(
        self, transaction: Transaction, key: Key, values: dict[str, Any]
    ) -> None:
        changes = UserUpdate.model_validate(values)
        await service.update(transaction, key[0], changes)


class SignInView(TableView, model=SignIn):
    """Who is signed in. To delete a row is to sign out the user."""

    name_plural = "Sign-ins"
    icon = "fa-solid fa-key"
    can_create = False
    can_edit = False
    column_sortable_list = ["id", "user_id", "created_at", "expires_at"]
