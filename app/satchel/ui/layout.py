"""Which regions the page has and what each depends on. The one place that knows the page as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import satchel
from satchel.agent.transcript import SessionView, TextItem
from satchel.ui.announcements import PROMPT_ID
from satchel.ui.controller import Controller
from satchel.ui.regions import Region
from satchel.ui.tree import Tree, action, button, h, hidden_text, region
from satchel.ui.view_state import ViewState
from satchel.ui.views import (
    changeset,
    conflicts,
    dialogs,
    doctor_dialog,
    document,
    file_tree,
    import_dialog,
    interrupted,
    notices,
    permissions,
    project_bar,
    prompt,
    session_list,
    status_bar,
    terminal_panel,
    transcript,
    welcome,
)


def page_regions(controller: Controller) -> Iterator[Region]:
    """Every region as it should be now, outer ones before what is inside them."""
    yield from _frame(controller)
    yield from _side_panels(controller)
    yield from _conversation(controller)
    yield from _review(controller)
    yield _dialog(controller)


def _frame(controller: Controller) -> Iterator[Region]:
    view, session, project = controller.view, controller.service.session, controller.service.project
    name = None if project is None else project.name
    changes = _change_count(controller)
    review = view.review_open and project is not None
    terminal = view.terminal is not None and view.terminal.is_open
    root = (view.panel, review, view.review_wide, terminal)
    yield Region("root", root, partial(_shell, *root))
    title = session.title if session.items else ""
    runs = view.host.runs_programs
    bar = (name, title, changes, review, runs, terminal)
    yield Region("bar", bar, partial(project_bar.view, *bar))
    has_terminal = runs and project is not None
    tabs = (view.panel, changes, has_terminal)
    yield Region("tabs", tabs, partial(project_bar.tabs, *tabs))
    yield Region("terminal", (view.terminal,), partial(terminal_panel.view, view.terminal))
    yield Region("notices", (view.notices,), partial(notices.view, view.notices))
    status = (view.host, session.turn, session.event_count, session.head, session.failure, view.busy)
    yield Region("status", status, partial(status_bar.view, *status))


def _shell(panel: str, review: bool, wide: bool, terminal: bool) -> Tree:
    return h(
        "div",
        {
            "class": "shell",
            "data-panel": panel,
            "data-review": "wide" if review and wide else "open" if review else "closed",
            "data-terminal": "open" if terminal else "closed",
        },
        h("a", {"class": "skip-link", "href": f"#{PROMPT_ID}"}, "Skip to the prompt"),
        region("bar"),
        h(
            "div",
            {"class": "workbench"},
            h(
                "aside",
                {"class": "sidebar", "aria-label": "Files and sessions"},
                region("files"),
                region("sessions"),
            ),
            h(
                "main",
                {"class": "conversation"},
                h("h2", {"class": "visually-hidden"}, "Conversation"),
                region("transcript"),
                h("div", {"class": "composer"}, region("question"), region("prompt")),
            ),
            h(
                "section",
                {
                    "class": "review-panel",
                    "id": "review-panel",
                    "tabindex": -1,
                    "aria-labelledby": "review-heading",
                },
                region("review-head"),
                region("changes"),
                region("document"),
            ),
            region("terminal"),
        ),
        region("status"),
        region("tabs"),
        region("notices"),
        region("dialog"),
        h(
            "shortcuts",
            {
                "on": {
                    "keydown": [
                        action("help.open", keys=["?"], prevent=True),
                        action("turn.cancel", keys=["Escape"]),
                        action("local.next-part", keys=["F6"], prevent=True),
                        action("terminal.toggle", keys=["Ctrl+`"], prevent=True),
                    ]
                }
            },
        ),
    )


def _side_panels(controller: Controller) -> Iterator[Region]:
    service, view = controller.service, controller.view
    files = (
        service.project is not None,
        controller.workspace.listing,
        view.expanded_directories,
        view.open_file if view.document == "file" else "",
        service.changeset,
    )
    yield Region("files", files, partial(file_tree.view, *files))
    sessions = (service.sessions, service.session.session_id)
    yield Region("sessions", sessions, partial(session_list.view, *sessions))


def _conversation(controller: Controller) -> Iterator[Region]:
    service, view = controller.service, controller.view
    session = service.session
    has_project = service.project is not None
    if session.items:
        key = transcript.skeleton_key(session.items)
        yield Region("transcript", (key,), partial(transcript.skeleton, key))
        last = session.items[-1]
        activity = (str(session.turn), isinstance(last, TextItem) and last.streaming and last.text != "")
        yield Region("activity", activity, partial(transcript.activity, *activity))
        for item in session.items:
            expanded = item.id in view.expanded_tools
            yield Region(
                transcript.item_region(item.id),
                (item, expanded),
                partial(transcript.item_view, item, expanded),
            )
    elif not has_project:
        has_sample = controller.sample is not None
        yield Region("transcript", (view.host, has_sample), partial(welcome.view, view.host, has_sample))
    else:
        yield Region("transcript", ("ready",), _ready)
    yield Region("question", (session.questions,), partial(prompt.question, session.questions))
    inputs = (session.session_id, session.turn != "idle", session.model, has_project)
    yield Region("prompt", inputs, partial(prompt.prompt, *inputs))


def _ready() -> Tree:
    return h(
        "div",
        {"class": "welcome ready"},
        h("p", {"class": "welcome-title"}, "What should be done?"),
        h(
            "p",
            {"class": "welcome-lead"},
            "Describe a task below. The agent explores the project, proposes edits, and "
            "you decide what becomes of them.",
        ),
        h(
            "div",
            {"class": "button-row suggestions"},
            (
                button(text, action("prompt.suggest", {"text": text}))
                for text in (
                    "Find something worth improving and fix it",
                    "Explain how this project is laid out",
                )
            ),
        ),
    )


def _review(controller: Controller) -> Iterator[Region]:
    service, view = controller.service, controller.view
    if service.project is None or (not view.review_open and view.panel != "changes"):
        return
    head = (view.document, view.review_wide, _change_count(controller))
    yield Region("review-head", head, partial(_review_head, *head))
    if view.document == "file":
        file = controller.workspace.file
        yield Region("document", (file,), partial(document.file, file))
    elif service.interrupted_commit is not None:
        cut_off = (service.interrupted_commit, service.project.id, view.host.can_pick_folder, view.busy)
        yield Region("changes", cut_off, partial(interrupted.view, *cut_off))
    elif view.commit_report is not None and view.commit_report.conflicts:
        conflict = (view.commit_report, view.selected_conflict, view.conflict_pair)
        yield Region("document", conflict, partial(conflicts.view, *conflict))
    else:
        yield _changes(controller, view)
        shown = (controller.workspace.comparison, controller.workspace.comparison_problem)
        if service.changeset is not None and service.changeset.changes:
            yield Region("document", shown, partial(document.difference, *shown))


def _changes(controller: Controller, view: ViewState) -> Region:
    service = controller.service
    project_id = "" if service.project is None else service.project.id
    inputs = (
        service.changeset,
        view.accepted,
        view.selected_change,
        project_id,
        view.host.can_pick_folder,
        view.busy,
    )

    def draw() -> Tree:
        accepted = controller.accepted_paths()
        return changeset.view(
            service.changeset,
            accepted,
            view.selected_change,
            project_id,
            view.host.can_pick_folder,
            view.busy,
        )

    return Region("changes", inputs, draw)


def _review_head(shown: str, wide: bool, changes: int) -> Tree:
    segments = (("changes", f"Changes {changes}" if changes else "Changes"), ("file", "File"))
    return h(
        "div",
        {"class": "panel-head review-head"},
        h(
            "h2",
            {"id": "review-heading"},
            hidden_text("Review: "),
            "Changes" if shown == "changes" else "File",
        ),
        h(
            "div",
            {"class": "segments", "role": "group", "aria-label": "What to show"},
            (
                button(
                    label,
                    action("review.show", {"document": name}),
                    kind="segment",
                    aria_pressed=str(name == shown).lower(),
                )
                for name, label in segments
            ),
        ),
        h(
            "span",
            {"class": "review-controls"},
            button("Refresh", action("changes.refresh"), icon_name="history", kind="ghost", quiet_label=True),
            button(
                "Narrower" if wide else "Wider",
                action("review.widen"),
                kind="ghost wide-only",
                icon_name="chevron-right" if wide else "list",
                quiet_label=True,
            ),
            button("Close review", action("review.close"), icon_name="close", kind="ghost", quiet_label=True),
        ),
    )


def _dialog(controller: Controller) -> Region:
    service, view = controller.service, controller.view
    if view.dialog == "import":
        inputs = (view.importing, service.import_progress, view.host, controller.sample is not None)
        return Region("dialog", inputs, partial(import_dialog.view, *inputs))
    if view.dialog == "help":
        return Region("dialog", ("help",), partial(dialogs.help_dialog, satchel.__version__))
    if view.dialog == "doctor" and view.examination is not None:
        return Region("dialog", (view.examination,), partial(doctor_dialog.view, view.examination))
    if view.dialog == "rename-session":
        title = _session_title(controller.service.session, controller, view.dialog_subject)
        return Region(
            "dialog", (view.dialog, title), partial(dialogs.rename_dialog, title, view.dialog_subject)
        )
    if view.dialog == "delete-session":
        asked = (
            _session_title(controller.service.session, controller, view.dialog_subject),
            view.dialog_subject,
            _has_project_alone(controller, view.dialog_subject),
        )
        return Region("dialog", (view.dialog, *asked), partial(dialogs.delete_dialog, *asked))
    if view.dialog == "permissions":
        return Region("dialog", ("permissions", *service.grants), partial(permissions.view, service.grants))
    if view.dialog == "discard":
        count = len(controller.discardable_paths())
        return Region("dialog", ("discard", count), partial(dialogs.discard_dialog, count))
    return Region("dialog", ("",), partial(h, "div", {"class": "no-dialog"}))


def _session_title(session: SessionView, controller: Controller, session_id: str) -> str:
    if session.session_id == session_id:
        return session.title
    return next((s.title for s in controller.service.sessions if s.id == session_id), "")


def _has_project_alone(controller: Controller, session_id: str) -> bool:
    """Whether the session has a project that no other session has."""
    sessions = controller.service.sessions
    project = next((session.project_id for session in sessions if session.id == session_id), None)
    return project is not None and sum(session.project_id == project for session in sessions) == 1


def _change_count(controller: Controller) -> int:
    changeset_now = controller.service.changeset
    return 0 if changeset_now is None else len(changeset_now.changes)
