"""Who can reach the stores: by their modes, and as an account without rights (8.1 b 3)."""

from __future__ import annotations

import os

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dataset_safety.safeguards.exposure import exposed
from dataset_safety.safeguards.probes.access import FileModes, ReviewRoles, UnprivilegedAccount
from dataset_safety.safeguards.probes.contract import Kind, Result
from dataset_safety_tests.safeguards.probes.deployments import World, home_in_the_open
from dataset_safety_tests.safeguards.probes.servers import served

root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another account")


def test_what_lies_in_a_private_folder_is_out_of_reach_whatever_its_mode(tmp_path):
    tmp_path.chmod(0o700)
    (tmp_path / "file").write_text("x")
    (tmp_path / "file").chmod(0o666)
    assert list(exposed(tmp_path)) == []
    assert [one.name for one in exposed(tmp_path, secret=True)] == ["file"]
    tmp_path.chmod(0o711)
    assert [one.name for one in exposed(tmp_path)] == [".", "file"]


def test_a_private_folder_below_an_open_one_protects_what_it_holds(tmp_path):
    tmp_path.chmod(0o755)
    (tmp_path / "private" / "deeper").mkdir(parents=True)
    (tmp_path / "private" / "deeper" / "file").write_text("x")
    (tmp_path / "private").chmod(0o700)
    assert [one.name for one in exposed(tmp_path)] == ["."]


@root
def test_a_file_of_another_account_is_told(tmp_path):
    tmp_path.chmod(0o700)
    (tmp_path / "file").write_text("x")
    os.chown(tmp_path / "file", 65534, 65534)
    assert [(one.name, one.why) for one in exposed(tmp_path)] == [("file", "belongs to another account")]


@pytest.mark.parametrize(("mode", "result"), [(0o600, Result.PASSED), (0o640, Result.FAILED)])
def test_a_key_has_to_be_private_by_itself(world, mode, result):
    world.store.home.key("identity")
    (world.store.home.keys / "identity.key").chmod(mode)
    assert FileModes().run(world.target(Kind.KEYS)).result is result


@root
@pytest.mark.parametrize("kind", [Kind.HOME, Kind.DATABASE_FILE, Kind.KEYS])
@pytest.mark.parametrize("open_to_all", [True, False])
def test_an_account_without_rights_reads_what_is_open_and_nothing_else(world, kind, open_to_all):
    with home_in_the_open(world) as store:
        store.home.key("identity")
        if open_to_all:
            for path in (store.home.root, *store.home.root.rglob("*")):
                path.chmod(0o777 if path.is_dir() else 0o666)
        seen = UnprivilegedAccount().run(World(store, world.folder, world.patch).target(kind))
    assert seen.result is (Result.FAILED if open_to_all else Result.PASSED)
    assert ("read" in seen.observed and "write" in seen.observed) is open_to_all
    assert seen.facts["attempts"] >= 2


def _page_that_says(status: int, body: str) -> Starlette:
    """A page that signs everybody in, lists one draw, and gives one answer to every answer."""

    async def signed(request: Request) -> Response:
        return PlainTextResponse("", headers={"set-cookie": "session=x"})

    async def home(request: Request) -> Response:
        return PlainTextResponse(f'<meta name="csrf" content="abc"><a href="/draws/{"a" * 64}">')

    async def answer(request: Request) -> Response:
        return PlainTextResponse(body, status)

    return Starlette(
        routes=[
            Route("/sign-in", signed, methods=["POST"]),
            Route("/", home),
            Route("/api/{rest:path}", answer, methods=["POST"]),
        ]
    )


@pytest.mark.parametrize(
    ("status", "body", "result"),
    [
        (403, '{"problem": "viewers only look"}', Result.PASSED),
        (422, '{"problem": "viewers only look"}', Result.PASSED),
        (403, "the token of the form is missing", Result.COULD_NOT_RUN),
        (401, "", Result.COULD_NOT_RUN),
        (200, "{}", Result.FAILED),
        (404, "no such sample", Result.FAILED),
    ],
)
def test_only_what_the_page_refuses_for_the_role_counts_as_a_refusal_of_the_role(world, status, body, result):
    with served(_page_that_says(status, body)) as address:
        assert ReviewRoles().run(world.web(address, Kind.REVIEW_PAGE, viewer_token="token")).result is result


@root
def test_without_privileges_to_give_up_the_probe_could_not_run(world):
    target, child = world.target(Kind.HOME), os.fork()
    if child == 0:  # nothing but the probe, in a process that gives its privileges up
        code = 1
        try:
            os.setgid(65534)
            os.setuid(65534)
            code = 0 if UnprivilegedAccount().run(target).result is Result.COULD_NOT_RUN else 1
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
