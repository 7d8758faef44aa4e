"""gpt-oss behind vLLM, by its `/v1/completions` with ids for a prompt.

The form of requests and events is that of vLLM 0.32 (`entrypoints/openai/completion`); ids are in
it since 0.10.2. Sampling is told in full: what is left out, vLLM takes from the checkpoint. With
`ignore_eos` only the stop ids end a reply.
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
from agentkit.models.servers.model import Call, Piece, Served, ServerModel
from agentkit.models.servers.patience import Patience
from agentkit.models.servers.refusals import Refused

_REASONS: Mapping[Any, Literal["stop", "length"]] = {"stop": "stop", "length": "length"}


class VLLMModel(ServerModel):
    """A gpt-oss served by vLLM 0.10.2 or newer.

    Start one with `vllm serve openai/gpt-oss-20b --enable-prompt-tokens-details`; the option lets
    vLLM say how much of a prompt was cached.

    Args:
        base_url: such as `http://localhost:8000`.
        model: the name it is served under; None for the first.
        api_key: as given to `vllm serve --api-key`; None reads VLLM_API_KEY.
        grammar: how grammars are told: `lark` to a server started with the guidance backend,
            `structural_tag` to one with xgrammar, which is vLLM's default; None for not at all.
        context_length: most tokens of prompt and output; None for what the server says.
        sampling: the default; gpt-oss's own when None.
        patience: time limits and retries.

    Raises:
        UserError: `base_url` is no address.
    """

    fix = (
        "Start vLLM 0.10.2 or newer with `vllm serve openai/gpt-oss-20b"
        " --enable-prompt-tokens-details`."
    )
    grammar_fix = (
        "If it is the grammar: VLLMModel(grammar='lark') is for a server started with"
        " `--structured-outputs-config.backend guidance`, 'structural_tag' for xgrammar."
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
        self._served = model or ""
        key = api_key or os.environ.get("VLLM_API_KEY") or None
        self._http = Connection(base_url, api_key=key, patience=patience, fix=self.fix)

    def _connection(self) -> Connection:
        return self._http

    async def _ask(self, connection: Connection) -> Served:
        answer = await connection.json("/v1/models")
        try:
            models = {str(each["id"]): each.get("max_model_len") for each in answer["data"]}
            name = self._name or next(iter(models))
        except (KeyError, TypeError, AttributeError, StopIteration):
            raise Refused(f"{connection.base_url} names no models. {self.fix}") from None
        if name not in models:
            known = connection.refusals.shown(", ".join(models))
            raise Refused(f"{connection.base_url} runs {known}, but no {name}.")
        self._served = name
        return Served(name, models[name])

    def _request(self, call: Call) -> tuple[str, dict[str, Any]]:
        sampling = call.sampling
        body: dict[str, Any] = {
            "model": self._served,
            "prompt": call.prompt,
            "max_tokens": call.max_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "top_k": sampling.top_k,
            "min_p": sampling.min_p,
            "repetition_penalty": 1.0,
            "seed": sampling.seed,
            "stop_token_ids": sorted(call.stop),
            "ignore_eos": True,
            "skip_special_tokens": False,
            "return_token_ids": True,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if sampling.logprobs:
            body |= {"logprobs": 0, "return_tokens_as_token_ids": True}
        if call.bias:
            body["logit_bias"] = {str(token): value for token, value in call.bias.items()}
        return "/v1/completions", body | dict(call.grammar)

    def _piece(self, event: Mapping[str, Any], sampled: int) -> Piece:
        usage = event.get("usage") or {}
        details = usage.get("prompt_tokens_details") or {}
        cached, seen = details.get("cached_tokens"), usage.get("prompt_tokens")
        if not event["choices"]:
            return Piece(cached_tokens=cached, prompt_tokens=seen)
        choice = event["choices"][0]
        logprobs = choice.get("logprobs") or {}
        return Piece(
            choice["token_ids"],
            logprobs.get("token_logprobs"),
            _REASONS.get(choice.get("finish_reason")),
            cached,
            seen,
            choice.get("text"),
        )

    def _spell(self, grammar: Grammar) -> Mapping[str, Any]:
        match self._grammar:
            case "lark":
                from agentkit.harmony.lark import to_lark

                return {"structured_outputs": {"grammar": to_lark(grammar)}}
            case "structural_tag":
                from agentkit.harmony.structural_tag import to_structural_tag

                # vLLM tells xgrammar that the end tokens of generation_config.json are its own.
                tag = json.dumps(to_structural_tag(grammar, ends=STOP_IDS))
                return {"structured_outputs": {"structural_tag": tag}}
            case None:
                raise UserError("This VLLMModel was made with grammar=None.")
