"""Servers that let in without a credential fail, those that are not there could not be probed (8.1 b 3)."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from dataset_safety.safeguards.probes.authentication import DagsterLogin, ReviewLogin
from dataset_safety.safeguards.probes.contract import Kind, Result
from dataset_safety.store.servers import lets_in_without_password
from dataset_safety_tests.safeguards.probes.servers import postgresql, served

REFUSED = {"data": {"launchRun": {"__typename": "UnauthorizedError"}}}


async def _read_only(request: Request) -> Response:
    query = (await request.json())["query"]
    return JSONResponse(REFUSED if "mutation" in query else {"data": {"version": "1"}})


async def _only_without_a_header(request: Request) -> Response:
    if "authorization" in request.headers:
        return JSONResponse({"data": {}})
    return PlainTextResponse("who are you?", 401)


async def _to_the_sign_in_page(request: Request) -> Response:
    return RedirectResponse("/sign-in", 303)


async def _to_another_scheme(request: Request) -> Response:
    return RedirectResponse("https://127.0.0.1/graphql?token=secret", 301)


async def _to_another_host(request: Request) -> Response:
    return RedirectResponse("//chen:secret@dagster.example/graphql", 307)


async def _nothing_behind(request: Request) -> Response:
    return PlainTextResponse("bad gateway", 502)


async def _something_else(request: Request) -> Response:
    return PlainTextResponse("a page", 404)


@pytest.mark.parametrize(
    ("answer", "result", "told"),
    [
        (_read_only, Result.FAILED, "reads"),
        (_only_without_a_header, Result.FAILED, "launches runs with a wrong token"),
        (_to_the_sign_in_page, Result.PASSED, "6 requests refused"),
        (_to_another_scheme, Result.COULD_NOT_RUN, "leads to https://127.0.0.1:443"),
        (_to_another_host, Result.COULD_NOT_RUN, "leads to http://dagster.example:80"),
        (_nothing_behind, Result.COULD_NOT_RUN, "502"),
        (_something_else, Result.COULD_NOT_RUN, "404"),
    ],
)
def test_dagster_has_to_refuse_reading_and_launching_with_every_wrong_credential(world, answer, result, told):
    with served(Starlette(routes=[Route("/graphql", answer, methods=["POST"])])) as address:
        seen = DagsterLogin().run(world.web(address))
    assert seen.result is result and told in seen.observed and "secret" not in seen.observed
    assert ("address that it leads to" in seen.remedy) == ("leads to" in told)


def test_a_password_of_the_environment_is_not_taken_for_an_open_server(world):
    with postgresql("scram-sha-256") as (port, password):
        world.patch.setenv("PGPASSWORD", password)
        assert lets_in_without_password(f"postgresql+psycopg://safety@127.0.0.1:{port}/postgres") is False
        stated = f"postgresql+psycopg://safety@127.0.0.1:{port}/postgres?password={password.replace(' ', '%20')}"
        assert lets_in_without_password(stated) is False


def _page(sign_in: int, rest: int) -> Starlette:
    async def answer(request: Request) -> Response:
        return PlainTextResponse("", sign_in if request.url.path == "/sign-in" else rest)

    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])


@pytest.mark.parametrize(
    ("sign_in", "rest", "result"),
    [
        (401, 403, Result.PASSED),
        (429, 401, Result.PASSED),
        (303, 401, Result.FAILED),
        (401, 200, Result.FAILED),
        (401, 400, Result.COULD_NOT_RUN),
    ],
)
def test_the_review_page_has_to_refuse_the_page_its_data_and_a_wrong_token(world, sign_in, rest, result):
    with served(_page(sign_in, rest)) as address:
        assert ReviewLogin().run(world.web(address, Kind.REVIEW_PAGE)).result is result
