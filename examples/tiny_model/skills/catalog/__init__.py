"""Functions as users write them: name, description, parameters, requests, result.

One function a block, blank lines between blocks:

    name | description
    parameter:kind[=description]; ...        (`-` for none; a kind with `?` is optional)
    ? request with {parameter}; another one
    = result key:kind, ... (or a single kind for a plain result)

The modules are domains; `requests` draws from all of them alike.
"""

from examples.tiny_model.skills.catalog import (
    common,
    living,
    office,
    play,
    science,
    systems,
    trade,
    travel,
    works,
)

CATALOG = "\n\n".join(
    module.CATALOG.strip()
    for module in (common, living, office, play, science, systems, trade, travel, works)
)
