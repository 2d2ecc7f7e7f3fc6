import { getAll } from "../../api/client";
import type { Meter } from "../../api/meters";
import { useWords } from "../../i18n/text";
import { useResource } from "../../state/resource";
import { meterPath } from "../../widgets/crumbs";
import { LastHeard } from "../../widgets/last-heard";
import { Empty, Failure, Loading } from "../../widgets/notice";

const REFRESH_MS = 15_000;

/** Meters of the registry that say nothing, those never heard among them. */
export function SilentMeters() {
  const { t, say } = useWords();
  const { data, error, reload } = useResource(
    "silent",
    (signal) => getAll<Meter>("/meters?silent=true&limit=1000", signal),
    { everyMs: REFRESH_MS },
  );
  return (
    <section class="panel">
      <h2>{t("zone.silent")}</h2>
      {!data && (error ? <Failure error={error} retry={reload} /> : <Loading />)}
      {data?.items.length === 0 && <Empty>{t("zone.noSilent")}</Empty>}
      {data && data.items.length > 0 && (
        <ul class="silent" data-testid="silent">
          {data.items.map((meter) => (
            <li key={meter.id}>
              <a href={meterPath(meter.id)}>{say(meter.name)}</a> <span class="muted">{meter.device}</span>{" "}
              <LastHeard at={meter.last_ms} silent />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
