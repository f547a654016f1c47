"""What a join costs: real joins (WebSocket, ICE, DTLS, SRTP keys) of people who offer sound and a picture.

    python benchmarks/joins.py --json

100 people join within 10 s, spread over rooms of four, each with an up connection and a down connection to the others.
`server_cpu_ms_per_join` is the server process's CPU time over the joining phase divided by the joins. It includes the
renegotiations that a join causes for the people already there, not what people who are there cost by the second
(keep-alives, reports: `idle_cpu_us_per_transport_s`, measured right afterwards). `join_p99_s`: WebSocket opened → media
connected. `memory_kib_per_transport`: growth of the server's proportional memory over the phase divided by its new
transports. `reference_cpu_ms_per_join` is what the other ends, stock aiortc connections, spend on the very same joins.
The tracks send nothing: forwarding is `benchmarks/forward.py`'s matter. The clients are aiortc's and share the
machine's cores with the server.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp

from benchmarks._process import cpu_s, memory_kib
from tests.fakes.member import Member, member
from tests.fakes.server import RunningServer, running_server

TARGETS = {"server_cpu_ms_per_join": 10.0, "join_p99_s": 1.0, "memory_kib_per_transport": 150.0}
ROOM_SIZE = 4
IDLE_S = 4.0


async def one_join(
    stack: AsyncExitStack, http: aiohttp.ClientSession, server: RunningServer, token: str, at_s: float, start: float
) -> float:
    """Joins at its time; returns the seconds until the media is connected."""
    await asyncio.sleep(max(0.0, start + at_s - time.perf_counter()))
    began = time.perf_counter()
    joined: Member = await stack.enter_async_context(member(http, server.url, token))
    await joined.wait_for("welcome")
    await joined.publish(idle=True)
    return time.perf_counter() - began


async def measure(server: RunningServer, *, joins: int, within_s: float) -> dict[str, float]:
    rooms = [server.room(f"room {number}") for number in range(-(-joins // ROOM_SIZE))]
    tokens = [server.token(rooms[number // ROOM_SIZE]) for number in range(joins)]
    process = server.process.pid
    async with aiohttp.ClientSession() as http, AsyncExitStack() as stack:
        async with AsyncExitStack() as warm:  # imports, first certificates: not a join's cost
            await one_join(warm, http, server, server.token(server.room("warm")), 0.0, time.perf_counter())
        await asyncio.sleep(1.0)  # the warm-up's seat is gone
        cpu_before, memory_before, client_before = cpu_s(process), memory_kib(process), time.process_time()
        start = time.perf_counter()
        tasks = [
            asyncio.create_task(one_join(stack, http, server, token, within_s * number / joins, start))
            for number, token in enumerate(tokens)
        ]
        took = await asyncio.gather(*tasks)
        cpu_after, client_after = cpu_s(process), time.process_time()
        await asyncio.sleep(2.0)  # down connections of the last ones
        memory_after, cpu_idle = memory_kib(process), cpu_s(process)
        await asyncio.sleep(IDLE_S)  # the length of the measurement
        idle_share = (cpu_s(process) - cpu_idle) / IDLE_S
    transports = 2 * joins
    # While they join, half of the people are there on average.
    joining_s = cpu_after - cpu_before - idle_share * within_s / 2
    server_ms, client_ms = joining_s * 1000 / joins, (client_after - client_before) * 1000 / joins
    return {
        "joins": joins,
        "within_s": within_s,
        "server_cpu_ms_per_join": server_ms,
        "reference_cpu_ms_per_join": client_ms,
        "ratio": server_ms / client_ms,
        "idle_cpu_us_per_transport_s": idle_share * 1e6 / transports,
        "join_p50_s": statistics.median(took),
        "join_p99_s": sorted(took)[max(0, round(0.99 * len(took)) - 1)],
        "memory_kib_per_transport": (memory_after - memory_before) / transports,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--joins", type=int, default=100)
    parser.add_argument("--quick", action="store_true", help="30 joins in 3 s")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args()
    joins, within_s = (30, 3.0) if options.quick else (options.joins, options.joins / 10)
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as server:
        result: dict[str, object] = dict(asyncio.run(measure(server, joins=joins, within_s=within_s)))
    result["benchmark"] = "joins"
    result["meets_target"] = all(float(str(result[name])) <= limit for name, limit in TARGETS.items())
    if options.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(f"{name:<28} {value:.3f}" if isinstance(value, float) else f"{name:<28} {value}")


if __name__ == "__main__":
    main()
