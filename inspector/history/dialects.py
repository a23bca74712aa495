"""What SQLite and PostgreSQL say in different words.

Imports SQLAlchemy: only to be imported once a history is opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, Integer
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table


def insert_new(connection: Connection, table: Table, **values: Any) -> None:
    """Insert a row, unless there is one with the same unique value."""
    insert = insert_postgresql if connection.dialect.name == "postgresql" else insert_sqlite
    connection.execute(insert(table).values(**values).on_conflict_do_nothing())


class Whole(FunctionElement[int]):
    """The whole number below a number that is not negative."""

    inherit_cache = True
    type = Integer()
    name = "whole"


@compiles(Whole)
def _cut_off(element: Whole, compiler: Any, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS INTEGER)"


@compiles(Whole, "postgresql")
def _floor(element: Whole, compiler: Any, **options: Any) -> str:
    # There, CAST rounds.
    return f"CAST(floor({compiler.process(element.clauses, **options)}) AS BIGINT)"


class ChoosingNothing(FunctionElement[bool]):
    """A term for which SQLite takes no index (https://sqlite.org/optoverview.html, "using unary +")."""

    inherit_cache = True
    type = Boolean()
    name = "choosing_nothing"


@compiles(ChoosingNothing)
def _plus(element: ChoosingNothing, compiler: Any, **options: Any) -> str:
    return f"+({compiler.process(element.clauses, **options)})"


@compiles(ChoosingNothing, "postgresql")
def _plain(element: ChoosingNothing, compiler: Any, **options: Any) -> str:
    # PostgreSQL keeps account of what is rare and chooses well by itself.
    return f"({compiler.process(element.clauses, **options)})"
