"""From the name of a domain to the domain: a folder, or a domain of another benchmark.

Knows the forms of such names; what reads each is elsewhere.
"""

from __future__ import annotations

from pathlib import Path

from agentkit.errors import UserError
from agentkit.evals.domain import FILE, Domain, load_domain

TAU2 = "tau2:"


def open_domain(spec: str, tau2_path: str | Path | None = None) -> Domain:
    """The domain that `spec` names.

    Args:
        spec: a folder with a `domain.toml`, that file itself, or `tau2:retail`, `tau2:airline` and
            so on for a domain of tau2-bench.
        tau2_path: a checkout of tau2-bench, or its data; None for the installed package.

    Raises:
        UserError: there is no such domain, or something is wrong with it.
    """
    if spec.startswith(TAU2):
        from agentkit.evals.bridges.tau2 import load

        path = Path(tau2_path).expanduser() if tau2_path is not None else None
        return load(spec.removeprefix(TAU2), path)
    folder = Path(spec).expanduser()
    if not folder.exists():
        raise UserError(
            f"There is no domain {spec!r}: give a folder with a {FILE}, such as"
            " examples/domains/retail, or tau2:retail for tau2-bench's."
        )
    return load_domain(folder)
