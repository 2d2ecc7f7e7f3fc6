import { useState } from "preact/hooks";
import { getAll } from "../../api/client";
import { getOutages, type Outage, planOutage, withdrawOutage } from "../../api/incidents";
import type { Text } from "../../api/types";
import { HOUR_MS } from "../../i18n/format";
import { fieldTime, instantOf } from "../../i18n/local-day";
import { useWords } from "../../i18n/text";
import { now } from "../../state/clock";
import { useMe } from "../../state/me";
import { timezone } from "../../state/province";
import { useResource } from "../../state/resource";
import { hasSomewhere } from "../../state/rights";
import { assetPath } from "../../widgets/crumbs";
import { DayField } from "../../widgets/day-field";
import { Field, Select } from "../../widgets/field";
import { FormEnd } from "../../widgets/form-end";
import { Empty, Failure, Loading } from "../../widgets/notice";
import { useSend } from "../../widgets/use-send";

const REFRESH_MS = 15_000;

interface Choice {
  id: string;
  name: Text;
}

const ask = async (signal: AbortSignal) => {
  const [outages, assets] = await Promise.all([getOutages(signal), getAll<Choice>("/assets", signal)]);
  return { outages: outages.items, assets: assets.items };
};

function PlanForm({ assets, onDone }: { assets: Choice[]; onDone: () => void }) {
  const { t, say } = useWords();
  const start = Math.ceil(now.value / HOUR_MS) * HOUR_MS;
  const [asset, setAsset] = useState(assets[0]?.id ?? "");
  const [from, setFrom] = useState(fieldTime(start, timezone()));
  const [to, setTo] = useState(fieldTime(start + 2 * HOUR_MS, timezone()));
  const [vi, setVi] = useState("");
  const [en, setEn] = useState("");
  const { busy, problem, run, complain } = useSend();

  async function plan(event: Event): Promise<void> {
    event.preventDefault();
    // One of the two may be left out: a reason in one language says more than none.
    const reason = { vi: vi.trim() || en.trim(), en: en.trim() || vi.trim() };
    if (reason.vi === "") return complain(t("act.fill"));
    const span = { start_ms: instantOf(from, timezone()), end_ms: instantOf(to, timezone()) };
    if (await run(() => planOutage({ asset, ...span, reason }))) onDone();
  }

  return (
    <form onSubmit={plan} class="row-form">
      <Select
        label={t("outage.asset")}
        value={asset}
        onChange={setAsset}
        options={assets.map((one) => [one.id, say(one.name)])}
      />
      <DayField label={t("range.from")} withTime value={from} onInput={setFrom} required />
      <DayField label={t("range.to")} withTime value={to} onInput={setTo} required />
      <Field label={t("outage.reasonVi")} value={vi} onInput={setVi} />
      <Field label={t("outage.reasonEn")} value={en} onInput={setEn} />
      <FormEnd send={t("outage.plan")} busy={busy} problem={problem} />
    </form>
  );
}

function Entry({ outage, may, onChange }: { outage: Outage; may: boolean; onChange: () => void }) {
  const { t, say, format } = useWords();
  const { busy, problem, run } = useSend();
  const over = outage.state === "over" || outage.state === "withdrawn";
  return (
    <li class={over ? "undone" : ""} data-testid="outage">
      <p>
        <a href={assetPath(outage.asset)}>{say(outage.asset_name)}</a>
        {` ${format.dateTime(outage.start_ms)} – ${format.dateTime(outage.end_ms)} · ${t(`duty.${outage.state}`)}`}
      </p>
      <p>{`${outage.person}: ${say(outage.reason)}`}</p>
      {outage.suppressed > 0 && <p class="muted">{t("outage.quiet", { count: String(outage.suppressed) })}</p>}
      {problem && <p class="failure">{problem}</p>}
      {may && !over && (
        <button
          type="button"
          disabled={busy}
          onClick={async () => {
            await run(() => withdrawOutage(outage.id));
            onChange();
          }}
        >
          {t("duty.withdraw")}
        </button>
      )}
    </li>
  );
}

/** Notices of planned outages: alarms that are expected are not announced. */
export function OutagesPart() {
  const { t } = useWords();
  const may = hasSomewhere(useMe(), "operator");
  const { data, error, reload } = useResource("outages", ask, { everyMs: REFRESH_MS });
  if (!data) return error ? <Failure error={error} retry={reload} /> : <Loading />;
  const latestFirst = [...data.outages].reverse();
  return (
    <section class="panel stack">
      <p>{t("outage.explain")}</p>
      {may ? (
        <PlanForm assets={data.assets} onDone={reload} />
      ) : (
        <p class="note">{t("rights.tooLow", { role: t("people.operator") })}</p>
      )}
      {latestFirst.length === 0 && <Empty>{t("outage.none")}</Empty>}
      <ul class="edits">
        {latestFirst.map((outage) => (
          <Entry key={outage.id} outage={outage} may={may} onChange={reload} />
        ))}
      </ul>
    </section>
  );
}
