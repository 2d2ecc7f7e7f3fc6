import { getIssues } from "../../api/forecasts";
import type { LoadAhead } from "../../api/types";
import { MINUTE_MS } from "../../i18n/format";
import { useResource } from "../../state/resource";
import { Fan } from "../forecasts/fan";

const REFRESH_MS = 5 * MINUTE_MS;

/** The forecast of an asset; nothing where none is made of it, or none is yet. */
export function AssetForecast({
  asset,
  name,
  zone,
  load,
}: {
  asset: string;
  name: string;
  zone: string;
  load: LoadAhead;
}) {
  const of = { target: asset, quantity: load.quantity };
  const { data } = useResource(
    `forecast/${asset}/${load.quantity}`,
    (signal) => getIssues(of, 1, signal).catch(() => null),
    { everyMs: REFRESH_MS },
  );
  if (!data?.items.length) return null;
  return <Fan of={of} name={name} utility={load.utility} issuedByMs={null} otherMs={null} within={{ zone, load }} />;
}
