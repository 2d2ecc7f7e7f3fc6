"""What people use today, on the same broker, messages and InfluxDB, where it is installed: Node-RED and Telegraf.

Both acknowledge on arrival. The time runs from when they say that they are connected until InfluxDB has all values; CPU is
that of their process, all threads, in that time.
"""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from stores import influx_rows
from subjects import Result

from mainsight.app.child import free_port
from mainsight.app.influxd import Influxd

NODE_RED = "NODE_RED"
"""Environment variable: the folder that `npm install node-red` was run in."""
_DATABASE = "peer"
_START_S, _END_S, _POLL_S = 60.0, 300.0, 0.2
_FIELDS = ("power_kw", "reactive_power_kvar", "voltage_v", "energy_import_kwh")
_NODE_RED_FUNCTION = """
const body = msg.payload;
const fields = ["power_kw", "reactive_power_kvar", "voltage_v", "energy_import_kwh"].map((key) => key + "=" + body[key]);
msg.payload = "reading,device=" + body.device + " " + fields.join(",") + " " + body.time;
return msg;
"""
_NODE_RED_BATCH = 500


def missing(environ: Mapping[str, str]) -> dict[str, str]:
    """Peers that cannot run here, and why."""
    node_red = environ.get(NODE_RED)
    there = {"node-red": node_red is not None and _node_red(node_red).exists(), "telegraf": shutil.which("telegraf") is not None}
    why = {"node-red": f"npm install node-red in a folder of its own, and name the folder in {NODE_RED}", "telegraf": "not on the PATH"}
    return {name: why[name] for name in there if not there[name]}


def measure(name: str, host: str, port: int, folder: Path, messages: int) -> Result:
    """Run a peer until InfluxDB has the values of a number of messages."""
    with Influxd(folder / "influxd") as server:
        _create_database(server)
        command, ready = _PREPARE[name](host, port, folder, server)
        with _started(command, ready, folder / f"{name}.log") as pid:
            cpu, wall = _cpu_s(pid), time.perf_counter()
            while (rows := influx_rows(server, _DATABASE, field="*")) < messages * len(_FIELDS):
                if time.perf_counter() - wall > _END_S:
                    break
                time.sleep(_POLL_S)
            return Result(time.perf_counter() - wall, _cpu_s(pid) - cpu, rows, 0, _peak_mb(pid))


def _node_red(folder: str) -> Path:
    return Path(folder) / "node_modules/node-red/red.js"


def _prepare_node_red(host: str, port: int, folder: Path, server: Influxd) -> tuple[Sequence[str | Path], bytes]:
    """MQTT in, a function, join by 500 or each second, POST to InfluxDB."""
    write = f"{server.url}/write?{urllib.parse.urlencode({'db': _DATABASE, 'precision': 'ms', 'u': server.user, 'p': server.password})}"
    broker = {"broker": host, "port": str(port), "clientid": "node-red", "protocolVersion": "5", "keepalive": "60", "autoConnect": True}
    join = {"mode": "custom", "build": "string", "property": "payload", "propertyType": "msg", "joiner": "\\n", "joinerType": "str"}
    flow = [
        {"id": "tab", "type": "tab", "label": "benchmark"},
        {"id": "broker", "type": "mqtt-broker", **broker, "cleansession": False, "sessionExpiry": "86400"},
        {"id": "in", "type": "mqtt in", "topic": "mainsight/#", "qos": "1", "datatype": "json", "broker": "broker", "wires": [["line"]]},
        {"id": "line", "type": "function", "func": _NODE_RED_FUNCTION, "outputs": 1, "wires": [["join"]]},
        {"id": "join", "type": "join", **join, "timeout": "1", "count": str(_NODE_RED_BATCH), "wires": [["post"]]},
        {"id": "post", "type": "http request", "method": "POST", "ret": "txt", "url": write, "wires": [[]]},
    ]
    in_flow = {"z": "tab", "x": 0, "y": 0}  # without a place they would be taken for configuration
    (folder / "flow.json").write_text(json.dumps([{**in_flow, **node} if "wires" in node else node for node in flow]))
    settings = {"uiPort": free_port(), "uiHost": host, "httpAdminRoot": False, "flowFile": "flow.json", "credentialSecret": False}
    (folder / "settings.js").write_text(f"module.exports = {json.dumps(settings)};")
    return ["node", _node_red(os.environ[NODE_RED]), "-s", folder / "settings.js", "-u", folder], b"Connected to broker"


def _prepare_telegraf(host: str, port: int, folder: Path, server: Influxd) -> tuple[Sequence[str | Path], bytes]:
    (folder / "telegraf.conf").write_text(f"""
[agent]
  interval = "1s"
  flush_interval = "1s"
  metric_batch_size = 5000
  metric_buffer_limit = 1000000
  omit_hostname = true
[[inputs.mqtt_consumer]]
  servers = ["tcp://{host}:{port}"]
  topics = ["mainsight/#"]
  topic_tag = ""
  qos = 1
  persistent_session = true
  client_id = "telegraf"
  max_undelivered_messages = 10000
  name_override = "reading"
  data_format = "json"
  tag_keys = ["device"]
  json_time_key = "time"
  json_time_format = "unix_ms"
[[outputs.influxdb]]
  urls = ["{server.url}"]
  database = "{_DATABASE}"
  skip_database_creation = true
  username = "{server.user}"
  password = "{server.password}"
""")
    return ["telegraf", "--config", folder / "telegraf.conf"], b"Connected"


_PREPARE = {"node-red": _prepare_node_red, "telegraf": _prepare_telegraf}
PEERS = tuple(_PREPARE)


def _create_database(server: Influxd) -> None:
    words = urllib.parse.urlencode({"q": f"CREATE DATABASE {_DATABASE}", "u": server.user, "p": server.password})
    urllib.request.urlopen(f"{server.url}/query?{words}", b"", timeout=10).close()  # noqa: S310 - our own child


@contextmanager
def _started(command: Sequence[str | Path], ready: bytes, log: Path) -> Iterator[int]:
    """Start a program and wait until it says that it is ready; its process id."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + _START_S
        while ready not in log.read_bytes():
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{command[0]} did not start:\n{log.read_text()[-2_000:]}")
            time.sleep(0.005)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak_mb(pid: int) -> float:
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) / 1024
