"""llama.cpp with the bundled model, running in this process, and how to ask any model."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from agentkit import LlamaCppModel
from agentkit.harmony.tokenizer import load_tokenizer
from agentkit.harmony.vocabulary import STOP_IDS
from agentkit.models.base import Finish, Model, Sampling
from agentkit.models.servers.embedded import EmbeddedServer, Settings
from tests.models.servers import parts

GREEDY = Sampling(temperature=0.0)
SETTINGS = Settings(threads=1)
CONTEXT = 4096


@pytest.fixture(scope="session")
def gguf() -> Path:
    """The bundled model's GGUF; making it takes half a minute, once."""
    if not parts.CONVERTER.is_file():
        pytest.skip("llama.cpp's converter is not installed; `make` does it.")
    return parts.gguf()


@pytest.fixture(scope="session")
def server(gguf: Path) -> Iterator[EmbeddedServer]:
    """A llama.cpp server that all tests share."""
    server = EmbeddedServer(gguf, SETTINGS, CONTEXT)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def llamacpp(server: EmbeddedServer) -> LlamaCppModel:
    """The server's model, spoken to over HTTP."""
    return LlamaCppModel(server.start(), api_key=server.key, sampling=GREEDY)


@pytest.fixture(scope="session")
def hello() -> list[int]:
    """A prompt that waits for the model's reply."""
    return load_tokenizer().encode_with_specials(
        "<|start|>system<|message|>You are ChatGPT, a large language model trained by OpenAI.\n\n"
        "Reasoning: low\n\n# Valid channels: analysis, commentary, final. Channel must be included"
        " for every message.<|end|><|start|>user<|message|>Hello!<|end|><|start|>assistant"
    )


async def sample(
    model: Model, prompt: Sequence[int], most: int = 32, **arguments: Any
) -> tuple[list[int], list[float], Finish]:
    """Sampled ids, their log-probabilities and how it ended."""
    settings: dict[str, Any] = {
        "sampling": GREEDY,
        "stop": STOP_IDS,
        "max_tokens": most,
    } | arguments
    chunks = [chunk async for chunk in model.stream(prompt, **settings)]
    finish = chunks[-1].finish
    assert finish is not None
    assert all(chunk.finish is None for chunk in chunks[:-1])
    logprobs = [value for chunk in chunks for value in chunk.logprobs or ()]
    return [token for chunk in chunks for token in chunk.ids], logprobs, finish


async def eventually(true: Any, seconds: float = 10.0) -> bool:
    """Whether `true()` comes to hold."""
    for _ in range(int(seconds / 0.02)):
        if await true():
            return True
        await asyncio.sleep(0.02)
    return False
