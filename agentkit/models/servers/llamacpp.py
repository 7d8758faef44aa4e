"""gpt-oss by llama.cpp: a server that runs already, or one within this process.

Ids go through llama.cpp's own `/completion` (its `tools/server/README.md`): the interface it has in
common with others gives none. Sampling is told in full and in our order, temperature first. The
end tokens of the GGUF always end a reply; other stop ids are seen here, and closing the connection
then ends the server's work. The server within this process is `embedded`'s.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agentkit.errors import UserError
from agentkit.harmony.grammar import Grammar
from agentkit.models.base import Sampling
from agentkit.models.servers.embedded import EmbeddedServer, Settings
from agentkit.models.servers.http import Connection
from agentkit.models.servers.model import Call, Piece, Reason, Served, ServerModel
from agentkit.models.servers.patience import Patience
from agentkit.models.servers.refusals import Refused

_REASONS: Mapping[Any, Reason] = {"eos": "stop", "word": "stop", "limit": "length"}


class LlamaCppModel(ServerModel):
    """A gpt-oss run by llama.cpp.

    Args:
        where: the address of a running `llama-server`, such as `http://localhost:8080`, or the
            path of a GGUF file, which is run in this process (`pip install 'agentkit[llamacpp]'`).
        model: for people; None for what the server says.
        api_key: as given to `llama-server --api-key`; None reads LLAMA_API_KEY.
        grammar: tell grammars, in llama.cpp's own form; False for not at all.
        context_length: most tokens of prompt and output; None for what the server says, and in
            this process for all that the model can do and the memory holds.
        sampling: the default; gpt-oss's own when None.
        patience: time limits and retries.
        settings: threads, replies at once and layers on a GPU; in this process only.

    Raises:
        UserError: `where` is neither an address nor a file, or `xllamacpp` is not installed.
        ModelLoadError: the file is no GGUF of a gpt-oss.
    """

    fix = "Start llama.cpp with `llama-server -m gpt-oss-20b.gguf`."

    def __init__(
        self,
        where: str | Path,
        *,
        model: str | None = None,
        api_key: str | None = None,
        grammar: bool = True,
        context_length: int | None = None,
        sampling: Sampling | None = None,
        patience: Patience | None = None,
        settings: Settings | None = None,
    ) -> None:
        file = _file(where)
        if file is None and settings is not None:
            raise UserError("settings are for a model in this process; a server has its own.")
        super().__init__(
            model or (None if file is None else file.stem),
            context_length,
            sampling,
            "gbnf" if grammar else None,
        )
        self._patience = patience
        self._embedded: EmbeddedServer | None = None
        self._http: Connection | None = None
        if file is not None:
            self._embedded = EmbeddedServer(file, settings or Settings(), context_length)
        else:
            key = api_key or os.environ.get("LLAMA_API_KEY") or None
            self._http = self._opened(str(where), key)

    async def close(self) -> None:
        """Close the connections, and end the server if it runs in this process."""
        await super().close()
        if self._embedded is not None:
            await asyncio.to_thread(self._embedded.stop)

    def _opened(self, base_url: str, key: str | None) -> Connection:
        return Connection(base_url, api_key=key, patience=self._patience, fix=self.fix)

    def _connection(self) -> Connection | None:
        return self._http

    async def _connected(self) -> Connection:
        if self._http is None:
            assert self._embedded is not None
            address = await asyncio.to_thread(self._embedded.start)
            self._http = self._opened(address, self._embedded.key)
        return self._http

    async def _ask(self, connection: Connection) -> Served:
        answer = await connection.json("/props")
        try:
            length = answer["default_generation_settings"]["n_ctx"]
            name = Path(answer.get("model_alias") or answer["model_path"]).name
        except (KeyError, TypeError, AttributeError):
            raise Refused(f"{connection.base_url} is no llama.cpp server. {self.fix}") from None
        return Served(name, length)

    def _request(self, call: Call) -> tuple[str, dict[str, Any]]:
        sampling = call.sampling
        body: dict[str, Any] = {
            "prompt": call.prompt,
            "n_predict": call.max_tokens,
            "samplers": ["temperature", "top_k", "top_p", "min_p"],
            "temperature": sampling.temperature,
            "top_k": sampling.top_k,
            "top_p": sampling.top_p,
            "min_p": sampling.min_p,
            "repeat_penalty": 1.0,
            "seed": -1 if sampling.seed is None else sampling.seed % 2**32,
            "n_probs": int(sampling.logprobs),
            "return_tokens": True,
            "cache_prompt": True,
            "stream": True,
        }
        if call.bias:
            body["logit_bias"] = [[token, value] for token, value in call.bias.items()]
        return "/completion", body | dict(call.grammar)

    def _piece(self, event: Mapping[str, Any], sampled: int) -> Piece:
        probabilities = event.get("completion_probabilities")
        timings = event.get("timings") or {}
        return Piece(
            event["tokens"],
            None if probabilities is None else [entry["logprob"] for entry in probabilities],
            _REASONS[event["stop_type"]] if event["stop"] else None,
            timings.get("cache_n"),
            event.get("tokens_evaluated"),
            event.get("content"),
        )

    def _spell(self, grammar: Grammar) -> Mapping[str, Any]:
        if not self._capabilities.grammar:
            raise UserError("This LlamaCppModel was made with grammar=False.")
        from agentkit.harmony.gbnf import to_gbnf

        return {"grammar": to_gbnf(grammar)}


def _file(where: str | Path) -> Path | None:
    """The GGUF file that `where` names; None when it is an address."""
    if isinstance(where, str) and "://" in where:
        return None
    try:
        path = Path(where).expanduser()
    except RuntimeError:
        raise UserError(f"{where} begins with no home directory of this machine.") from None
    if isinstance(where, Path) or path.suffix == ".gguf" or path.is_file():
        return path
    return None
