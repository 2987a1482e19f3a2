from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive import SqlTokens, open_engine


async def test_a_token_is_kept_over_a_restart(engine: AsyncEngine, url: str) -> None:
    assert await SqlTokens(engine, site="main").load() is None
    await SqlTokens(engine, site="main").save(b"\x00sealed")
    async with open_engine(url) as restarted:
        assert await SqlTokens(restarted, site="main").load() == b"\x00sealed"


async def test_only_the_last_token_is_kept(engine: AsyncEngine) -> None:
    tokens = SqlTokens(engine, site="main")
    await tokens.save(b"first")
    await tokens.save(b"second")
    assert await tokens.load() == b"second"
    await tokens.save(None)
    assert await tokens.load() is None


async def test_each_site_has_its_own_token(engine: AsyncEngine) -> None:
    await SqlTokens(engine, site="main").save(b"main")
    await SqlTokens(engine, site="branch").save(b"branch")
    await SqlTokens(engine, site="main").save(None)
    assert await SqlTokens(engine, site="branch").load() == b"branch"
