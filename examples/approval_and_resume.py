"""A call that a person approves, in a process that is then killed; another one finishes the run.

    python examples/approval_and_resume.py

Every step is saved, so the call that was made is not made again. Set AGENTKIT_MODEL for a real
model.
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from agentkit import Agent, CheckpointSaved, SQLiteSession, ToolReturned, tool


@tool(needs_approval=True)
def cancel_order(order_id: str, reason: str) -> dict[str, bool]:
    """Cancel an order."""
    with Path("cancelled.txt").open("a") as file:
        file.write(f"{order_id}\n")
    return {"cancelled": True}


agent = Agent(os.environ.get("AGENTKIT_MODEL", "tiny"), tools=[cancel_order])


async def first_process(session: SQLiteSession) -> None:
    result = await agent.run("Cancel order W123 because it is late.", session=session)
    call = result.pending[0]
    print(f"{result.stop_reason}: {call.recipient} {call.text}")
    result.state.approve(call.id)
    returned = False
    async with agent.resume_stream(result.state, session=session) as stream:
        async for event in stream:
            returned = returned or isinstance(event, ToolReturned)
            if returned and isinstance(event, CheckpointSaved):
                print("The order is cancelled; now this process is killed.", flush=True)
                os.kill(os.getpid(), signal.SIGKILL)


async def second_process(session: SQLiteSession) -> None:
    state = await session.load()
    result = await agent.resume(state) if state else await agent.run("Hello")
    print(f"{result.stop_reason}: {result.output}")


if __name__ == "__main__":
    if len(sys.argv) == 1:
        with tempfile.TemporaryDirectory() as folder:
            for step in ("first", "second"):
                subprocess.run([sys.executable, Path(__file__).resolve(), step], cwd=folder)
            print("cancelled:", (Path(folder) / "cancelled.txt").read_text().split())
    else:
        process = first_process if sys.argv[1] == "first" else second_process
        asyncio.run(process(SQLiteSession("chats.db", "customer 7")))
