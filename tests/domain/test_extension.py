"""Whose extension is whose."""

import pytest

from bot.domain.extension import Extension, extension_of

EVELYN = Extension(number="5566", name="Evelyn", email="Evelyn@demo.example", mobile="07700 900556")
DAVE = Extension(number="5556", name="Dave Harris", email="", mobile="")


@pytest.mark.parametrize(
    ("phone", "email", "found"),
    [
        pytest.param("5566", "", EVELYN, id="the extension's number"),
        pytest.param("55 66", "", EVELYN, id="the same with a blank"),
        pytest.param("", "evelyn@DEMO.example", EVELYN, id="the e-mail address, whatever its case"),
        pytest.param("+44 (0)7700 900556", "", EVELYN, id="the mobile, written otherwise"),
        pytest.param("+41 7700 900556", "", None, id="the same digits in another country"),
        pytest.param("5556", "evelyn@demo.example", EVELYN, id="the e-mail address before the telephone"),
        pytest.param("900556", "", None, id="the end of a mobile is not enough"),
        pytest.param("", "", None, id="nothing is like nothing"),
        pytest.param("5570", "leo@demo.example", None, id="nobody's"),
        pytest.param("not now", "?", None, id="no number at all"),
    ],
)
def test_an_extension_is_found_by_phone_or_email(phone: str, email: str, found: Extension | None) -> None:
    assert extension_of((DAVE, EVELYN), phone=phone, email=email, region="GB") == found
