"""What the routes of users are given."""

from typing import Annotated

from fastapi import Depends

from app.dependencies import given
from app.users.queries import UserQueries
from app.users.service import UserService

UserQueriesDep = Annotated[UserQueries, Depends(given(UserQueries))]
UserServiceDep = Annotated[UserService, Depends(given(UserService))]
