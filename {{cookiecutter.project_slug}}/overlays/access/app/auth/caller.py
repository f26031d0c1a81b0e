"""Who calls."""

from dataclasses import dataclass

from app.auth.roles import Role


@dataclass(frozen=True)
class Caller:
    """The user who sent a request, as the access token says."""

    user_id: int
    # {% if cookiecutter.auth == "jwt" %}
    sign_in_id: int
    # {% endif %}
    role: Role

    def owns_or_is(self, role: Role, owner_id: int) -> bool:
        """Return whether something is the caller's own, or the caller has the role."""
        return self.user_id == owner_id or self.role.includes(role)
