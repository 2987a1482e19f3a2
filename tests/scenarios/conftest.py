from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.demo.calls import Company
from bot.demo.pbx import PbxStandIn
from bot.demo.slack import SlackStandIn
from tests.process import Town, town
from tests.tables import pytest_generate_tests, url

__all__ = ["pytest_generate_tests", "url"]


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Town]:
    """A PBX with thirty calls behind it, and a Slack that takes one post a second."""
    pbx = PbxStandIn(calls=Company().history(30, until=datetime.now(UTC)))
    async with town(tmp_path, pbx=pbx, slack=SlackStandIn()) as made:
        yield made
