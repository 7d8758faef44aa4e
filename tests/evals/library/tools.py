"""Tools of the library that the tests of the task runner use."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from agentkit.errors import ToolError
from agentkit.evals import State, reads, writes


@reads
def get_loan(state: State, loan: str) -> dict[str, Any]:
    """Look up a loan.

    Args:
        loan: its number, such as L7.
    """
    return {"loan": loan, **state.get("loans", loan)}


@reads
def find_member(state: State, card: str) -> dict[str, Any]:
    """Look up a member and the numbers of their loans.

    Args:
        card: the number on their card, such as C-11.
    """
    loans = [key for key, _ in state.rows("loans", member=card)]
    return {"card": card, **state.get("members", card), "loans": loans}


@writes
def renew(state: State, loan: str) -> dict[str, Any]:
    """Renew a loan for three weeks.

    Args:
        loan: its number, such as L7.
    """
    row = state.get("loans", loan)
    if state.get("books", row["book"], "reserved"):
        raise ToolError("the book is reserved by another member.")
    if row["renewals"] >= 2:
        raise ToolError("the loan was renewed twice already.")
    due = date.fromisoformat(row["due"]) + timedelta(weeks=3)
    state.set("loans", loan, "due", to=due.isoformat())
    state.set("loans", loan, "renewals", to=row["renewals"] + 1)
    return {"loan": loan, **state.get("loans", loan)}


@writes
def pay_fees(state: State, card: str) -> dict[str, Any]:
    """Take the payment of all fees of a member.

    Args:
        card: the number on their card, such as C-11.
    """
    paid = state.get("members", card, "fees")
    if not paid:
        raise ToolError("there is nothing to pay.")
    state.set("members", card, "fees", to=0)
    return {"card": card, "paid": paid}


@writes
def return_book(state: State, loan: str) -> str:
    """Put a book into the return box.

    Args:
        loan: the number on its slip, such as L7.
    """
    state.remove("loans", loan)
    return f"{loan} is returned."


TOOLS = [get_loan, find_member, renew, pay_fees]
USER_TOOLS = [return_book]
