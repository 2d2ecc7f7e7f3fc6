"""The reference of formats says what the profiles do."""

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_the_page_of_formats_is_up_to_date() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "formats.py"))
    written = (ROOT / "docs" / "reference" / "formats.md").read_text(encoding="utf-8")
    assert written == script["page"](), "scripts/formats.py writes it again"
