"""Shapes of fine-tuning records: their turns in order, each with a role (7.2, sample = one prompt/response record)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

ROLES = {
    "human": "user", "user": "user", "prompter": "user", "q": "user", "question": "user",
    "gpt": "assistant", "assistant": "assistant", "chatgpt": "assistant", "bot": "assistant", "model": "assistant",
    "bing": "assistant", "bard": "assistant", "answer": "assistant",
    "system": "system", "developer": "system", "tool": "tool", "function": "tool", "observation": "tool", "ipython": "tool",
    "function_response": "tool", "tool_response": "tool", "function_call": "tool_call", "tool_call": "tool_call",
}  # fmt: skip
"""Names that data use for a role, and the one name that stands for them; an unknown name stays as it is."""
CONVERSATIONS = ("messages", "conversations", "conversation", "dialogue", "dialog", "turns", "chat")
QUESTIONS = ("question", "prompt", "query", "instruction", "problem")
ANSWERS = (
    "answer", "std_answer", "reference", "response", "output", "completion", "solution", "reference_answer", "ground_truth",
    "answers",
)  # fmt: skip
CONTEXTS = ("context", "passage", "background", "text")
_UNSEEN = ("image", "image_url", "audio", "input_audio", "video", "file")
"""Parts of a message that hold media, no text."""

Turns = list[tuple[str, str]]


def turns_of(row: Mapping[str, Any]) -> Turns | None:
    """Role and content of each turn, or None when the row has no shape of fine-tuning data."""
    for shape in (_conversation, _preference, _instruction, _parallel, _question):
        turns = shape(row)
        if turns is not None:
            return [(role, content) for role, content in turns if content.strip()]
    return None


def messages_of(value: Any) -> Turns | None:
    """Turns of a list of messages (role/content, from/value, or human/assistant pairs); None when it is no such list."""
    if not isinstance(value, list) or not value or not all(isinstance(message, dict) for message in value):
        return None
    turns: Turns = []
    for message in value:
        found = list(_message(message))
        if not found and not _is_message(message):
            return None
        turns.extend(found)
    return turns


def _is_message(message: Mapping[str, Any]) -> bool:
    return ("role" in message or "from" in message) and any(key in message for key in ("content", "value", "text", "tool_calls"))


def _message(message: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if not _is_message(message):
        for key in ("human", "user", "assistant", "bot", "gpt"):
            if isinstance(message.get(key), str):
                yield ROLES[key], message[key]
        return
    named = message.get("role", message.get("from"))
    role = ROLES.get(named.strip().lower(), named.strip().lower()[:32]) if isinstance(named, str) else "unknown"
    for key in ("reasoning_content", "reasoning", "thought"):
        if isinstance(message.get(key), str):
            yield role, message[key]
    content = next((message[key] for key in ("content", "value", "text") if message.get(key) is not None), "")
    yield role, content_text(content)
    if message.get("tool_calls"):
        yield "tool_call", json.dumps(message["tool_calls"], ensure_ascii=False, default=str)


def content_text(content: Any) -> str:
    """The text of a message: a string, or typed parts (``type``/``text``, ``type``/``value``) joined by line feeds."""
    if isinstance(content, str):
        return content
    if isinstance(content, dict):
        content = [content]
    if not isinstance(content, list):
        return ""
    parts: list[str] = []
    for part in content:
        if isinstance(part, str):
            parts.append(part)
        elif isinstance(part, dict) and part.get("type") not in _UNSEEN:
            held = next((part[key] for key in ("text", "value", "content") if part.get(key) is not None), None)
            if held is not None:
                parts.append(held if isinstance(held, str) else json.dumps(held, ensure_ascii=False, default=str))
    return "\n".join(part for part in parts if part.strip())


def _conversation(row: Mapping[str, Any]) -> Turns | None:
    for key in CONVERSATIONS:
        turns = messages_of(row.get(key))
        if turns is not None:
            return [*_frame(row), *turns, *_choices(row, turns)]
    return None


def _frame(row: Mapping[str, Any]) -> Turns:
    """System prompt and tools that stand beside the turns."""
    turns = [("system", row[key]) for key in ("system", "system_prompt") if isinstance(row.get(key), str)]
    tools = row.get("tools") or row.get("functions")
    if tools:
        turns.append(("tools", tools if isinstance(tools, str) else json.dumps(tools, ensure_ascii=False, default=str)))
    return turns


def _choices(row: Mapping[str, Any], before: Turns) -> Turns:
    """Chosen and rejected answers; turns that only repeat the prompt are left out."""
    turns: Turns = []
    for role in ("chosen", "rejected"):
        value = row.get(role)
        listed = messages_of([value] if isinstance(value, dict) else value)
        if isinstance(value, str):
            turns.append((role, value))
        elif listed is not None:
            repeated = [content for _, content in before]
            skip = next((k for k, (_, content) in enumerate(listed) if k >= len(repeated) or content != repeated[k]), len(listed))
            turns.extend((role, content) for _, content in listed[skip:])
    return turns


def _preference(row: Mapping[str, Any]) -> Turns | None:
    if row.get("chosen") is None or row.get("rejected") is None:
        return None
    turns = [*_frame(row), *_asked(row)]
    chosen = _choices(row, turns)
    return [*turns, *chosen] if chosen else None


def _asked(row: Mapping[str, Any]) -> Turns:
    for key in QUESTIONS:
        value = row.get(key)
        if isinstance(value, str):
            extra = row.get("input") if key == "instruction" else None
            return [("user", value), *([("user", extra)] if isinstance(extra, str) else [])]
        listed = messages_of(value)
        if listed is not None:
            return listed
    return []


def _answered(row: Mapping[str, Any]) -> Turns | None:
    """All answers under the usual names; a list holds several, SQuAD's ``{text: [...]}`` too."""
    turns: Turns = []
    found = False
    for key in ANSWERS:
        value = row.get(key)
        if isinstance(value, dict) and isinstance(value.get("text"), (str, list)):
            value = value["text"]
        if isinstance(value, str):
            found = True
            turns.append(("assistant", value))
        elif isinstance(value, list):
            texts = [entry.get("text") if isinstance(entry, dict) else entry for entry in value]
            found = found or any(isinstance(text, str) for text in texts)
            turns.extend(("assistant", text) for text in texts if isinstance(text, str))
    return turns if found else None


def _instruction(row: Mapping[str, Any]) -> Turns | None:
    """Instruction, input and output; BELLE's seed tasks keep input and output in ``instances``."""
    instruction = row.get("instruction")
    if not isinstance(instruction, str):
        return None
    turns = [*_frame(row), *_history(row), ("user", instruction)]
    if isinstance(row.get("input"), str):
        turns.append(("user", row["input"]))
    instances = row.get("instances")
    for instance in instances if isinstance(instances, list) else []:
        for key, role in (("input", "user"), ("output", "assistant")):
            if isinstance(instance, dict) and isinstance(instance.get(key), str):
                turns.append((role, instance[key]))
    return [*turns, *(_answered(row) or [])]


def _history(row: Mapping[str, Any]) -> Turns:
    history = row.get("history")
    turns: Turns = []
    for pair in history if isinstance(history, list) else []:
        if isinstance(pair, list) and len(pair) == 2 and all(isinstance(side, str) for side in pair):
            turns.extend((("user", pair[0]), ("assistant", pair[1])))
    return turns


def _parallel(row: Mapping[str, Any]) -> Turns | None:
    """Input and output as strings or as parallel lists of turns."""
    asked, answered = row.get("input"), row.get("output")
    if isinstance(asked, str) and isinstance(answered, str):
        return [*_frame(row), ("user", asked), ("assistant", answered)]
    if not isinstance(asked, list) or not isinstance(answered, list):
        return None
    if not all(isinstance(text, str) for text in (*asked, *answered)):
        return None
    turns = _frame(row)
    for k in range(max(len(asked), len(answered))):
        turns.extend(("user", text) for text in asked[k : k + 1])
        turns.extend(("assistant", text) for text in answered[k : k + 1])
    return turns


def _question(row: Mapping[str, Any]) -> Turns | None:
    asked = _asked(row)
    answered = _answered(row) if asked else None
    if answered is None:
        return None
    contexts = [("user", row[key]) for key in CONTEXTS if isinstance(row.get(key), str)]
    return [*_frame(row), *_history(row), *contexts, *asked, *answered]
