"""How devices name themselves, and which meters they are."""

from collections.abc import Mapping

from mainsight.core.network import Meter, Network


def own_name(device: str) -> str:
    """A device's own name where the first of its circuits speaks (`plug/switch:0`), else "": with one circuit it is registered so."""
    name, _, circuit = device.rpartition("/")
    return name if circuit.endswith(":0") else ""


def meters_by_device(network: Network, aliases: Mapping[str, str]) -> dict[str, list[Meter]]:
    """Meters by the name that their device gives itself; adopted names win over the registry, those of unknown meters are left out."""
    found: dict[str, list[Meter]] = {}
    for meter in network.meters.values():
        found.setdefault(meter.device, []).append(meter)
    return found | {device: [network.meters[meter]] for device, meter in aliases.items() if meter in network.meters}


def meters_of(meters: Mapping[str, list[Meter]], device: str) -> list[Meter]:
    """Meters of a device, out of `meters_by_device`; none for a stranger."""
    return meters.get(device) or meters.get(own_name(device), [])
