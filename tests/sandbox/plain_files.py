"""Run as a script by a plain user: the traps around file transfer, and what its code may do with a
file that was brought in. Prints one JSON object with what was seen."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from pathlib import Path

from sandbox import FileTransferError, Limits, Notebook
from tests.sandbox.transfers import attempt, race


async def main() -> None:
    seen: dict[str, object] = {"uid": os.getuid()}
    limits = Limits(cell_timeout=60)
    with tempfile.TemporaryDirectory() as outside:
        async with Notebook(limits, files={"given/file": "given"}) as notebook:
            seen["answers"] = await attempt(notebook)
            seen["race"] = await race(notebook, Path(outside))
            change = "open('given/file', 'a').write(' more'); os.rename('given/file', 'given/2')"
            await notebook.execute(change)
            seen["changed"] = (await notebook.download("given/2")).decode()
            await notebook.execute("open('secret', 'w').write('x'); os.chmod('secret', 0)")
            try:
                await notebook.download("secret")
            except FileTransferError as error:
                seen["without rights"] = error.kind
    print(json.dumps(seen))


asyncio.run(main())
