"""How alembic runs a migration here: on the connection it is handed, within that connection's transaction."""

from __future__ import annotations

from alembic import context

if __name__ == "env_py":  # the name under which alembic loads this file; imported as a module, it does nothing
    context.configure(connection=context.config.attributes["connection"])
    context.run_migrations()
