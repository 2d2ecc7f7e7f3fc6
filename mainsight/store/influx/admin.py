"""Setting a server up: database or bucket, retention, and credentials that may do no more than they must.

Everything may be run again: what is there already is kept, and only retention is brought to what is asked.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from influxdb_client import (
    Authorization,
    Bucket,
    BucketRetentionRules,
    DBRPCreate,
    DBRPsService,
    InfluxDBClient,
    Organization,
    Permission,
    PermissionResource,
)
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from mainsight.core.zonetime import DAY_S
from mainsight.store.influx.connection import Connection
from mainsight.store.influx.failures import AccessError
from mainsight.store.port import StoreError, StoreUnavailableError
from mainsight.store.settings import InfluxSettings

READ, WRITE = "read", "write"


@dataclass(frozen=True, slots=True)
class Account:
    """Who may do what: the system reads and writes, Grafana reads."""

    name: str
    rights: tuple[str, ...]


def accounts(database: str) -> tuple[Account, Account]:
    """The system's account and Grafana's."""
    return Account(database, (READ, WRITE)), Account(f"{database}-grafana", (READ,))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done, line by line, and new secrets by account: passwords (1.x, where accounts are users) or tokens (2.x)."""

    done: tuple[str, ...]
    passwords: Mapping[str, str] = field(default_factory=dict)
    tokens: Mapping[str, str] = field(default_factory=dict)


async def set_up_1(connection: Connection, retention_days: int, *, rotate: bool) -> Outcome:
    """InfluxDB 1.x: database, its retention policy, two users. `connection` is an administrator's.

    Args:
        connection: open, with an administrator's user and password.
        retention_days: after how many days data is dropped; 0 keeps it for ever.
        rotate: give users that are there already new passwords.

    Raises:
        StoreError: the server refuses.

    """
    admin = _Admin(connection)
    database = connection.settings.database
    duration = f"{retention_days}d" if retention_days else "INF"
    done, new = [], {}
    names = await admin.column("SHOW DATABASES", "name")
    if database in names:
        await admin.run(f"ALTER RETENTION POLICY autogen ON {_quoted(database)} DURATION {duration} DEFAULT")
        done.append(f"database {database} was there; it keeps data for {_told(retention_days)}")
    else:
        await admin.run(f"CREATE DATABASE {_quoted(database)} WITH DURATION {duration} NAME autogen")
        done.append(f"database {database} made; it keeps data for {_told(retention_days)}")
    users = await admin.column("SHOW USERS", "user")
    for account in accounts(database):
        user = _quoted(account.name)
        if account.name not in users or rotate:
            new[account.name] = secrets.token_urlsafe(24)
            made = f"CREATE USER {user} WITH PASSWORD" if account.name not in users else f"SET PASSWORD FOR {user} ="
            await admin.run(f"{made} '{new[account.name]}'")
        await admin.run(f"GRANT {'ALL' if WRITE in account.rights else 'READ'} ON {_quoted(database)} TO {user}")
        state = "has a new password" if account.name in new else "was there and keeps its password"
        done.append(f"user {account.name} may {' and '.join(account.rights)} this database alone; it {state}")
    return Outcome(tuple(done), passwords=new)


class _Admin:
    """Statements that need an administrator."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def run(self, statement: str) -> list[dict[str, Any]]:
        """Run a statement whose names are quoted; gives its series."""
        where = self._connection.where
        async with self._connection.request("POST", "query", data={"q": statement}) as response:
            answer = await response.json(content_type=None)
        error = answer.get("error") or next((r["error"] for r in answer["results"] if "error" in r), None)
        if response.status in {401, 403} or (error and "requires admin" in error):
            raise AccessError(f"{where} wants an administrator for this ({error})")
        if error:
            raise StoreError(f"{where}: {error}")
        series: list[dict[str, Any]] = answer["results"][0].get("series", [])
        return series

    async def column(self, statement: str, name: str) -> set[str]:
        """One column of a statement's rows."""
        found: set[str] = set()
        for series in await self.run(statement):
            found |= {row[series["columns"].index(name)] for row in series.get("values", ())}
        return found


def _quoted(identifier: str) -> str:
    escaped = identifier.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _told(retention_days: int) -> str:
    return f"{retention_days} days" if retention_days else "ever"


def set_up_2(settings: InfluxSettings, admin_token: str, retention_days: int, *, rotate: bool) -> Outcome:
    """InfluxDB 2.x: organisation, bucket, its mapping for InfluxQL, two tokens. Blocks.

    Args:
        settings: server, organisation and bucket.
        admin_token: an operator's token, or one with all access.
        retention_days: after how many days data is dropped; 0 keeps it for ever.
        rotate: make new tokens beside those that are there already.

    Raises:
        StoreError: the server refuses.
        StoreUnavailableError: it is not reached.

    """
    ca = {"ssl_ca_cert": str(settings.ca)} if settings.ca else {}
    try:
        with InfluxDBClient(url=settings.url, token=admin_token, org=settings.org, timeout=int(settings.timeout_s * 1000), **ca) as client:
            return _set_up_2(client, settings, retention_days, rotate=rotate)
    except ApiException as error:
        raise StoreError(f"InfluxDB at {settings.url} refuses: {error.message or error.reason}") from error
    except (HTTPError, OSError) as error:
        raise StoreUnavailableError(f"InfluxDB at {settings.url} is not reached: {error}") from error


def _set_up_2(client: InfluxDBClient, settings: InfluxSettings, retention_days: int, *, rotate: bool) -> Outcome:
    done: list[str] = []
    organisation = _organisation(client, settings.org, done)
    bucket = _bucket(client, organisation, settings.database, retention_days, done)
    _map_for_influxql(client, organisation, bucket, done)
    there = client.authorizations_api().find_authorizations(org_id=organisation.id)
    new = {}
    for account in accounts(settings.database):
        older = [one.id for one in there if one.description == account.name]
        if older and not rotate:
            done.append(f"token {account.name} was there and stays as it is")
            continue
        new[account.name] = _token(client, organisation, bucket, account)
        done.append(f"token {account.name} made; it may {' and '.join(account.rights)} this bucket alone")
        done += [f"an older token {account.name} works until it is deleted: influx auth delete --id {one}" for one in older]
    return Outcome(tuple(done), tokens=new)


def _organisation(client: InfluxDBClient, name: str, done: list[str]) -> Organization:
    api = client.organizations_api()
    found = next((one for one in api.find_organizations() if one.name == name), None)
    done.append(f"organisation {name} {'was there' if found else 'made'}")
    return found or api.create_organization(name=name)


def _bucket(client: InfluxDBClient, organisation: Organization, name: str, retention_days: int, done: list[str]) -> Bucket:
    api = client.buckets_api()
    rules = [BucketRetentionRules(type="expire", every_seconds=retention_days * DAY_S)]
    found = next(iter(api.find_buckets(name=name, org_id=organisation.id).buckets or ()), None)
    done.append(f"bucket {name} {'was there' if found else 'made'}; it keeps data for {_told(retention_days)}")
    if found is None:
        return api.create_bucket(bucket_name=name, org=organisation, retention_rules=rules)
    found.retention_rules = rules
    return api.update_bucket(bucket=found)


def _map_for_influxql(client: InfluxDBClient, organisation: Organization, bucket: Bucket, done: list[str]) -> None:
    service = DBRPsService(client.api_client)
    there = service.get_dbr_ps(org_id=organisation.id, bucket_id=bucket.id).content or ()
    if any(one.database == bucket.name and one.default for one in there):
        done.append(f"InfluxQL's database {bucket.name} was mapped to the bucket")
        return
    service.post_dbrp(
        DBRPCreate(org_id=organisation.id, bucket_id=bucket.id, database=bucket.name, retention_policy="autogen", default=True)
    )
    done.append(f"InfluxQL's database {bucket.name} mapped to the bucket")


def _token(client: InfluxDBClient, organisation: Organization, bucket: Bucket, account: Account) -> str:
    resource = PermissionResource(type="buckets", id=bucket.id, org_id=organisation.id)
    permissions = [Permission(action=right, resource=resource) for right in account.rights]
    wanted = Authorization(org_id=organisation.id, permissions=permissions, description=account.name)
    return str(client.authorizations_api().create_authorization(authorization=wanted).token)
