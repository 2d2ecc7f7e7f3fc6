import L from "leaflet";
import type { LoadState, Place, Position, Province } from "../api/types";
import type { Words } from "../i18n/text";
import { go } from "../router";
import { GAP, placeLabels, SHIFT, type Shape, type Side } from "./label-places";
import { KINDS, type Kind, markElement } from "./marks";
import { shortNames } from "./short-names";

/** Leaflet's own direction of a label, and its offset from the middle of its shape. */
function directionOf(side: Side): L.Direction {
  if (side.startsWith("right")) return "right";
  return side.startsWith("left") ? "left" : (side as L.Direction);
}

function offsetOf(side: Side, { halfWidth, halfHeight, label }: Shape): L.PointTuple {
  if (side === "top") return [0, -halfHeight];
  if (side === "bottom") return [0, halfHeight];
  const across = halfWidth + GAP;
  const down = side.endsWith("Up") ? -SHIFT : side.endsWith("Down") ? SHIFT : 0;
  return [side.startsWith("right") ? across : -across, down * label.height];
}

const NEAR_ZOOM = 12.5;

const latLng = ([longitude, latitude]: Position): L.LatLngTuple => [latitude, longitude];

/** The Leaflet side of the map: draws the places once, then only changes classes as states change. */
export class MapPicture {
  readonly #map: L.Map;
  readonly #zones = new Map<string, L.Polygon | L.CircleMarker>();
  readonly #marks = new Map<string, L.Marker>();
  readonly #sizes: ResizeObserver;
  readonly #bounds: L.LatLngBounds;

  constructor(host: HTMLElement, places: Province, { t, say }: Words) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#map = L.map(host, {
      attributionControl: false,
      zoomAnimation: !still,
      fadeAnimation: !still,
      markerZoomAnimation: !still,
      scrollWheelZoom: false,
      zoomSnap: 0,
      zoomControl: false,
    });
    this.#bounds = boundsOf(places);
    // Leaflet draws nothing before it knows where to look.
    this.#map.fitBounds(this.#bounds);
    L.control.zoom({ position: "bottomright" }).addTo(this.#map);
    L.control.scale({ imperial: false }).addTo(this.#map);
    for (const feeder of places.feeders)
      L.polyline(feeder.path.map(latLng), { className: "map-feeder", interactive: false }).addTo(this.#map);
    const short = shortNames(places.zones.map((zone) => say(zone.name)));
    for (const [index, zone] of places.zones.entries()) this.#addZone(zone, say(zone.name), short[index] ?? "");
    const groups = [places.substations, places.water_plants, places.pump_stations, places.reservoirs];
    for (const [index, [kind, name]] of KINDS.entries())
      this.#addMarks(groups[index] ?? [], kind, (place) => `${t(name)} ${say(place.name)}`);
    this.#map.on("zoomend", () => this.#suitZoom(host));
    this.#sizes = new ResizeObserver(() => this.#fit());
    this.#sizes.observe(host);
    this.#fit();
  }

  /** Colour zones and substations by state. */
  show(states: ReadonlyMap<string, LoadState>): void {
    for (const [id, shape] of this.#zones) setState(shape.getElement(), states.get(id));
    for (const [id, mark] of this.#marks) setState(mark.getElement(), states.get(id));
  }

  remove(): void {
    this.#sizes.disconnect();
    this.#map.remove();
  }

  #fit(): void {
    // The observer also reports the map's last moment, when it has left the page.
    if (this.#map.getContainer().clientWidth === 0) return;
    this.#map.invalidateSize({ animate: false });
    // Names stand beside the zones, mostly to their right.
    this.#map.fitBounds(this.#bounds, { paddingTopLeft: [28, 24], paddingBottomRight: [124, 24], animate: false });
    this.#suitZoom(this.#map.getContainer());
  }

  /** From afar zones are drawn stout and the small marks left out, so that the zones are seen. */
  #suitZoom(host: HTMLElement): void {
    host.classList.toggle("far", this.#map.getZoom() < NEAR_ZOOM);
    this.#placeNames();
  }

  #placeNames(): void {
    const labelled = [...this.#zones.values()].flatMap((zone) => {
      const tooltip = zone.getTooltip();
      const element = tooltip?.getElement();
      return tooltip && element ? [{ tooltip, shape: this.#shapeOf(zone, element) }] : [];
    });
    const { x: width, y: height } = this.#map.getSize();
    const sides = placeLabels(
      labelled.map(({ shape }) => shape),
      { width, height },
    );
    labelled.forEach(({ tooltip, shape }, index) => {
      const side = sides[index] ?? "right";
      tooltip.options.direction = directionOf(side);
      tooltip.options.offset = offsetOf(side, shape);
      tooltip.update();
    });
  }

  #shapeOf(zone: L.Polygon | L.CircleMarker, label: HTMLElement): Shape {
    const centre = this.#map.latLngToContainerPoint(zone instanceof L.Polygon ? zone.getCenter() : zone.getLatLng());
    const box = (zone.getElement() as SVGGraphicsElement).getBBox();
    return {
      x: centre.x,
      y: centre.y,
      halfWidth: box.width / 2,
      halfHeight: box.height / 2,
      label: { width: label.offsetWidth, height: label.offsetHeight },
    };
  }

  #addZone(zone: Place & { boundary: Position[][] }, name: string, short: string): void {
    const options = { className: "map-zone" };
    const shape =
      zone.boundary.length > 0
        ? L.polygon(
            zone.boundary.map((ring) => ring.map(latLng)),
            options,
          )
        : L.circleMarker(latLng(zone.position), { ...options, radius: 14 });
    shape.addTo(this.#map).on("click", () => go(`/zones/${encodeURIComponent(zone.id)}`));
    shape.bindTooltip(short, { permanent: true, direction: "right", className: "map-name" });
    makeLink(shape.getElement(), name, () => go(`/zones/${encodeURIComponent(zone.id)}`));
    this.#zones.set(zone.id, shape);
  }

  #addMarks(places: Place[], kind: Kind, name: (place: Place) => string): void {
    for (const place of places) {
      const icon = L.divIcon({
        className: `map-mark map-${kind}`,
        html: markElement(kind),
        iconSize: [14, 14],
      });
      const mark = L.marker(latLng(place.position), { icon, keyboard: false, title: name(place) });
      mark.addTo(this.#map);
      this.#marks.set(place.id, mark);
    }
  }
}

function setState(element: Element | undefined, state: LoadState | undefined): void {
  if (element) element.setAttribute("data-state", state ?? "unknown");
}

/** Leaflet's shapes take clicks only: let the keyboard reach them too. */
function makeLink(element: Element | undefined, name: string, follow: () => void): void {
  if (!(element instanceof SVGElement)) return;
  element.setAttribute("tabindex", "0");
  element.setAttribute("role", "link");
  element.setAttribute("aria-label", name);
  element.addEventListener("keydown", (event) => {
    if (event.key === "Enter") follow();
  });
}

/** What the map opens on: the zones and what feeds them power. A far water plant is found by moving the map. */
function boundsOf(places: Province): L.LatLngBounds {
  const bounds = L.latLngBounds([]);
  for (const { position } of [...places.zones, ...places.substations]) bounds.extend(latLng(position));
  for (const zone of places.zones)
    for (const ring of zone.boundary) for (const point of ring) bounds.extend(latLng(point));
  return bounds;
}
