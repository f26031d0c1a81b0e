"""Who may see and change which orders."""

from sqlalchemy import bindparam, select

from app.auth.caller import Caller
from app.auth.database import Transaction
from app.auth.roles import Role
from app.errors import Forbidden, NotFound, ensure_found
from app.orders import service
from app.orders.models import Order
from app.orders.schemas import OrderRead
from app.orders.status import OrderStatus

OWNER = select(Order.user_id).where(Order.id == bindparam("order_id"))


def ensure_own(caller: Caller, order_id: int, owner_id: int) -> None:
    """Raise NotFound for the order of another one, unless the caller is staff."""
    if not caller.owns_or_is(Role.STAFF, owner_id):
        raise NotFound(f"There is no order {order_id}.")


async def change_status(
    transaction: Transaction, order_id: int, status: OrderStatus, caller: Caller
) -> OrderRead:
    """Change the status as the service does, for one who may.

    Raises NotFound for the order of another one, and Forbidden for what is for staff:
    all but cancelling.
    """
    owner_id = await transaction.scalar(OWNER, {"order_id": order_id})
    ensure_own(caller, order_id, ensure_found(owner_id, "order", order_id))
    if status is not OrderStatus.CANCELLED and not caller.role.includes(Role.STAFF):
        raise Forbidden(f"This needs the role {Role.STAFF}.")
    order = await service.change_status(transaction, order_id, status)
    return OrderRead.model_validate(order)
