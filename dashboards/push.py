"""Pushes folder, data sources, dashboards and supply orders into a Grafana server; again changes nothing."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from grafana_client import GrafanaApi

from dashboards.client import GrafanaNotFoundError, translated
from dashboards.marks import TAG, Mark, mark_of_order
from dashboards.settings import GrafanaSettings
from mainsight.core.network import SupplyOrder

FOLDER_UID, FOLDER_TITLE = TAG, "mainsight"
_MOST_FOUND = 5000
_ITS_OWN = frozenset({"id", "version"})
"""What Grafana counts in a dashboard by itself."""
_T = TypeVar("_T")


class Push:
    """One push; each method gives lines that say what was done."""

    def __init__(self, grafana: GrafanaApi, settings: GrafanaSettings) -> None:
        """Push through a client that is connected."""
        self._grafana = grafana
        self._settings = settings

    def everything(
        self, sources: Sequence[Mapping[str, Any]], dashboards: Mapping[str, Mapping[str, Any]], orders: Iterable[SupplyOrder]
    ) -> list[str]:
        """Push all, dashboards after what they stand on.

        Raises:
            GrafanaUnavailableError: Grafana is not reached.
            GrafanaError: it refuses something.

        """
        done = [self._folder(), *(self._source(source) for source in sources)]
        done += [self._dashboard(dashboard) for dashboard in dashboards.values()]
        done += self._left_over({dashboard["uid"] for dashboard in dashboards.values()})
        return done + self._orders(orders)

    def _folder(self) -> str:
        if self._found("looking for the folder", lambda: self._grafana.folder.get_folder(FOLDER_UID)) is not None:
            return f"folder {FOLDER_TITLE}: was there"
        with translated(self._settings, "making the folder"):
            self._grafana.folder.create_folder(FOLDER_TITLE, uid=FOLDER_UID)
        return f"folder {FOLDER_TITLE}: made"

    def _source(self, source: Mapping[str, Any]) -> str:
        """Data sources are always written, since Grafana does not give back their secrets to be compared."""
        name, uid = source["name"], source["uid"]
        there = self._found(f"looking for data source {name}", lambda: self._grafana.datasource.get_datasource_by_uid(uid))
        with translated(self._settings, f"writing data source {name}"):
            if there is None:
                self._grafana.datasource.create_datasource(dict(source))
                return f"data source {name}: made"
            self._grafana.datasource.update_datasource_by_uid(uid, dict(source))
            return f"data source {name}: written again"

    def _dashboard(self, dashboard: Mapping[str, Any]) -> str:
        title, uid = dashboard["title"], dashboard["uid"]
        there = self._found(f"reading dashboard {title}", lambda: self._grafana.dashboard.get_dashboard(uid))
        if there is not None and there["meta"].get("folderUid") == FOLDER_UID and _content(there["dashboard"]) == _content(dashboard):
            return f"dashboard {title}: unchanged"
        body = {"dashboard": dict(dashboard), "folderUid": FOLDER_UID, "overwrite": True, "message": "mainsight dashboards push"}
        with translated(self._settings, f"writing dashboard {title}"):
            self._grafana.dashboard.update_dashboard(body)
        return f"dashboard {title}: {'made' if there is None else 'changed'}"

    def _left_over(self, wanted: set[str]) -> list[str]:
        """Delete dashboards of ours in our folder that are built no longer."""
        with translated(self._settings, "listing dashboards"):
            found = self._grafana.search.search_dashboards(tag=TAG, folder_uids=FOLDER_UID, type_="dash-db", limit=_MOST_FOUND)
        done = []
        for one in found:
            if one["uid"] not in wanted and one["uid"].startswith(f"{TAG}-"):
                with translated(self._settings, f"deleting dashboard {one['title']}"):
                    self._grafana.dashboard.delete_dashboard(one["uid"])
                done.append(f"dashboard {one['title']}: deleted, it is built no longer")
        return done

    def _orders(self, orders: Iterable[SupplyOrder]) -> list[str]:
        done = []
        for order in orders:
            mark = mark_of_order(order)
            if self._is_there(mark):
                done.append(f"supply order {order.id}: was marked")
                continue
            with translated(self._settings, f"marking supply order {order.id}"):
                self._grafana.annotations.add_annotation(**mark.arguments())
            done.append(f"supply order {order.id}: marked")
        return done

    def _is_there(self, mark: Mark) -> bool:
        with translated(self._settings, "looking for annotations"):
            return bool(self._grafana.annotations.find_annotations(**mark.search()))

    def _found(self, what: str, get: Callable[[], _T]) -> _T | None:
        try:
            with translated(self._settings, what):
                return get()
        except GrafanaNotFoundError:
            return None


def _content(dashboard: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in dashboard.items() if key not in _ITS_OWN}
