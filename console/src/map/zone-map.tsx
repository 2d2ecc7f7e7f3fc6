import { useEffect, useRef } from "preact/hooks";
import "leaflet/dist/leaflet.css";
import "../styles/map.css";
import type { Province } from "../api/types";
import { useWords } from "../i18n/text";
import { loads } from "../state/live";
import { province } from "../state/province";
import { useStore } from "../state/store";
import { MapPicture } from "./map-picture";
import { Legend } from "./marks";
import { worstStates } from "./worst-state";

/** The province's zones, coloured by their worst state, with what feeds them. No tiles: nothing leaves the machine. */
function DrawnMap({ places }: { places: Province }) {
  const words = useWords();
  const host = useRef<HTMLElement>(null);
  const picture = useRef<MapPicture | null>(null);
  const states = useStore(loads, worstStates.of);

  useEffect(() => {
    if (!host.current) return;
    const drawn = new MapPicture(host.current, places, words);
    picture.current = drawn;
    drawn.show(worstStates.of(loads.value));
    return () => {
      drawn.remove();
      picture.current = null;
    };
  }, [places, words]);

  useEffect(() => picture.current?.show(states), [states]);

  return <section ref={host} class="map" aria-label={words.t("map.label")} data-testid="map" />;
}

export function ZoneMap() {
  const known = useStore(province);
  if (!known) return null;
  return (
    <>
      <DrawnMap places={known} />
      <Legend />
    </>
  );
}
