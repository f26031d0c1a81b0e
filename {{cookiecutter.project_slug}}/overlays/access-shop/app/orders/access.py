"""Who may change which orders."""

from sqlalchemy import bindparam, select

from app.auth.caller import Caller
from app.auth.database import Transaction
from app.auth.roles import Role
from app.errors import Forbidden, NotFound
from app.orders import service
from app.orders.models import Order
from app.orders.schemas import OrderRead
from app.orders.status import OrderStatus

OWNER = select(Order.user_id).where(Order.id == bindparam("order_id"))


async def change_status(
    transaction: Transaction, order_id: int, status: OrderStatus, caller: Caller
) -> OrderRead:
    """Change the status as the service does, for one who may.

    Raises NotFound for the order of another one, and Forbidden for what is for staff:
    all but cancelling.
    """
    owner_id = await transaction.scalar(OWNER, {"order_id": order_id})
    if owner_id is None or not caller.owns_or_is(Role.STAFF, owner_id):
        raise NotFound(f"There is no order {order_id}.")
    if status is not OrderStatus.CANCELLED and not caller.role.includes(Role.STAFF):
        raise Forbidden(f"This needs the role {Role.STAFF}.")
    order = await service.change_status(transaction, order_id, status)
    return OrderRead.model_validate(order)
