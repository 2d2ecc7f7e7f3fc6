import type { District, Load, Reservoir } from "../../api/types";
import { shownUnit } from "../../i18n/format";
import { useWords } from "../../i18n/text";
import { reservoirLevels, useLoad, useStale } from "../../state/live";
import { useStore } from "../../state/store";
import { assetPath } from "../../widgets/crumbs";
import { StateShape } from "../../widgets/icons";
import { Scroll } from "../../widgets/scroll";
import { StaleAge } from "../../widgets/value";
import { pressureState } from "./pressure";

function PressureCells({ pressure }: { pressure: District["pressure"] }) {
  const { t, format } = useWords();
  if (!pressure)
    return (
      <>
        <td class="figure">–</td>
        <td class="figure">–</td>
        <td />
      </>
    );
  const state = pressureState(pressure);
  const allowed = [pressure.min, pressure.max].map((limit) => format.number(limit, 1)).join("–");
  return (
    <>
      <td class="figure">{format.number(pressure.value, 2)}</td>
      <td class="figure">{allowed}</td>
      <td>
        {state !== "ok" && (
          <span class="state-mark text-high">
            <StateShape state="high" />
            {t(`pressure.${state}`)}
          </span>
        )}
      </td>
    </>
  );
}

function FlowCell({ id, given }: { id: string; given: Load }) {
  const { format } = useWords();
  const load = useLoad(id, "water", given) ?? given;
  const stale = useStale(load.stale);
  return (
    <td class={`figure ${stale ? "stale" : ""}`}>
      {format.value(load.value, load.unit)} <StaleAge at={load.at_ms} stale={stale} />
    </td>
  );
}

export function DistrictTable({ districts }: { districts: District[] }) {
  const { t, say } = useWords();
  if (districts.length === 0) return null;
  return (
    <section class="table-section">
      <h3>{t("zone.districts")}</h3>
      <Scroll label={t("zone.districts")}>
        <table class="named-rows districts">
          <thead>
            <tr>
              <th scope="col">{t("column.name")}</th>
              <th scope="col" class="figure">
                {t("column.flow")} <span class="unit">{shownUnit("m3/h").unit}</span>
              </th>
              <th scope="col" class="figure">
                {t("column.pressure")} <span class="unit">bar</span>
              </th>
              <th scope="col" class="figure">
                {t("column.allowed")}
              </th>
              <th scope="col">
                <span class="visually-hidden">{t("column.state")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {districts.map((district) => (
              <tr key={district.id}>
                <th scope="row">
                  <a href={assetPath(district.id)}>{say(district.name)}</a>
                </th>
                <FlowCell id={district.id} given={district.load} />
                <PressureCells pressure={district.pressure} />
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

function LevelBar({ reservoir, level, name }: { reservoir: Reservoir; level: number; name: string }) {
  const { t, format } = useWords();
  const { level_min_m: least, level_max_m: most } = reservoir;
  const width = `${Math.min(100, Math.max(0, (level / most) * 100))}%`;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a meter element cannot show the ticks of limits
    <div
      class="bar"
      role="meter"
      aria-label={name}
      aria-valuemin={0}
      aria-valuemax={most}
      aria-valuenow={level}
      aria-valuetext={t("reservoir.bar", { name, level: format.number(level, 2), max: format.number(most, 1) })}
    >
      <div class="bar-fill" style={{ width }} />
      <div class="bar-tick tick-firm" style={{ left: `${(least / most) * 100}%` }} />
    </div>
  );
}

function ReservoirRow({ reservoir }: { reservoir: Reservoir }) {
  const { t, say, format } = useWords();
  const live = useStore(reservoirLevels, (all) => all.get(reservoir.id)) ?? reservoir;
  const stale = useStale(false);
  const { hours_left_p50: usual, hours_left_p90: worst } = reservoir;
  return (
    <tr>
      <th scope="row">
        <a href={assetPath(reservoir.id)}>{say(reservoir.name)}</a>
      </th>
      <td class={`figure ${stale ? "stale" : ""}`}>
        {format.number(live.level, 2)} <StaleAge at={live.at_ms} stale={stale} />
      </td>
      <td class="use-cell">
        {live.level !== null && <LevelBar reservoir={reservoir} level={live.level} name={say(reservoir.name)} />}
      </td>
      <td class="figure">{format.number(reservoir.volume_m3, 0)}</td>
      <td class="forecast-text">
        {usual === null ? "–" : t("reservoir.hours", { hours: format.number(usual, 1) })}
        {worst !== null && <small>{t("reservoir.hoursWorst", { hours: format.number(worst, 1) })}</small>}
      </td>
    </tr>
  );
}

export function ReservoirTable({ reservoirs }: { reservoirs: Reservoir[] }) {
  const { t } = useWords();
  if (reservoirs.length === 0) return null;
  return (
    <section class="table-section">
      <h3>{t("zone.reservoirs")}</h3>
      <Scroll label={t("zone.reservoirs")}>
        <table class="named-rows reservoirs">
          <thead>
            <tr>
              <th scope="col">{t("column.name")}</th>
              <th scope="col" class="figure">
                {t("column.level")} <span class="unit">m</span>
              </th>
              <th scope="col">
                <span class="visually-hidden">{t("column.level")}</span>
              </th>
              <th scope="col" class="figure">
                {t("column.volume")} <span class="unit">{shownUnit("m3").unit}</span>
              </th>
              <th scope="col">{t("column.hoursLeft")}</th>
            </tr>
          </thead>
          <tbody>
            {reservoirs.map((reservoir) => (
              <ReservoirRow key={reservoir.id} reservoir={reservoir} />
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
