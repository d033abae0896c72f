"""Triggers, removed and made alike in SQLite and PostgreSQL."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection


def drop_triggers(connection: Connection, tables: Mapping[str, str]) -> None:
    """Remove triggers, each named with its table, as far as they exist."""
    for name, table in tables.items():
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
        elif connection.exec_driver_sql(f"SELECT to_regclass('{table}')").scalar() is not None:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON {table}")


def run_statements(connection: Connection, statements: Iterable[str]) -> None:
    """Run statements whose % and : are their own."""
    for statement in statements:
        connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
