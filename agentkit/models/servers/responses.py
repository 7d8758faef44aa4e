"""Models behind a server that takes messages, not ids: Ollama, LM Studio, hosted APIs, any other.

`ResponsesModel` is ids in and ids out like every model, by translation: `transcript` reads the
prompt back into messages, `responses_api` or `chat_api` asks for a reply, and `speech` writes down
what comes in the ids gpt-oss would have written. So all that stands on a model works, but it is
**not token-exact**: the server renders the prompt in its own way, its model's ids are never seen,
and the KV cache, the sampling and the grammar are the server's. Where a server gives ids, prefer
the class that takes them.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from agentkit.errors import (
    BackendError,
    ContextOverflow,
    ModelError,
    ModelLoadError,
    UserError,
)
from agentkit.harmony.grammar import Grammar
from agentkit.harmony.tokenizer import load_tokenizer
from agentkit.models.base import Capabilities, Finish, Sampling, TokenChunk
from agentkit.models.servers import asking, chat_api, responses_api
from agentkit.models.servers.asking import Asked, Body, Wish
from agentkit.models.servers.function_names import FunctionNames
from agentkit.models.servers.http import LONGEST_EVENT, Connection
from agentkit.models.servers.patience import Patience
from agentkit.models.servers.refusals import Refused
from agentkit.models.servers.speech import Cost, Over, Piece, Scribe
from agentkit.models.servers.transcript import read_prompt

__all__ = ["ResponsesModel"]

Api = Literal["responses", "chat"]

_WIRES: dict[Api, ModuleType] = {"responses": responses_api, "chat": chat_api}
_NOT_THERE = frozenset({404, 405, 501})
_NO_ENDPOINT = re.compile(r"unexpected endpoint", re.IGNORECASE)
_NO_MODEL = re.compile(
    r"\bmodel\b.{0,80}\b(not found|not exist|not loaded|no such)"
    r"|\b(no|invalid|unknown|no such) model|model_not_found",
    re.IGNORECASE | re.DOTALL,
)
# OpenAI says 404 of a reasoning item that it has not kept.
_ABOUT_REQUEST = re.compile(r"refuses \(status (?:200|400|422|500|501)\)|\bItem with id\b")
_MOST_LISTED = 20
_LONGEST_TOKEN = 2_048
"""Characters of the events that one token of a reply may take; a few hundred are common."""
_FIX = "Start the server, or mend base_url."

_log = logging.getLogger(__name__)


class ResponsesModel:
    """A model behind `/v1/responses`, or `/v1/chat/completions` where there is no such thing.

    Args:
        base_url: such as `http://localhost:11434/v1`. `/v1` is added where there is no path.
        model: the server's name for it; None to take the only one that the server lists.
        api_key: sent as a bearer token; None reads RESPONSES_API_KEY.
        api: which of the two to use; None to try `responses` first, once.
        context_length: most tokens of prompt and reply, counted in gpt-oss's tokens.
        sampling: the model's defaults.
        options: put into each request, over what stands there: `{"service_tier": "flex"}`.
        patience: how long to wait and how often to try again; see `Patience`.
        vocabulary: the o200k_base file or its folder; None to find it.

    Raises:
        UserError: `base_url` is no address, or there is no such API.
    """

    def __init__(
        self,
        base_url: str,
        *,
        model: str | None = None,
        api_key: str | None = None,
        api: Api | None = None,
        context_length: int = 131_072,
        sampling: Sampling | None = None,
        options: Mapping[str, Any] | None = None,
        patience: Patience | None = None,
        vocabulary: str | Path | None = None,
    ) -> None:
        if api is not None and api not in get_args(Api):
            raise UserError(f"api is responses, chat or None, not {api!r}.")
        key = api_key or os.environ.get("RESPONSES_API_KEY") or None
        self._server = Connection(base_url, api_key=key, patience=patience, fix=_FIX)
        self._root = _root(base_url)
        self._model = model
        self._api = api
        self._proven = self._closed = False
        self._options = dict(options or {})
        self._vocabulary = vocabulary
        self._refused: dict[str, list[Wish]] = {}
        self._capabilities = Capabilities(
            name=model or self._server.base_url,
            context_length=context_length,
            sampling=sampling or Sampling(),
            grammar=True,
            token_exact=False,
        )

    @property
    def capabilities(self) -> Capabilities:
        """What this model can do."""
        return self._capabilities

    async def load(self) -> None:
        """Ask the server for its only model, if none was named; all else shows at first use.

        Raises:
            ModelLoadError: it has none, or several.
            BackendError: it cannot be reached.
        """
        await self._model_name()

    async def stream(
        self,
        prompt: Sequence[int],
        *,
        sampling: Sampling,
        stop: frozenset[int],
        max_tokens: int,
        grammar: Grammar | None = None,
        session: str | None = None,
    ) -> AsyncGenerator[TokenChunk]:
        """What the server says, in ids; see `Model.stream`.

        Args:
            prompt: a conversation in Harmony, with the header of the reply.
            sampling: passed on, as far as the server takes it.
            stop: a whole reply ends with `<|return|>` or `<|call|>` whatever stands here.
            max_tokens: most ids to give; asked of the server, too, if it is less than the context.
            grammar: the tools and the form of the answer; without it there are none.
            session: not used: what is cached is the server's affair.

        Raises:
            UserError: the prompt is empty, `max_tokens` is not positive, or the model is closed.
            ModelLoadError: at first use: no such model, or no such API at this address.
            ContextOverflow: the prompt does not fit.
            BackendError: the server failed, refused, or spoke what it should not.
        """
        room = self._room(prompt, max_tokens)
        tokenizer = load_tokenizer(self._vocabulary)
        grammar = grammar or Grammar()
        spaces = {each.name.partition(".")[0] for each in grammar.recipients}
        transcript = read_prompt(prompt, tokenizer, spaces)
        names = FunctionNames(grammar.recipients)
        asked = Asked(
            await self._model_name(),
            transcript,
            grammar,
            names,
            sampling,
            max_tokens if max_tokens < room else None,
        )
        scribe = Scribe(
            tokenizer,
            names,
            opened=transcript.opened,
            header_open=transcript.header_open,
            must_call=grammar.must_call,
        )
        left = min(max_tokens, room)
        async with aclosing(self._reply(asked)) as pieces:
            async for piece in pieces:
                ids = scribe.write(piece)
                finish = _finish(piece, len(ids) - left, len(prompt))
                if ids or finish:
                    yield TokenChunk(tuple(ids[:left]), None, finish)
                left -= len(ids)
                if finish:
                    return

    async def close(self) -> None:
        """Close the connections; may be called twice."""
        self._closed = True
        await self._server.close()

    def _room(self, prompt: Sequence[int], max_tokens: int) -> int:
        """Refuse what cannot be asked; the room that the prompt leaves in the context."""
        if self._closed or not prompt or max_tokens < 1:
            raise UserError("The model is closed, the prompt is empty, or max_tokens is below 1.")
        room = self._capabilities.context_length - len(prompt)
        if room < 1:
            raise ContextOverflow(
                f"The prompt has {len(prompt):,} tokens and the context of {self._named()} is"
                f" taken to be {self._capabilities.context_length:,}: shorten the conversation, or"
                " give the server's own context_length=..."
            )
        return room

    # Asking

    async def _reply(self, asked: Asked) -> AsyncGenerator[Piece]:
        """The pieces of one reply, from whichever API is there."""
        if self._api is not None:
            async with aclosing(self._reply_by(self._api, asked)) as pieces:
                async for piece in pieces:
                    yield piece
            return
        begun = False
        try:
            async with aclosing(self._reply_by("responses", asked)) as pieces:
                async for piece in pieces:
                    begun = True
                    self._api = "responses"
                    yield piece
            return
        except Refused as error:
            if begun or not self._is_missing(error):
                raise
        async with aclosing(self._reply_by("chat", asked)) as pieces:
            async for piece in pieces:
                self._api = "chat"
                yield piece

    async def _reply_by(self, api: Api, asked: Asked) -> AsyncGenerator[Piece]:
        """The pieces of one reply by one API; what is refused of the request is left out."""
        wire = _WIRES[api]
        whole: Body = {**wire.body(asked), **self._options}
        form = _form(whole)
        while True:
            body = asking.without(whole, self._refused_for(form))
            begun = False
            try:
                async with aclosing(self._pieces(wire, body)) as pieces:
                    async for piece in pieces:
                        begun = self._proven = True
                        yield piece
                return
            except BackendError as error:
                wish = None if begun else self._wish(body, error)
                if wish is None:
                    raise await self._explained(error, api) from None
                refused = self._refused.setdefault(form if wish.of_answer else "", [])
                if wish in refused:  # By another reply that was asked for at the same time.
                    continue
                refused.append(wish)
                _log.warning("%s refuses %s: %s. %s", self._named(), wish.name, wish.lost, error)

    async def _pieces(self, wire: ModuleType, body: Body) -> AsyncGenerator[Piece]:
        """The pieces of one attempt; the last one is `Over`."""
        reading = wire.Reading(self._server.refusals)
        longest = self._capabilities.context_length * _LONGEST_TOKEN + LONGEST_EVENT
        listening = self._server.listen(f"{self._root}{wire.PATH}", body, longest)
        async with aclosing(listening.events()) as events:
            async for event in events:
                try:
                    pieces = reading.read(event)
                except ValidationError as error:
                    raise self._misshapen(error) from None
                if reading.over:
                    listening.over()
                elif pieces:
                    listening.heard()
                for piece in pieces:
                    yield piece
        for piece in reading.finish():
            yield piece
        if not reading.over:
            raise BackendError(f"{self._server.base_url} broke off in the middle of its reply.")

    # Refusals

    def _refused_for(self, form: str) -> list[Wish]:
        """What has been refused before, for any form of answer and for this one."""
        return [*self._refused.get("", ()), *(self._refused.get(form, ()) if form else ())]

    def _wish(self, body: Body, error: BackendError) -> Wish | None:
        """The part of the request that `error` is about; None when it is about something else."""
        words = self._words(error)
        return asking.refused(body, words) if _ABOUT_REQUEST.search(words) else None

    def _is_missing(self, error: BackendError) -> bool:
        """Whether `error` says that there is no such API here, rather than no such model."""
        if not isinstance(error, Refused):
            return False
        words = self._words(error)
        if error.status in _NOT_THERE:
            return _NO_MODEL.search(words) is None
        return _NO_ENDPOINT.search(words) is not None

    async def _explained(self, error: BackendError, api: Api) -> ModelError:
        """`error` with what to do about it, as far as the server's other answers tell."""
        kind = BackendError if self._proven else ModelLoadError
        if self._is_missing(error):
            if api == "responses" and self._api is None:
                return error
            known = await self._listed()
            hint = f" It lists these models: {known}." if known else ""
            return kind(
                f"{self._server.base_url} has no {self._root}{_WIRES[api].PATH}: {error} base_url"
                f" must lead to an API of OpenAI's kind, such as http://localhost:11434/v1.{hint}"
            )
        if isinstance(error, Refused) and _NO_MODEL.search(self._words(error)):
            known = await self._listed()
            hint = f"It has: {known}." if known else "It lists no models."
            return kind(f"{self._server.base_url} does not serve {self._model!r}. {hint} {error}")
        return error

    def _words(self, error: BackendError) -> str:
        """What the server said, without its address, which may hold any word."""
        return str(error).replace(self._server.base_url, "")

    def _misshapen(self, error: ValidationError) -> BackendError:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        return BackendError(
            f"{self._server.base_url} streams events that are not of the documented shape"
            f" ({where}: {first['msg']}). Try the other API: api='chat' or api='responses'."
        )

    # The server's models

    async def _model_name(self) -> str:
        """The model's name, asked of the server once if it was not given."""
        if self._model is None:
            names = await self._models()
            if len(names) != 1:
                listed = self._listing(names)
                raise ModelLoadError(
                    f"{self._server.base_url} has {len(names)} models{f': {listed}' * bool(names)}."
                    " Say which one: model=..."
                )
            self._model = names[0]
        return self._model

    async def _models(self) -> list[str]:
        answer = await self._server.json(f"{self._root}/models")
        try:
            return [each.id for each in _Models.model_validate(answer).data]
        except ValidationError:
            raise ModelLoadError(
                f"{self._server.base_url} does not list its models as an API of OpenAI's kind does."
                " Check base_url, or say model=..."
            ) from None

    async def _listed(self) -> str:
        """The models there are, for an error; empty when that cannot be found out either."""
        try:
            return self._listing(await self._models())
        except ModelError:
            return ""

    def _listing(self, names: Sequence[str]) -> str:
        listed = self._server.refusals.shown(", ".join(names[:_MOST_LISTED]))
        return f"{listed}, ..." if len(names) > _MOST_LISTED else listed

    def _named(self) -> str:
        name = f"{self._model} at " if self._model else ""
        return name + self._server.base_url


class _Model(BaseModel):
    id: str


class _Models(BaseModel):
    data: list[_Model]


def _root(base_url: str) -> str:
    """What stands before an API's path: `/v1`, unless the address has another path of its own."""
    path = urlsplit(base_url if "://" in base_url else f"http://{base_url}").path.rstrip("/")
    return "" if path and not path.endswith("/v1") else "/v1"


def _form(body: Body) -> str:
    """The form of the answer in a request, to tell it from others; empty without one."""
    form = body.get("text") or body.get("response_format")
    # Some servers hold a form, but not while there are tools.
    return json.dumps([form, "tools" in body], sort_keys=True) if form else ""


def _finish(piece: Piece, excess: int, prompt_tokens: int) -> Finish | None:
    """How the reply ended with this piece, if it did; `excess` ids of it are too many."""
    cost = piece.cost if isinstance(piece, Over) and piece.cost else Cost(prompt_tokens)
    if excess > 0 or (excess == 0 and not isinstance(piece, Over)):
        return Finish("length", cost.prompt_tokens, cost.cached_tokens)
    if isinstance(piece, Over):
        reason: Literal["stop", "length"] = "length" if piece.cut else "stop"
        return Finish(reason, cost.prompt_tokens, cost.cached_tokens)
    return None
