import { useState } from "preact/hooks";
import { type Duty, getDuty, makeStandIn, type StandIn, sendTestPage, withdrawStandIn } from "../../api/duty";
import type { Priority } from "../../api/types";
import { HOUR_MS } from "../../i18n/format";
import { fieldTime, instantOf } from "../../i18n/local-day";
import { useWords } from "../../i18n/text";
import { now, useHour } from "../../state/clock";
import { useMay } from "../../state/me";
import { timezone } from "../../state/province";
import { useResource } from "../../state/resource";
import { DayField } from "../../widgets/day-field";
import { Field, Select } from "../../widgets/field";
import { FormEnd } from "../../widgets/form-end";
import { Needs } from "../../widgets/needs";
import { Empty, Failure, Loading } from "../../widgets/notice";
import { OnDuty } from "../../widgets/on-duty";
import { useSend } from "../../widgets/use-send";

const REFRESH_MS = 15_000;

function StandInForm({ duty, onDone }: { duty: Duty; onDone: () => void }) {
  const { t } = useWords();
  const hour = Math.floor(now.value / HOUR_MS) * HOUR_MS;
  const [rota, setRota] = useState(duty.rotas[0]?.rota ?? "");
  const [target, setTarget] = useState(duty.targets[0] ?? "");
  const [from, setFrom] = useState(fieldTime(hour, timezone()));
  const [to, setTo] = useState(fieldTime(hour + 12 * HOUR_MS, timezone()));
  const [reason, setReason] = useState("");
  const { busy, problem, run } = useSend();

  async function make(event: Event): Promise<void> {
    event.preventDefault();
    const span = { start_ms: instantOf(from, timezone()), end_ms: instantOf(to, timezone()) };
    if (await run(() => makeStandIn({ rota, target, ...span, reason: reason.trim() }))) onDone();
  }

  return (
    <form onSubmit={make} class="row-form">
      <Select
        label={t("duty.rota")}
        value={rota}
        onChange={setRota}
        options={duty.rotas.map((one) => [one.rota, one.rota])}
      />
      <Select
        label={t("duty.standIn")}
        value={target}
        onChange={setTarget}
        options={duty.targets.map((one) => [one, one])}
      />
      <DayField label={t("range.from")} withTime value={from} onInput={setFrom} required />
      <DayField label={t("range.to")} withTime value={to} onInput={setTo} required />
      <Field label={t("act.reason")} value={reason} onInput={setReason} required />
      <FormEnd send={t("duty.make")} busy={busy} problem={problem} />
    </form>
  );
}

function StandIns({ items, may, onChange }: { items: StandIn[]; may: boolean; onChange: () => void }) {
  const { t, format } = useWords();
  const { busy, problem, run } = useSend();
  if (items.length === 0) return <Empty>{t("duty.noStandIns")}</Empty>;
  return (
    <>
      {problem && <p class="failure">{problem}</p>}
      <ul class="edits">
        {items.map((one) => (
          <li key={one.id} class={one.state === "over" || one.state === "withdrawn" ? "undone" : ""}>
            <p>
              <strong>{`${one.rota}: ${one.target}`}</strong>
              {` ${format.dateTime(one.start_ms)} – ${format.dateTime(one.end_ms)} · ${t(`duty.${one.state}`)}`}
            </p>
            <p>{`${one.person}: ${one.reason}`}</p>
            {may && (one.state === "planned" || one.state === "under_way") && (
              <button
                type="button"
                disabled={busy}
                onClick={async () => {
                  await run(() => withdrawStandIn(one.id));
                  onChange();
                }}
              >
                {t("duty.withdraw")}
              </button>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

function TestPage({ duty, onSent }: { duty: Duty; onSent: () => void }) {
  const { t, format } = useWords();
  const hour = useHour();
  const { busy, problem, run } = useSend();
  return (
    <section class="panel stack">
      <h2>{t("duty.test")}</h2>
      <p>{t("duty.testExplain")}</p>
      <Needs right="operator">
        <div class="buttons">
          <button
            type="button"
            disabled={busy}
            onClick={async () => {
              await run(sendTestPage);
              onSent();
            }}
          >
            {t("duty.sendTest")}
          </button>
        </div>
      </Needs>
      {problem && (
        <p class="failure" role="alert">
          {problem}
        </p>
      )}
      {duty.test && (
        <ul>
          {duty.test.deliveries.map((one) => (
            <li key={one.target}>
              {`${format.timeNear(duty.test?.sent_ms ?? 0, hour)} ${one.target}: ${t(`delivery.${one.status}`)} ${one.receipt}`}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** Who is on duty, the levels of escalation, who stands in, and whether messages arrive. */
export function DutyPart() {
  const { t } = useWords();
  const may = useMay("operator");
  const { data, error, reload } = useResource("duty", getDuty, { everyMs: REFRESH_MS });
  if (!data) return error ? <Failure error={error} retry={reload} /> : <Loading />;
  const minutes = (after: Partial<Record<Priority, number>>) =>
    (Object.entries(after) as [Priority, number][])
      .map(([priority, min]) => t("duty.after", { priority: t(`priority.${priority}`), min: String(min) }))
      .join(", ");
  return (
    <>
      <section class="panel">
        <h2>{t("duty.now")}</h2>
        <OnDuty duty={data} />
      </section>
      <section class="panel">
        <h2>{t("duty.levels")}</h2>
        {data.levels.length === 0 ? (
          <Empty>{t("duty.noLevels", { targets: data.targets.join(", ") || "–" })}</Empty>
        ) : (
          <ol class="levels">
            {data.levels.map((level) => (
              <li key={level.to.join()}>
                <strong>{level.to.join(", ")}</strong> <span class="muted">{minutes(level.after_min)}</span>
              </li>
            ))}
          </ol>
        )}
      </section>
      <section class="panel stack">
        <h2>{t("duty.standIns")}</h2>
        {data.rotas.length > 0 && (
          <Needs right="operator">
            <StandInForm duty={data} onDone={reload} />
          </Needs>
        )}
        <StandIns items={data.stand_ins} may={may} onChange={reload} />
      </section>
      <TestPage duty={data} onSent={reload} />
    </>
  );
}
