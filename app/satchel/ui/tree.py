"""Trees: what a view returns. Plain JSON (a string, or tag, props and children), built with `h`.

The page's renderer allow-lists tags, attributes, addresses and events again; nothing here is trusted there. Props are
HTML attributes plus `key` and `on`; `on` maps a DOM event to a binding made by `action`. The tags that are not HTML
(`region`, `island`, `icon`, `modal`, `draft`, `pinned`, `shortcuts`) are described in the renderer's `vnode.js`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from satchel.base.jsonvalue import JsonObject, JsonValue

Tree: TypeAlias = "str | tuple[str, JsonObject, tuple[Tree, ...]]"
Child: TypeAlias = "Tree | Iterable[Tree | None] | None"
Binding: TypeAlias = "tuple[str, JsonObject, JsonObject]"

_NO_PROPS: Mapping[str, JsonValue] = {}


def h(tag: str, props: JsonObject | None = None, *children: Child) -> Tree:
    """An element. A child may be a tree, None (left out), or an iterable of both."""
    flat: list[Tree] = []
    for child in children:
        if child is None:
            continue
        if isinstance(child, str) or _is_element(child):
            flat.append(child)  # type: ignore[arg-type]  # narrowed by _is_element, which mypy cannot express here
        else:
            flat.extend(part for part in child if part is not None)  # type: ignore[misc]
    return (tag, _NO_PROPS if props is None else props, tuple(flat))


def _is_element(child: object) -> bool:
    return (
        isinstance(child, tuple)
        and len(child) == 3
        and isinstance(child[0], str)
        and isinstance(child[1], Mapping)
    )


def action(
    name: str,
    args: JsonObject | None = None,
    *,
    keys: Iterable[str] = (),
    prevent: bool = False,
    value: bool = False,
    form: bool = False,
    guard_ms: int = 0,
) -> Binding:
    """What an event does: send the action `name`.

    `keys` limits it to these keys, `prevent` stops the browser's own behaviour, `value` and `form` send the control's
    value or the form's fields along, `guard_ms` ignores it while the element has only just appeared.
    """
    options: dict[str, JsonValue] = {}
    if keys:
        options["keys"] = list(keys)
    for option, wanted in (("prevent", prevent), ("value", value), ("form", form)):
        if wanted:
            options[option] = True
    if guard_ms:
        options["guard"] = guard_ms
    return (name, _NO_PROPS if args is None else args, options)


def region(region_id: str) -> Tree:
    """The slot of a region that is sent on its own."""
    return h("region", {"id": region_id})


def icon(name: str) -> Tree:
    """A decorative icon; whatever control holds it must have a name of its own."""
    return h("icon", {"name": name})


def button(
    label: str,
    binding: Binding,
    *,
    icon_name: str = "",
    kind: str = "",
    quiet_label: bool = False,
    **attributes: JsonValue,
) -> Tree:
    """A real button with a visible label, or with only an icon to see (`quiet_label`): then the label is its name.

    Attribute names are written with underscores (`aria_expanded`).
    """
    props: dict[str, JsonValue] = {"class": f"button {kind}".rstrip(), "on": {"click": binding}}
    props.update({name.replace("_", "-"): value for name, value in attributes.items()})
    if quiet_label:
        props["class"] = f"button icon-button {kind}".rstrip()
        props["aria-label"] = label
        props.setdefault("title", label)
        return h("button", props, icon(icon_name))
    return h("button", props, icon(icon_name) if icon_name else None, h("span", {"class": "label"}, label))


def hidden_text(text: str) -> Tree:
    """Text for screen readers only."""
    return h("span", {"class": "visually-hidden"}, text)
