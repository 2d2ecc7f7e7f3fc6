"""One role a process: `collect`, `forecast`, `alarms` and `api` are modules here, imported only by who runs them.

They share InfluxDB, the relational state and one broker. `collect` also computes final values (metering) and takes away what
is older than it is kept (retention): it is the one that knows when raw values change, and there is one of it. Roles that must
be alone hold a lock beside the state file; `api` may run several times. `mainsight simulate` is no part of the system itself.
"""
