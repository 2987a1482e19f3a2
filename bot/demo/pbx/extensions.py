"""`extension/list` of the PBX stand-in.

Source: P-Series developer guide, "Query Extension List"; a live PBX returned 8 of its 28 extensions on one page.
"""

from collections.abc import Mapping
from typing import Any

from bot.demo.calls import EXTENSIONS
from bot.demo.pbx.faults import Faults
from bot.demo.pbx.rows import number_of
from bot.demo.pbx.wire import Refusal, bad_parameter

DEFAULT_SIZE = 8
MAIL = "demo.example"
MOBILE = "07700900556"
"""A number from the range that Ofcom reserves for fiction."""
MOBILE_OWNER = "5556"


def list_extensions(params: Mapping[str, str], faults: Faults) -> dict[str, Any]:
    """Return one page of the company's extensions. Raises Refusal."""
    if faults.deny_extensions:
        raise Refusal(10005)
    number, size = _whole(params, "page", 1), _whole(params, "page_size", DEFAULT_SIZE)
    size = min(size, faults.page_size_cap)
    rows = [_row(index, written) for index, written in enumerate(EXTENSIONS, 1)]
    return {"total_number": len(rows), "data": rows[(number - 1) * size : number * size]}


def _row(index: int, written: str) -> dict[str, Any]:
    """Return one extension without its empty fields. `written` is its party as in a call: `Evelyn<5566>`."""
    name = written.partition("<")[0]
    number = number_of(written)
    words = name.lower().split()
    told = {
        "id": index,
        "number": number,
        "caller_id_name": name,
        "email_addr": f"{'.'.join(words)}@{MAIL}" if words and name.isascii() else "",
        "mobile_number": MOBILE if number == MOBILE_OWNER else "",
        "role_name": "",
        "presence_status": "available",
    }
    return {field: value for field, value in told.items() if value != ""}


def _whole(params: Mapping[str, str], name: str, default: int) -> int:
    text = params.get(name, "") or str(default)
    if not (text.isascii() and text.isdigit() and int(text)):
        raise bad_parameter(name, text)
    return int(text)
