"""Lists of users."""

from sqlalchemy import bindparam

from app.listing import Listing, containing
from app.users.models import User

USERS = Listing(
    User,
    filters={
        "search": containing("search", User.username, User.email, User.full_name),
        "is_active": User.is_active == bindparam("is_active"),
    },
)
