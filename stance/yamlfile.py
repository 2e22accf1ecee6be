"""YAML and JSON files that a user writes: read by the safe loader, validated, faults told by file, line and field."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from stance.errors import ConfigError

if TYPE_CHECKING:
    import yaml
    from pydantic_core import ErrorDetails

Model = TypeVar("Model", bound=BaseModel)


EXPECTED = {  # pydantic's name of a wrong type, and what a user should have written
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "string_type": "text",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
}


class Strict(BaseModel):
    """Base of what such files hold: unknown keys are errors, values are frozen and stripped of outer space."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def read(path: str | Path, model: type[Model]) -> Model:
    """Read a file and validate it as `model`.

    Raises:
        ConfigError: missing file, malformed YAML, or a field that does not validate.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not UTF-8 text; save the file as UTF-8") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror or error}); check the path") from None
    return parse(text, model, source=str(path))


def parse(text: str, model: type[Model], *, source: str) -> Model:
    """Validate YAML or JSON text as `model`.

    Args:
        text: the file's content.
        model: what it must be.
        source: what messages call it.

    Raises:
        ConfigError: naming `source`, line, field, what is wrong and the remedy.
    """
    import yaml

    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
        twice = _twice(tree)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{source}:{mark.line + 1}" if mark else source
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ConfigError(f"{where}: malformed YAML: {problem}; check indentation, colons and quotes") from None
    if twice:
        raise ConfigError(f"{source}:{twice.start_mark.line + 1}: {twice.value}: is there twice; keep one")
    if not isinstance(data, Mapping):
        fields = " and ".join(f"`{name}`" for name, field in model.model_fields.items() if field.is_required())
        raise ConfigError(f"{source}:1: a mapping with {fields} is expected, this is {_kind(data)}")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        # A misspelt key also leaves the right one missing: the misspelling is what to name.
        problems = sorted(error.errors(), key=lambda problem: problem["type"] != "extra_forbidden")
        raise ConfigError(_explain(problems[0], model, tree, source, len(problems))) from None


def _explain(problem: ErrorDetails, model: type[BaseModel], tree: yaml.Node | None, source: str, count: int) -> str:
    """One line for the first problem: file, line, field, what is wrong, the remedy."""
    where = problem["loc"]
    field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where).lstrip(".") or "file"
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        known = _model_at(model, where[:-1])
        message = "unknown key" + (f"; known are {', '.join(known.model_fields)}" if known else "; remove it")
    elif problem["type"] == "missing":
        message = "missing; add it"
    elif expected := EXPECTED.get(problem["type"]):
        given = problem["input"]
        plain = given is not None and not isinstance(given, (str, list, Mapping))
        message = f"{expected} is expected, this is {_kind(given)}" + ("; quote it if it is a name" if plain else "")
    more = f" (and {count - 1} more)" if count > 1 else ""
    return f"{source}:{_line(tree, where)}: {field}: {message}{more}"


def _model_at(model: type[BaseModel], where: tuple[Any, ...]) -> type[BaseModel] | None:
    """The model of the entry at `where`."""
    from typing import get_args

    for part in where:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(str(part))
        inner = [kind for kind in get_args(field.annotation) if isinstance(kind, type)] if field else []
        found = next((kind for kind in inner if issubclass(kind, BaseModel)), None)
        if found is None:
            return None
        model = found
    return model


def _line(node: yaml.Node | None, where: tuple[Hashable, ...]) -> int:
    """The line of the deepest node on the way to `where` that exists."""
    import yaml

    line = 1
    for part in where:
        if isinstance(node, yaml.MappingNode):
            pairs = {key.value: (key, value) for key, value in node.value}
            if part not in pairs:
                break
            key, node = pairs[part]
            line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line


def _twice(tree: yaml.Node | None) -> yaml.ScalarNode | None:
    """A key that a mapping has twice, of which YAML would keep the last one silently."""
    import yaml

    waiting, known = [tree], set()
    while waiting:
        node = waiting.pop()
        if id(node) in known:  # an alias of what was looked at
            continue
        known.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        elif isinstance(node, yaml.MappingNode):
            keys: set[str] = set()
            for key, value in node.value:
                if isinstance(key, yaml.ScalarNode) and key.value in keys:
                    return key
                keys.add(str(key.value))
                waiting.append(value)
    return None


def _kind(data: object) -> str:
    if data is None:
        return "empty"
    if isinstance(data, Mapping):
        return "a mapping"
    return "a list" if isinstance(data, list) else "plain text" if isinstance(data, str) else repr(data)
