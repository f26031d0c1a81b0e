"""What the routes of users are given."""

from typing import Annotated

from fastapi import Depends

from app.dependencies import DatabaseDep
from app.users.service import UserService


async def get_user_service(database: DatabaseDep) -> UserService:
    return UserService(database)


UserServiceDep = Annotated[UserService, Depends(get_user_service)]
