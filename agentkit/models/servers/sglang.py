"""gpt-oss behind SGLang, by its own `/generate` with ids for a prompt.

The form of requests and events is that of SGLang 0.5 (`managers/io_struct.py`,
`sampling/sampling_params.py`, `managers/tokenizer_manager.py`). An event has all ids so far, or
with `--incremental-streaming-output` the new ones only; both are read, by the count that comes
with them. `ignore_eos` is not used: in SGLang it switches stop ids off, too, so the checkpoint's
own end tokens always end a reply.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, Literal

from agentkit.errors import UserError
from agentkit.harmony.grammar import Grammar
from agentkit.harmony.vocabulary import STOP_IDS
from agentkit.models.base import Sampling
from agentkit.models.servers.http import Connection
from agentkit.models.servers.model import Call, Piece, Reason, Served, ServerModel
from agentkit.models.servers.patience import Patience
from agentkit.models.servers.refusals import Refused


class SGLangModel(ServerModel):
    """A gpt-oss served by SGLang 0.5 or newer.

    Start one with `python -m sglang.launch_server --model-path openai/gpt-oss-20b
    --incremental-streaming-output`; without the option each event repeats all ids so far.

    Args:
        base_url: such as `http://localhost:30000`.
        model: for people; None for what the server says.
        api_key: as given to `--api-key`; None reads SGLANG_API_KEY.
        grammar: how grammars are told: `lark` to a server started with
            `--grammar-backend llguidance`, `structural_tag` to one with xgrammar, which is
            SGLang's default; None for not at all.
        context_length: most tokens of prompt and output; None for what the server says.
        sampling: the default; gpt-oss's own when None.
        patience: time limits and retries.

    Raises:
        UserError: `base_url` is no address.
    """

    fix = (
        "Start SGLang 0.5 or newer with `python -m sglang.launch_server --model-path"
        " openai/gpt-oss-20b --incremental-streaming-output`."
    )
    grammar_fix = (
        "If it is the grammar: SGLangModel(grammar='lark') is for a server started with"
        " `--grammar-backend llguidance`, 'structural_tag' for xgrammar."
    )

    def __init__(
        self,
        base_url: str,
        *,
        model: str | None = None,
        api_key: str | None = None,
        grammar: Literal["lark", "structural_tag"] | None = "structural_tag",
        context_length: int | None = None,
        sampling: Sampling | None = None,
        patience: Patience | None = None,
    ) -> None:
        super().__init__(model, context_length, sampling, grammar)
        self._grammar = grammar
        key = api_key or os.environ.get("SGLANG_API_KEY") or None
        self._http = Connection(base_url, api_key=key, patience=patience, fix=self.fix)

    def _connection(self) -> Connection:
        return self._http

    async def _ask(self, connection: Connection) -> Served:
        try:
            model = await connection.json("/get_model_info")
            settings = await connection.json("/get_server_info")
            name = settings.get("served_model_name") or model["model_path"]
            length = settings.get("context_length") or settings.get("max_req_input_len")
        except (KeyError, TypeError, AttributeError):
            raise Refused(f"{connection.base_url} is no SGLang server. {self.fix}") from None
        return Served(str(name), length)

    def _request(self, call: Call) -> tuple[str, dict[str, Any]]:
        sampling = call.sampling
        settings: dict[str, Any] = {
            "max_new_tokens": call.max_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "top_k": sampling.top_k or -1,
            "min_p": sampling.min_p,
            "stop_token_ids": sorted(call.stop),
            "skip_special_tokens": False,
            "spaces_between_special_tokens": False,
            "no_stop_trim": True,
        }
        if sampling.seed is not None:
            settings["sampling_seed"] = sampling.seed
        if call.bias:
            settings["logit_bias"] = {str(token): value for token, value in call.bias.items()}
        body: dict[str, Any] = {
            "input_ids": call.prompt,
            "sampling_params": settings | dict(call.grammar),
            "stream": True,
        }
        if sampling.logprobs:
            body |= {"return_logprob": True, "logprob_start_len": -1}
        return "/generate", body

    def _piece(self, event: Mapping[str, Any], sampled: int) -> Piece:
        about = event["meta_info"]
        fresh = about["completion_tokens"] - sampled
        ids = event["output_ids"][-fresh:] if fresh > 0 else []
        if len(ids) != max(fresh, 0):
            raise ValueError("ids are missing")
        logprobs = about.get("output_token_logprobs")
        return Piece(
            ids,
            None if logprobs is None or not ids else [entry[0] for entry in logprobs[-len(ids) :]],
            self._reason(about.get("finish_reason")),
            about.get("cached_tokens"),
            about.get("prompt_tokens"),
            event.get("text"),
        )

    def _reason(self, told: Any) -> Reason | None:
        if told is None:
            return None
        match told["type"]:
            case "stop":
                return "stop"
            case "length":
                return "length"
            case other:
                said = self._http.refusals.shown(f"{other}, {told.get('message', '')}")
                raise Refused(f"{self._http.base_url} ended the reply: {said}")

    def _spell(self, grammar: Grammar) -> Mapping[str, Any]:
        match self._grammar:
            case "lark":
                from agentkit.harmony.lark import to_lark

                return {"ebnf": to_lark(grammar)}
            case "structural_tag":
                from agentkit.harmony.structural_tag import to_structural_tag

                # SGLang counts the end tokens of generation_config.json as its own.
                return {"structural_tag": json.dumps(to_structural_tag(grammar, ends=STOP_IDS))}
            case None:
                raise UserError("This SGLangModel was made with grammar=None.")
