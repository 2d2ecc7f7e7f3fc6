"""MQTT sessions behind one port: codec (MQTT 5) and aiomqtt (3.1.1)."""
