"""An encrypted object opens under its key and its name only, and says nothing else than what was sealed."""

from __future__ import annotations

import hashlib
import pickle
import secrets
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_safety.store.sealing import CHUNK, HEADER_BYTES, Key, NotSealedSo, key_id, sealed, seals, unsealed

KEY, OTHER = Key.of(bytes(range(32))), Key.of(bytes(range(1, 33)))
EDGES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7]
FULL = CHUNK + 16


@cache
def content_of(size):
    return hashlib.shake_256(b"content").digest(size)


def name_of(content):
    return hashlib.sha256(content).hexdigest()


@cache
def file_of(size, key=KEY):
    content = content_of(size)
    return b"".join(sealed(content, name_of(content), key))


def opened(path, file, name, key=KEY):
    path.write_bytes(file)
    with path.open("rb") as stream:
        return unsealed(stream, name, {key.id: key}.__getitem__)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("sealing") / "file"


@pytest.mark.parametrize("size", EDGES)
def test_content_of_any_length_comes_back(path, size):
    content = content_of(size)
    assert opened(path, file_of(size), name_of(content)) == content


@given(content=st.binary(max_size=4000))
def test_what_was_sealed_does_not_show(path, content):
    file = b"".join(sealed(content, name_of(content), KEY))
    assert seals(file) and key_id(file) == KEY.id
    assert len(file) == HEADER_BYTES + len(content) + 16
    assert len(content) < 8 or content not in file[HEADER_BYTES:]
    assert opened(path, file, name_of(content)) == content


def test_the_same_content_is_never_encrypted_alike():
    content = content_of(100)
    first, second = (b"".join(sealed(content, name_of(content), KEY)) for _ in range(2))
    assert first[HEADER_BYTES:] != second[HEADER_BYTES:]


@settings(max_examples=200)
@given(data=st.data(), size=st.sampled_from([0, 1, 500, CHUNK + 1]))
def test_a_flipped_bit_anywhere_is_refused(path, data, size):
    file = bytearray(file_of(size))
    bit = data.draw(st.integers(0, 8 * len(file) - 1))
    file[bit // 8] ^= 1 << bit % 8
    with pytest.raises((NotSealedSo, KeyError)):  # KeyError: the flipped header names a key that nobody has
        opened(path, bytes(file), name_of(content_of(size)))


@settings(max_examples=100)
@given(data=st.data())
def test_a_file_cut_anywhere_is_refused(path, data):
    file = file_of(2 * CHUNK + 7)
    with pytest.raises(NotSealedSo):
        opened(path, file[: data.draw(st.integers(0, len(file) - 1))], name_of(content_of(2 * CHUNK + 7)))


@pytest.mark.parametrize(
    "order",
    [
        pytest.param([1, 0, 2], id="chunks in another order"),
        pytest.param([0, 0, 2], id="a chunk twice"),
        pytest.param([0, 2], id="a chunk left out"),
        pytest.param([0, 1], id="without the last chunk"),
        pytest.param([0, 1, 2, 2], id="the last chunk twice"),
    ],
)
def test_chunks_that_were_moved_are_refused(path, order):
    file, size = file_of(2 * CHUNK + 7), 2 * CHUNK + 7
    body = file[HEADER_BYTES:]
    chunks = [body[at : at + FULL] for at in range(0, len(body), FULL)]
    assert opened(path, file[:HEADER_BYTES] + b"".join(chunks), name_of(content_of(size))) == content_of(size)
    with pytest.raises(NotSealedSo):
        opened(path, file[:HEADER_BYTES] + b"".join(chunks[number] for number in order), name_of(content_of(size)))


def test_a_file_that_stands_under_another_name_is_refused(path):
    with pytest.raises(NotSealedSo):
        opened(path, file_of(500), name_of(content_of(501)))


def test_a_header_does_not_fit_another_body(path):
    with pytest.raises(NotSealedSo):
        opened(path, file_of(500)[:HEADER_BYTES] + file_of(501)[HEADER_BYTES:], name_of(content_of(501)))


def test_content_that_its_name_does_not_promise_is_refused_though_the_key_sealed_it(path):
    name = name_of(b"promised")
    with pytest.raises(NotSealedSo):
        opened(path, b"".join(sealed(b"other", name, KEY)), name)


def test_another_key_is_refused_even_under_the_same_id(path):
    posing = Key(KEY.id, OTHER._cipher)
    with pytest.raises(NotSealedSo):
        opened(path, file_of(500), name_of(content_of(500)), posing)


def test_a_key_is_neither_printed_nor_pickled():
    secret = secrets.token_bytes(32)
    key = Key.of(secret)
    assert secret.hex() not in f"{key!r} {key}" and repr(secret) not in repr(key)
    assert secret.hex() != key.id and key.id == Key.of(secret).id
    with pytest.raises(TypeError):
        pickle.dumps(key)
    with pytest.raises(ValueError, match="32 bytes"):
        Key.of(secret[:16])
