import { useState } from "preact/hooks";
import { DAY_MS } from "../i18n/format";
import { dayOf, dayStart } from "../i18n/local-day";
import { useWords } from "../i18n/text";
import { now } from "../state/clock";
import { timezone } from "../state/province";
import { LIVE_RANGES, type RangeName, range } from "../state/range";
import { useStore } from "../state/store";
import { DayField } from "./day-field";

/** Two local days; shown charts follow when they are taken over. */
function Days({ from: first, to: last, onDone }: { from: string; to: string; onDone: () => void }) {
  const { t } = useWords();
  const [from, setFrom] = useState(first);
  const [to, setTo] = useState(last);
  return (
    <form
      class="range-days"
      onSubmit={(event) => {
        event.preventDefault();
        range.set(from <= to ? { from, to } : { from: to, to: from });
        onDone();
      }}
    >
      <DayField label={t("range.from")} value={from} onInput={setFrom} required />
      <DayField label={t("range.to")} value={to} onInput={setTo} required />
      <button type="submit" class="primary">
        {t("range.show")}
      </button>
    </form>
  );
}

/** The one date range, live or of days that were; it is in the address of the page. */
export function RangePicker() {
  const { t, format } = useWords();
  const chosen = useStore(range);
  const [open, setOpen] = useState(false);
  const fixed = "from" in chosen ? chosen : null;
  const today = dayOf(now.value, timezone());
  const thisYear = [fixed?.from, fixed?.to].every((day) => day?.startsWith(today.slice(0, 4)));
  const written = (day: string) => format[thisYear ? "day" : "date"](dayStart(day, timezone()));
  return (
    <div class="range">
      <fieldset class="segments">
        <legend class="visually-hidden">{t("range.label")}</legend>
        {(Object.keys(LIVE_RANGES) as RangeName[]).map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={"name" in chosen && name === chosen.name}
            onClick={() => {
              setOpen(false);
              range.set({ name });
            }}
          >
            {t(`range.${name}`)}
          </button>
        ))}
        <button type="button" aria-pressed={fixed !== null} aria-expanded={open} onClick={() => setOpen(!open)}>
          {fixed
            ? fixed.from === fixed.to
              ? written(fixed.from)
              : `${written(fixed.from)} – ${written(fixed.to)}`
            : t("range.days")}
        </button>
      </fieldset>
      {open && (
        <Days
          from={fixed?.from ?? dayOf(now.value - DAY_MS, timezone())}
          to={fixed?.to ?? today}
          onDone={() => setOpen(false)}
        />
      )}
    </div>
  );
}
