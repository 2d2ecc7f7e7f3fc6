import type { LoadState, LoadWithTrend, Overview, Text } from "../../api/types";

export interface TileData {
  zone: string;
  name: Text;
  load: LoadWithTrend;
}

const SEVERITY: Record<LoadState, number> = { over: 3, high: 2, unknown: 1, normal: 0 };

/** One tile a zone and utility: the abnormal first, the fullest first among equals, then as the registry has them. */
export function orderTiles(
  zones: Overview["zones"],
  stateOf: (zone: string, load: LoadWithTrend) => LoadState,
): TileData[] {
  return zones
    .flatMap((zone) => zone.loads.map((load) => ({ zone: zone.id, name: zone.name, load })))
    .map((tile) => ({ tile, severity: SEVERITY[stateOf(tile.zone, tile.load)] }))
    .sort((a, b) => b.severity - a.severity || (b.severity > 0 ? fullness(b.tile) - fullness(a.tile) : 0))
    .map(({ tile }) => tile);
}

const fullness = (tile: TileData) => tile.load.utilisation ?? 0;
