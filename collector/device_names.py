"""How devices with circuits name themselves."""


def own_name(device: str) -> str:
    """A device's own name where the first of its circuits speaks (`plug/switch:0`), else "": with one circuit it is registered so."""
    name, _, circuit = device.rpartition("/")
    return name if circuit.endswith(":0") else ""
