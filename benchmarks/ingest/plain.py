"""What one would write in twenty lines: aiomqtt as it is (it acknowledges on arrival), json, DuckDB.

Batches, and rows handed over as Arrow columns, since inserting row by row would be a straw man. A crash loses what was
acknowledged and not yet written, a repeat is stored twice, and nothing is checked.
"""

import json

import aiomqtt
import duckdb
import pyarrow as pa


async def run(host: str, port: int, client_id: str, file: str, messages: int) -> None:
    """Store a number of messages, then return."""
    database = duckdb.connect(file)
    database.execute("CREATE TABLE reading (device VARCHAR, quantity VARCHAR, ts BIGINT, v DOUBLE)")
    rows: list[tuple[str, str, int, float]] = []
    async with aiomqtt.Client(host, port, identifier=client_id, clean_session=False) as client:
        await client.subscribe("mainsight/#", qos=1, timeout=60)  # the answer comes behind the queue
        async for message in client.messages:
            body = json.loads(message.payload)
            device, time = body.pop("device"), body.pop("time")
            rows += [(device, key, time, value) for key, value in body.items()]
            messages -= 1
            if len(rows) >= 20_000 or not len(client.messages):
                columns = pa.table(dict(zip(("device", "quantity", "ts", "v"), zip(*rows, strict=True), strict=True)))
                database.register("columns", columns)
                database.execute("INSERT INTO reading SELECT * FROM columns")
                rows = []
            if not messages:
                break
    database.close()


async def register(host: str, port: int, client_id: str) -> None:
    """Have the broker keep a queue for the script."""
    async with aiomqtt.Client(host, port, identifier=client_id, clean_session=False) as client:
        await client.subscribe("mainsight/#", qos=1)
