"""Read one YAML file and remember on which line everything stands."""

from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from etl.errors import CatalogueError

__all__ = ["YamlFile", "read_yaml_file"]

#: A question file has about 2 kB and a vocabulary about 10 kB; more is not a catalogue file.
_MAX_BYTES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlFile:
    """The plain values of one YAML file, with their lines."""

    path: Path
    #: Dicts, lists and scalars.
    value: Any
    root: yaml.Node

    def line_of(self, *location: str | int) -> int:
        """
        The line on which an entry stands.

        Args:
            location: Keys and indices from the top, e.g. ``"terms", 3, "term"``.

        Returns:
            1-based line of the deepest part of *location* that exists.
        """
        node, line = self.root, self.root.start_mark.line
        for step in location:
            found = _child(node, step)
            if found is None:
                break
            marked, node = found
            line = marked.start_mark.line
        return int(line) + 1


def read_yaml_file(path: Path) -> YamlFile:
    """
    Read one file.

    Raises:
        CatalogueError: The file cannot be read, is over 1 MB, is not UTF-8 or not one YAML
            document, repeats a key, or uses an alias (aliases can blow a small file up).
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(_MAX_BYTES + 1)
    except OSError as error:
        raise CatalogueError(f"{path}:1: cannot be read: {error.strerror or error}") from error
    if len(content) > _MAX_BYTES:
        raise CatalogueError(f"{path}:1: is larger than {_MAX_BYTES} bytes")
    try:
        loader = _StrictLoader(content.decode("utf-8-sig"))
        root = loader.get_single_node()
        value = None if root is None else loader.construct_document(root)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CatalogueError(f"{path}:{line}: is not UTF-8") from error
    except yaml.reader.ReaderError as error:
        raise CatalogueError(f"{path}:1: holds a control character: {error.reason}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise CatalogueError(f"{path}:{line}: {error.problem or error.context}") from error
    except (RecursionError, ValueError) as error:
        raise CatalogueError(f"{path}:1: is not a catalogue file: {error}") from error
    if root is None:
        raise CatalogueError(f"{path}:1: is empty")
    return YamlFile(path=path, value=value, root=root)


class _StrictLoader(yaml.SafeLoader):
    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:  # noqa: ANN401 - PyYAML's signature
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases are not allowed", mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        seen: set[str] = set()
        for key, _ in node.value:
            # YAML keeps the last of two equal keys; a lost line is an error here.
            if isinstance(key.value, str) and key.value in seen:
                problem = f"the key {key.value!r} stands here twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep=deep)


def _child(node: yaml.Node, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """Return the node that marks the line and the node to go on from."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item, item
    return None
