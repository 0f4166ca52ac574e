"""How an item of a typed answer reads in one line: the same in a ballot, verified, and decided."""

import re
from collections.abc import Mapping

__all__ = ["item_text", "name_as_told"]


def item_text(item: object) -> str:
    """
    Name, value and unit, an address, or a name with what the paper tells more.

    Args:
        item: Of a list answer: a mapping with ``url``, or with ``name`` and perhaps ``value``,
            ``unit`` and ``surface``; anything else reads as it is.
    """
    if not isinstance(item, Mapping):
        return str(item)
    if "url" in item:
        return str(item["url"])
    name, value, unit = item.get("name"), item.get("value"), item.get("unit")
    if value is None and name is not None:
        name = name_as_told(str(name), item.get("surface"))
    # ``number of epochs 150``: a unit that the name says already is not said twice.
    if unit and str(unit).rstrip("s").casefold() in str(name).casefold():
        unit = None
    return " ".join(str(part) for part in (name, value, unit) if part is not None)


def name_as_told(name: str, surface: object) -> str:
    """
    A canonical name, and how the paper writes it where that tells a number or version more.

    Args:
        name: ``resizing``.
        surface: How it stands in the paper, ``resized to 512``; anything that is no text tells
            nothing.

    Returns:
        ``resizing (resized to 512)``, or the name alone.
    """
    if not isinstance(surface, str):
        return name
    extra = set(re.findall(r"\d+", surface)) - set(re.findall(r"\d+", name))
    return f"{name} ({surface})" if extra else name
