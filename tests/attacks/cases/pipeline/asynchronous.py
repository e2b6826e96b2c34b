# about: awaits at the top level, leaves tasks behind, and runs event loops
# verdict: DENY
# scores: 1 2
# %% before
import asyncio
async def for_ever():
    while True:
        await asyncio.sleep(0.01)
task = asyncio.ensure_future(for_ever())
await asyncio.sleep(0.01)
# %% before
import asyncio
asyncio.get_event_loop().call_later(0.01, lambda: 1 / 0)
