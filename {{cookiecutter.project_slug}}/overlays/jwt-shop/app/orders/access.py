"""Who may see and change which orders."""

from app.auth.roles import Role
from app.auth.tokens import Caller
from app.errors import Forbidden, NotFound
from app.orders.status import OrderStatus


def ensure_own(caller: Caller, order_id: int, owner_id: int) -> None:
    """Raise NotFound for the order of another one, unless the caller is staff."""
    if not caller.owns_or_is(Role.STAFF, owner_id):
        raise NotFound(f"There is no order {order_id}.")


def ensure_may_change(
    caller: Caller, order_id: int, owner_id: int, status: OrderStatus
) -> None:
    """Raise NotFound as above, and Forbidden for what is for staff: all but cancelling."""
    ensure_own(caller, order_id, owner_id)
    if status is OrderStatus.CANCELLED or caller.role.includes(Role.STAFF):
        return
    raise Forbidden(f"This needs the role {Role.STAFF}.")
