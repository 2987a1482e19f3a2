from bot.archive import Database, SqlTokens, open_database


async def test_a_token_is_kept_over_a_restart(database: Database, url: str) -> None:
    assert await SqlTokens(database, site="main").load() is None
    await SqlTokens(database, site="main").save(b"\x00sealed")
    async with open_database(url) as restarted:
        assert await SqlTokens(restarted, site="main").load() == b"\x00sealed"


async def test_only_the_last_token_is_kept(database: Database) -> None:
    tokens = SqlTokens(database, site="main")
    await tokens.save(b"first")
    await tokens.save(b"second")
    assert await tokens.load() == b"second"
    await tokens.save(None)
    assert await tokens.load() is None


async def test_each_site_has_its_own_token(database: Database) -> None:
    await SqlTokens(database, site="main").save(b"main")
    await SqlTokens(database, site="branch").save(b"branch")
    await SqlTokens(database, site="main").save(None)
    assert await SqlTokens(database, site="branch").load() == b"branch"
