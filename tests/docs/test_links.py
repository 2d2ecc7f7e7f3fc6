"""What documents point at is there."""

import re

import pytest

from tests.docs.pages import ROOT, Page, page, pages


@pytest.mark.parametrize("source", pages(), ids=lambda one: one.name)
def test_every_link_leads_somewhere(source: Page) -> None:
    dead = []
    for link in source.links:
        place, _, anchor = link.partition("#")
        target = (source.path.parent / place).resolve() if place else source.path
        known = Page(target).anchors if target.suffix == ".md" and target.is_file() else set()
        if not target.exists() or (anchor and anchor not in known):
            dead.append(link)
    assert dead == []


def test_the_reader_of_links_sees_dead_ones() -> None:
    """A page without links that can be read would pass the test above."""
    readme = page("README.md")
    assert {"docs/guides/on-call.md", "docs/runbooks/", "CHANGELOG.md", "docs/images/overview.png"} <= set(readme.links)
    assert {"serve-on-your-broker", "back-up"} <= page("docs/guides/operator.md").anchors
    assert "asked-for-used-why" in readme.anchors


def test_every_runbook_of_the_rules_is_there_and_in_the_guide() -> None:
    rules = (ROOT / "registry" / "rules.yaml").read_text(encoding="utf-8")
    named = set(re.findall(r"^ +runbook: *([\w.-]+)", rules, re.MULTILINE))
    assert len(named) > 5
    assert [name for name in sorted(named) if not (ROOT / "docs" / "runbooks" / name).is_file()] == []
    assert {f"../runbooks/{name}" for name in named} <= set(page("docs/guides/on-call.md").links)
