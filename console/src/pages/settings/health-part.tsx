import type { ComponentChildren } from "preact";
import { getStatus, type Status } from "../../api/status";
import { machineName } from "../../i18n/machine-names";
import { useWords, type Words } from "../../i18n/text";
import { useHour } from "../../state/clock";
import { useAge } from "../../state/live";
import { useResource } from "../../state/resource";
import { Fact } from "../../widgets/fact";
import { StateShape } from "../../widgets/icons";
import { Failure, Loading } from "../../widgets/notice";
import { Findings } from "./findings";

const REFRESH_MS = 5_000;

function Part({
  title,
  ok,
  detail,
  children,
}: {
  title: string;
  ok: boolean;
  detail?: string;
  children?: ComponentChildren;
}) {
  const { t } = useWords();
  return (
    <section class="panel">
      <div class="section-head">
        <h2>{title}</h2>
        {ok ? (
          <span class="muted">{t("health.works")}</span>
        ) : (
          <span class="state-mark text-over">
            <StateShape state="over" />
            {t("health.fails")}
          </span>
        )}
      </div>
      {detail && <p class={ok ? "muted" : "failure"}>{detail}</p>}
      <dl class="facts">{children}</dl>
    </section>
  );
}

function Counts({ counts }: { counts: [name: string, value: number | null][] }) {
  const { format } = useWords();
  return (
    <>
      {counts.map(([name, value]) => (
        <Fact key={name} name={name}>
          {format.number(value, value !== null && !Number.isInteger(value) ? 1 : 0)}
        </Fact>
      ))}
    </>
  );
}

const MEBIBYTE = 2 ** 20;

/** A number that a store tells of itself: bytes, instants in seconds, and counts. */
function storeNumber({ format }: Words, name: string, value: number): string {
  if (name === "bytes") return `${format.number(value / MEBIBYTE, 0)} MiB`;
  return name.endsWith("_seconds") ? format.date(value * 1000) : format.number(value, 0);
}

function StoreHealth({ store }: { store: Status["store"] }) {
  const words = useWords();
  return (
    <Part title={words.t("health.store")} ok={store.ready} detail={store.detail}>
      {Object.entries(store.numbers).map(([name, value]) => (
        <Fact key={name} name={machineName(words, `stored.${name}`, name.replaceAll("_", " "))}>
          {storeNumber(words, name, value)}
        </Fact>
      ))}
    </Part>
  );
}

function CollectorHealth({ collector }: { collector: Status["collector"] }) {
  const { t } = useWords();
  const { lag_s: lag } = collector;
  return (
    <Part title={t("health.collector")} ok={collector.connected}>
      <Counts
        counts={[
          [t("health.received"), collector.received],
          [t("health.stored"), collector.stored],
          [t("health.duplicates"), collector.duplicates],
          [t("health.quarantined"), collector.quarantined],
          [t("health.waiting"), collector.waiting],
          [t("health.lag"), lag],
        ]}
      />
    </Part>
  );
}

/** How the system itself is: each part by a word, and the counts that tell what is wrong. */
export function HealthPart() {
  const words = useWords();
  const { t, format, lasting } = words;
  const hour = useHour();
  const { data, error, reload } = useResource("status", getStatus, { everyMs: REFRESH_MS });
  const up = useAge(data?.started_ms ?? null, 1000);
  if (!data) return error ? <Failure error={error} retry={reload} /> : <Loading />;
  const { forecasts, alarms } = data;
  return (
    <>
      <p class="muted">
        {t("health.version", { version: data.version, time: up === null ? "–" : lasting(up) })}
        {` · ${t("health.listeners", { count: String(data.live.listeners) })}`}
      </p>
      <Findings />
      <div class="zone-columns">
        <StoreHealth store={data.store} />
        <CollectorHealth collector={data.collector} />
        <Part title={t("page.forecasts")} ok={forecasts.fallbacks === 0}>
          <Counts
            counts={[
              [t("health.issued"), forecasts.issued],
              [t("health.fallbacks"), forecasts.fallbacks],
            ]}
          />
          <Fact name={t("health.last")}>
            {forecasts.last_ms === null ? "–" : format.timeNear(forecasts.last_ms, hour)}
          </Fact>
        </Part>
        <Part title={t("page.alarms")} ok={alarms.given_up === 0}>
          <Counts
            counts={[
              [t("health.raised"), alarms.raised],
              [t("health.delivered"), alarms.delivered],
              [t("health.givenUp"), alarms.given_up],
            ]}
          />
        </Part>
        {data.roles.map((role) => (
          <Part
            key={role.role}
            title={machineName(words, `process.${role.role}`, role.role)}
            ok={role.ready}
            detail={role.detail}
          >
            <Fact name={t("meter.heard")}>
              {role.heard_ms === null ? t("meter.never") : format.timeNear(role.heard_ms, hour)}
            </Fact>
          </Part>
        ))}
      </div>
    </>
  );
}
