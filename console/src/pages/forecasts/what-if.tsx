import { useMemo, useState } from "preact/hooks";
import { type WhatIf as Answer, askWhatIf, type Tenant } from "../../api/forecasts";
import { align } from "../../charts/align";
import { Chart } from "../../charts/chart";
import { numberOf, shownUnit } from "../../i18n/format";
import { dayOf } from "../../i18n/local-day";
import { useWords } from "../../i18n/text";
import { now } from "../../state/clock";
import { useMay } from "../../state/me";
import { timezone } from "../../state/province";
import { DayField } from "../../widgets/day-field";
import { Fact } from "../../widgets/fact";
import { Field, Select } from "../../widgets/field";
import { FormEnd } from "../../widgets/form-end";
import { Needs } from "../../widgets/needs";
import { useSend } from "../../widgets/use-send";

interface Props {
  of: { target: string; quantity: string };
  name: string;
}

const NOTHING = { vi: "", en: "" };
const SHAPES = ["as_target", "flat"] as const;

/** The forecast as asked over the one that stands, and the peak of both. */
function Shown({ answer, name }: { answer: Answer; name: string }) {
  const words = useWords();
  const { t, say, format } = words;
  const { unit, factor } = shownUnit(answer.unit);
  const until = answer.time_ms.at(-1) ?? answer.issue_ms;
  const aligned = useMemo(() => {
    const { target, quantity, issue_ms, step_s, time_ms, changed } = answer;
    const told = { model: "", fallback_text: NOTHING, remarks_text: NOTHING };
    const forecast = { target, quantity, unit: answer.unit, issue_ms, step_s, time_ms, ...told };
    const past = { times: time_ms, values: answer.baseline.p50 };
    return align({ history: null, forecast: { ...forecast, ...changed }, live: null, until, factor, past });
  }, [answer, until, factor]);
  const peak = ({ p50, time_ms }: Answer["baseline_peak"]) =>
    `${format.quantity(p50, answer.unit)}, ${format.dateTime(time_ms)}`;
  return (
    <div class="stack" data-testid="what-if-answer">
      <dl class="facts">
        <Fact name={t("whatIf.peakBefore")}>{peak(answer.baseline_peak)}</Fact>
        <Fact name={t("whatIf.peakAfter")}>{peak(answer.changed_peak)}</Fact>
        {answer.changed_peak.probability !== null && (
          <Fact name={t("forecast.over100")}>
            {`${format.percent(answer.baseline_peak.probability)} → ${format.percent(answer.changed_peak.probability)}`}
          </Fact>
        )}
      </dl>
      <Chart
        title={`${name}. ${t("whatIf.title")}`}
        unit={unit}
        data={aligned}
        stored={aligned}
        window={{ from: answer.time_ms[0] ?? answer.issue_ms, to: until }}
        marks={{ lines: [], now: { at: now.value, label: t("chart.now") } }}
        note={<p class="note">{t("whatIf.dotted")}</p>}
      />
      <ul>
        {answer.explanation.map((text) => (
          <li key={text.en}>{say(text)}</li>
        ))}
      </ul>
    </div>
  );
}

/** What the form holds, as typed; nothing typed asks for nothing. */
interface Typed {
  warmer: string;
  tenant: string;
  from: string;
  shape: (typeof SHAPES)[number];
}

function tenantOf({ tenant, from, shape }: Typed, quantity: string): Tenant[] {
  const amount = numberOf(tenant);
  if (amount === null) return [];
  return [{ ...(quantity === "flow" ? { m3_day: amount } : { mw: amount }), start: from, shape }];
}

/** What the forecast would be if it were warmer, or a tenant came or left. Nothing is stored. */
export function WhatIf({ of, name }: Props) {
  const { t } = useWords();
  const may = useMay("planner", of.target);
  const [typed, setTyped] = useState<Typed>({
    warmer: "",
    tenant: "",
    from: dayOf(now.value, timezone()),
    shape: "as_target",
  });
  const [answer, setAnswer] = useState<Answer | null>(null);
  const { busy, problem, run, complain } = useSend();
  const type = (changed: Partial<Typed>) => setTyped({ ...typed, ...changed });

  async function ask(event: Event): Promise<void> {
    event.preventDefault();
    if ([typed.warmer, typed.tenant].some((text) => text.trim() !== "" && numberOf(text) === null))
      return complain(t("edit.notNumber"));
    if (typed.tenant.trim() !== "" && typed.from === "") return complain(t("date.wrong"));
    const warmer = numberOf(typed.warmer);
    const tenants = tenantOf(typed, of.quantity);
    if (warmer === null && tenants.length === 0) return complain(t("whatIf.nothing"));
    setAnswer((await run(() => askWhatIf({ ...of, temperature_k: warmer, tenants }))) ?? null);
  }

  return (
    <section class="panel stack" data-testid="what-if">
      <h2>{t("whatIf.title")}</h2>
      <Needs right="planner" zone={of.target} />
      {may && (
        <form onSubmit={ask} class="row-form" noValidate>
          <Field label={t("whatIf.warmer")} value={typed.warmer} onInput={(warmer) => type({ warmer })} />
          <Field
            label={t(of.quantity === "flow" ? "whatIf.tenantWater" : "whatIf.tenantPower")}
            value={typed.tenant}
            onInput={(tenant) => type({ tenant })}
          />
          <DayField label={t("whatIf.from")} value={typed.from} onInput={(from) => type({ from })} />
          <Select
            label={t("whatIf.shape")}
            value={typed.shape}
            onChange={(shape) => type({ shape })}
            options={SHAPES.map((shape) => [shape, t(`whatIf.${shape}`)])}
          />
          <FormEnd send={t("whatIf.ask")} busy={busy} problem={problem} />
        </form>
      )}
      {answer && <Shown answer={answer} name={name} />}
    </section>
  );
}
