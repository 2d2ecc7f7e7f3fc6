"""The map: boundaries of zones from a file that Grafana serves itself, and a marker a zone coloured by its state.

A layer of GeoJSON is read once and never again, so what changes comes from a query, as markers. The boundaries stand where
Grafana would put its background map, which it would fetch from the internet.
"""

import json

from grafana_foundation_sdk.builders import common as shared
from grafana_foundation_sdk.builders import geomap
from grafana_foundation_sdk.models.common import FrameGeometrySourceMode
from grafana_foundation_sdk.models.geomap import TooltipMode

from dashboards.panels import STATES, coloured, source_of
from dashboards.targets import Query
from mainsight.core.network import Network

BOUNDARIES = "maps/mainsight.geojson"
"""The file below Grafana's `public` folder."""
LATITUDE, LONGITUDE = "Latitude", "Longitude"
_MARKER_PX = 12


def boundaries(network: Network) -> str:
    """Zones' boundaries as GeoJSON, with id and English name."""
    features = [
        {
            "type": "Feature",
            "properties": {"id": zone.id, "name": zone.name.en},
            "geometry": {"type": "Polygon", "coordinates": zone.boundary},
        }
        for zone in network.zones.values()
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, indent=1) + "\n"


def zone_map(title: str, description: str, query: Query, *, name: str, state: str) -> geomap.Panel:
    """Markers over the zones' boundaries.

    Args:
        title: what people read.
        description: what it shows.
        query: a row a zone, with columns `LATITUDE` and `LONGITUDE` in degrees.
        name: column of the text beside a marker.
        state: column whose text, a state, colours the marker.

    """
    place = shared.FrameGeometrySource().mode(FrameGeometrySourceMode.COORDS).latitude(LATITUDE).longitude(LONGITUDE)
    ground = {"src": f"public/{BOUNDARIES}", "rules": [], "style": {"color": {"fixed": "text"}, "opacity": 0.2, "lineWidth": 1}}
    markers = {
        "showLegend": False,
        "style": {
            "size": {"fixed": _MARKER_PX, "min": 2, "max": _MARKER_PX},
            "color": {"field": state, "fixed": "text"},
            "opacity": 0.9,
            "symbol": {"mode": "fixed", "fixed": "img/icons/marker/circle.svg"},
            "text": {"field": name, "mode": "field", "fixed": ""},
            "textConfig": {"fontSize": 12, "textAlign": "left", "textBaseline": "middle", "offsetX": _MARKER_PX + 4, "offsetY": 0},
        },
    }
    return (
        geomap.Panel()
        .title(title)
        .description(description)
        .datasource(source_of([query]))
        .unit("none")
        .with_target(query)
        .view(geomap.MapViewConfig().id("fit").all_layers(True).padding(15))
        .controls(geomap.ControlsOptions().show_zoom(True).mouse_wheel_zoom(False).show_attribution(False).show_scale(True))
        .tooltip(geomap.TooltipOptions().mode(TooltipMode.DETAILS))
        .basemap(shared.MapLayerOptions().type("geojson").name("Zones").config(ground))
        .layers([shared.MapLayerOptions().type("markers").name("State").config(markers).location(place).tooltip(True)])
        .override_by_name(state, coloured(STATES))
    )
