"""Keep the catalogues of translations up to date: `python packaging/catalogues.py` (needs Babel).

Finds the texts in `app`, brings every `.po` in `resources/locale` up to date with them, compiles it to `.mo`.
`--new CODE` begins a catalogue for another language. See docs/translating.md.
"""

from __future__ import annotations

import argparse
import io
import sys
from datetime import datetime, timezone
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "resources" / "locale"
KEYWORDS = {
    "tr": None,
    "say": None,
    "trn": (1, 2),
    "sayn": (1, 2),
    "trc": ((1, "c"), 2),
    "pgettext": ((1, "c"), 2),
    "mark": None,
}
WIDTH = 110
DATELESS = datetime(2026, 1, 1, tzinfo=timezone.utc)
"""In every header, so that a catalogue changes only with its texts."""


def template(root: Path = ROOT) -> Catalog:
    """All texts of the program, without translations."""
    catalog = _catalog()
    found = extract_from_dir(
        root / "app", [("**.py", "python")], keywords=KEYWORDS, comment_tags=("Translators:",)
    )
    # by file, not by line: a line that moves is no change of the catalogue
    for file_name, _, message, comments, context in sorted(found, key=lambda entry: (entry[0], entry[1])):
        place = Path("app", file_name).as_posix()
        catalog.add(message, locations=[(place, None)], auto_comments=comments, context=context)
    for message in catalog:
        message.locations = list(dict.fromkeys(message.locations))
        if message.id and _has_placeholder(message.id):
            message.flags.discard("python-format")
            message.flags.add("python-brace-format")
    return catalog


def read(path: Path) -> Catalog:
    """A catalogue from its ``.po`` file."""
    with path.open("rb") as stream:
        return read_po(stream, locale=path.stem, abort_invalid=True)


def updated(catalog: Catalog, source: Catalog) -> Catalog:
    """A catalogue with the texts of the program; new ones are untranslated, old ones dropped."""
    catalog.update(source, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    return catalog


def po_bytes(catalog: Catalog) -> bytes:
    """As a ``.po`` file."""
    _settle_header(catalog)
    stream = io.BytesIO()
    write_po(stream, catalog, width=WIDTH)
    return stream.getvalue()


def mo_bytes(catalog: Catalog) -> bytes:
    """As a ``.mo`` file."""
    _settle_header(catalog)
    stream = io.BytesIO()
    write_mo(stream, catalog)
    return stream.getvalue()


def main() -> int:
    """Bring all catalogues up to date. Returns the exit status: 1 if texts lack a translation."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--new", metavar="CODE", help="begin a catalogue for another language, such as fr")
    code = parser.parse_args().new
    source = template()
    if code:
        path = FOLDER / f"{code}.po"
        if path.exists():
            sys.exit(f"{path} is there already.")
        path.write_bytes(po_bytes(_catalog(code)))
    status = 0
    for path in sorted(FOLDER.glob("*.po")):
        catalog = updated(read(path), source)
        path.write_bytes(po_bytes(catalog))
        path.with_suffix(".mo").write_bytes(mo_bytes(catalog))
        missing = [message for message in catalog if message.id and not is_translated(message)]
        sys.stdout.write(f"{path.stem}: {len(catalog)} texts, {len(missing)} without translation\n")
        status |= bool(missing)
    return status


def is_translated(message: object) -> bool:
    """Whether a text has a translation in all its forms."""
    found = getattr(message, "string", "")
    return all(found) if isinstance(found, tuple) else bool(found)


def _catalog(locale: str | None = None) -> Catalog:
    return Catalog(locale=locale, charset="utf-8")


def _settle_header(catalog: Catalog) -> None:
    catalog.project, catalog.version = "CFBI Studio", ""
    catalog.header_comment = "# Texts of CFBI Studio. Apache-2.0, as the program."
    catalog.msgid_bugs_address = catalog.last_translator = catalog.language_team = ""
    catalog.creation_date = catalog.revision_date = DATELESS
    catalog.fuzzy = False


def _has_placeholder(identifier: str | tuple[str, ...] | list[str]) -> bool:
    forms = [identifier] if isinstance(identifier, str) else identifier
    return any("{" in form for form in forms)


if __name__ == "__main__":
    sys.exit(main())
