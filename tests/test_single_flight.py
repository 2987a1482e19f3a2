"""Flight: many callers share one call."""

import asyncio

import pytest

from bot.single_flight import SingleFlight


class Call:
    """A call that counts its starts and lands when told."""

    def __init__(self) -> None:
        self.starts = 0
        self.land = asyncio.Event()
        self.cancelled = False

    async def __call__(self) -> int:
        self.starts += 1
        number = self.starts
        try:
            await self.land.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        return number


async def _under_way(*tasks: asyncio.Task[int]) -> None:
    await asyncio.sleep(0)  # the callers start
    await asyncio.sleep(0)  # their call starts
    assert not any(task.done() for task in tasks)


async def test_fifty_callers_make_one_call() -> None:
    flight, call = SingleFlight[str, int](), Call()
    tasks = [asyncio.create_task(flight.share("page 1", call)) for _ in range(50)]
    await _under_way(*tasks)
    call.land.set()
    assert await asyncio.gather(*tasks) == [1] * 50
    assert call.starts == 1


async def test_another_key_is_another_call() -> None:
    flight, call = SingleFlight[str, int](), Call()
    call.land.set()
    numbers = await asyncio.gather(flight.share("page 1", call), flight.share("page 2", call))
    assert list(numbers) == [1, 2]


async def test_a_landed_call_is_not_remembered() -> None:
    flight, call = SingleFlight[str, int](), Call()
    call.land.set()
    assert [await flight.share("page 1", call), await flight.share("page 1", call)] == [1, 2]


async def test_an_error_reaches_every_caller_and_is_forgotten() -> None:
    flight, call = SingleFlight[str, int](), Call()

    async def fail() -> int:
        raise OSError("no route")

    results = await asyncio.gather(*(flight.share("page 1", fail) for _ in range(3)), return_exceptions=True)
    assert [str(result) for result in results] == ["no route"] * 3
    call.land.set()
    assert await flight.share("page 1", call) == 1


async def test_a_caller_that_leaves_does_not_take_the_call_along() -> None:
    flight, call = SingleFlight[str, int](), Call()
    leaver, stayer = (asyncio.create_task(flight.share("page 1", call)) for _ in range(2))
    await _under_way(leaver, stayer)
    leaver.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaver
    call.land.set()
    assert await stayer == 1


async def test_a_call_that_everybody_left_goes_on_for_who_comes_next() -> None:
    flight, call = SingleFlight[str, int](), Call()
    first = asyncio.create_task(flight.share("page 1", call))
    await _under_way(first)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    second = asyncio.create_task(flight.share("page 1", call))
    await _under_way(second)
    call.land.set()
    assert await second == 1
    assert call.starts == 1


async def test_close_cancels_what_is_under_way() -> None:
    flight, call = SingleFlight[str, int](), Call()
    caller = asyncio.create_task(flight.share("page 1", call))
    await _under_way(caller)
    await flight.close()
    assert call.cancelled
    with pytest.raises(asyncio.CancelledError):
        await caller
