"""The sandbox alone, without an agent: state over cells, a file in, a plot out, a timeout survived.

    python examples/notebook.py

Needs `pip install 'agentkit[python,sandbox-libs]'`.
"""

import asyncio
from pathlib import Path

from sandbox import Image, Limits, Notebook

SALES = "1,10\n2,20\n3,30\n"

READ = """
import csv
months, amounts = zip(*[map(int, row) for row in csv.reader(open("sales.csv"))])
"""

CONNECT = """
import socket
socket.create_connection(("127.0.0.1", 22), timeout=1)
"""

PLOT = """
import matplotlib.pyplot as plt
plt.plot(months, amounts)
plt.show()
"""


async def main() -> None:
    async with Notebook(Limits(cell_timeout=15), files={"sales.csv": SALES}) as notebook:
        await notebook.execute(READ)
        mean = await notebook.execute("sum(amounts) / len(amounts)")
        print("mean:", mean.text())

        endless = await notebook.execute("while True: pass")
        print(f"{endless.outcome}: {endless.notices[0]}")
        kept = await notebook.execute("months")
        print("still there:", kept.text())

        refused = await notebook.execute(CONNECT)
        print("network:", refused.error.name if refused.error else "reached")

        plot = await notebook.execute(PLOT)
        for display in plot.displays:
            save(display.image)


def save(image: Image | None) -> None:
    if image is not None:
        Path("plot.png").write_bytes(image.data)
        print(f"plot.png: {image.width} x {image.height}, in the notebook {image.path}")


if __name__ == "__main__":
    asyncio.run(main())
