"""Another benchmark's domain as a folder of ours, to be read, edited and linted.

Policy, state and tasks become files. The tools stay where they are: the folder's `tools.py` asks
the bridge for them, so that nothing of the other project's code is copied and its checkout, or
package, must be there whenever the domain is used.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from agentkit.errors import UserError
from agentkit.evals.bridges import tau1, tau2
from agentkit.evals.domain import FILE, FORMAT, Domain
from agentkit.serialise import to_json

_TOOLS = '''"""The tools of {name}, run by the code they are from."""

from pathlib import Path

from agentkit.evals.bridges.{kind} import load

DOMAIN = load({short!r}, {path})
TOOLS = list(DOMAIN.tools.values())
USER_TOOLS = list(DOMAIN.user_tools.values())
ASSERTIONS = dict(DOMAIN.assertions)
'''


def import_domain(
    kind: str, path: Path | None = None, out: Path | None = None, name: str = ""
) -> Path:
    """Write a domain of tau-bench or tau2-bench as a folder.

    Args:
        kind: `tau1` or `tau2`, for tau-bench and tau2-bench; a domain may stand behind it:
            `tau2:airline`.
        path: its checkout, or the folder of one domain in it (`.../domains/airline`); None for the
            installed package of tau2-bench.
        out: a folder that is not there yet, or is empty; None for one in the working folder with
            the name of both: `tau2-airline`.
        name: the domain, where `kind` does not say; `retail` where neither does.

    Returns:
        The folder.

    Raises:
        UserError: the domain cannot be loaded, or the folder cannot be written.
    """
    kind, _, named = kind.partition(":")
    if path is not None and path.parent.name in ("domains", "envs"):
        named, path = path.name, _checkout(path)
    name = name or named or "retail"
    out = Path(f"{kind}-{name}") if out is None else out
    if kind not in ("tau1", "tau2"):
        raise UserError(f"{kind!r} cannot be imported: there are tau1 and tau2.")
    if kind == "tau1" and path is None:
        raise UserError("tau-bench is no package: give the path of a checkout.")
    domain = tau2.load(name, path) if kind == "tau2" or path is None else tau1.load(name, path)
    try:
        if out.is_dir() and any(out.iterdir()):
            raise UserError(f"{out} is not empty.")
        out.mkdir(parents=True, exist_ok=True)
        for file, text in _files(domain, kind, name, path).items():
            (out / file).write_text(text, "utf-8")
    except OSError as error:
        raise UserError(f"{out} cannot be written: {error}") from None
    return out


def _checkout(folder: Path) -> Path:
    """Where the package lies that has a domain's folder in it."""
    inside = (each for each in folder.parents if each.name in ("tau2", "tau_bench"))
    return next(inside, folder.parent).parent


def _files(domain: Domain, kind: str, name: str, path: Path | None) -> Mapping[str, str]:
    where = "None" if path is None else f"Path({str(path.resolve())!r})"
    files = {
        FILE: _toml(domain),
        "policy.md": domain.policy + "\n",
        "state.json": json.dumps(domain.root, indent=1) + "\n",
        "tools.py": _TOOLS.format(name=domain.name, kind=kind, short=name, path=where),
    }
    for split, tasks in domain.splits.items():
        lines = (
            to_json(each.model_dump(mode="json", by_alias=True, exclude_unset=True))
            for each in tasks
        )
        files[f"{split}.jsonl"] = "".join(f"{line}\n" for line in lines)
    return files


def _toml(domain: Domain) -> str:
    # A JSON string is a TOML basic string.
    settings = {
        "format": FORMAT,
        "name": domain.name,
        "description": domain.description,
        "policy": "policy.md",
        "state": "state.json",
        "tools": "tools.py:TOOLS",
        "user_tools": "tools.py:USER_TOOLS",
        "assertions": "tools.py:ASSERTIONS",
        "greeting": domain.greeting,
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    lines += ["", "[tasks]", *(f'{json.dumps(each)} = "{each}.jsonl"' for each in domain.splits)]
    return "\n".join(lines) + "\n"
