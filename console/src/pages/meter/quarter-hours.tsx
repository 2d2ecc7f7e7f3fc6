import { useState } from "preact/hooks";
import { getEdits, getValues, type MeterValues } from "../../api/metering";
import type { MeterDetail, RatioFrom } from "../../api/meters";
import { qualityWord } from "../../charts/chart";
import { QUARTER_MS, shownUnit } from "../../i18n/format";
import { factorOf, ratioAt } from "../../i18n/quantities";
import { useWords } from "../../i18n/text";
import { now } from "../../state/clock";
import { useHurry } from "../../state/hurry";
import { useMay } from "../../state/me";
import { timezone } from "../../state/province";
import { endedQuarters, range, searchOf, spanOf } from "../../state/range";
import { useResource } from "../../state/resource";
import { useStore } from "../../state/store";
import { QualityMark } from "../../widgets/icons";
import { Needs } from "../../widgets/needs";
import { Empty, Failure, Loading } from "../../widgets/notice";
import { Scroll } from "../../widgets/scroll";
import { EditDialog, type Stretch } from "./edit-dialog";
import { EditList } from "./edit-list";

const REFRESH_MS = 15_000;

/** The last day of the range: a table of more is not read by anybody. */
async function ask(meter: string, quantity: string, signal: AbortSignal) {
  const span = spanOf(range.value, now.value, timezone());
  const stretch = endedQuarters(span, now.value);
  const [values, edits] = await Promise.all([
    stretch && getValues(meter, quantity, stretch, signal),
    getEdits(meter, quantity, span, signal),
  ]);
  return { values, edits: edits.items };
}

interface RowsProps {
  values: MeterValues;
  /** Of CT and VT, or a pulse's worth, as they were in force: raw readings are shown as they count on the primary side. */
  ratios: RatioFrom[];
  onEdit: ((stretch: Stretch) => void) | null;
}

function Rows({ values, ratios, onEdit }: RowsProps) {
  const words = useWords();
  const { t, format } = words;
  const { factor } = shownUnit(values.unit);
  const rawFactor = (at: number) => factor * factorOf(values.unit, ratioAt(ratios, at));
  const newestFirst = values.start_ms.map((_, index) => index).reverse();
  return (
    <tbody>
      {newestFirst.map((index) => {
        const start = values.start_ms[index] as number;
        const final = values.final[index] ?? null;
        const quality = values.quality[index];
        return (
          <tr key={start} class={`quality-row-${quality}`}>
            <th scope="row">{format.dateTime(start)}</th>
            <td class="figure">
              {values.raw[index] == null ? "–" : format.figures((values.raw[index] as number) * rawFactor(start))}
            </td>
            <td class="figure muted">{values.raw_count[index]}</td>
            <td class="figure">{final === null ? "–" : format.number(final * factor)}</td>
            <td>
              <QualityMark quality={quality} /> {qualityWord(words, quality)}
            </td>
            <td class="muted">{values.rule[index] || "–"}</td>
            {onEdit && (
              <td>
                <button
                  type="button"
                  aria-label={t("edit.editAt", { time: format.dateTime(start) })}
                  onClick={() => onEdit({ startMs: start, endMs: start + QUARTER_MS, value: final })}
                >
                  {t("edit.edit")}
                </button>
              </td>
            )}
          </tr>
        );
      })}
    </tbody>
  );
}

function Table({ values, ratios, onEdit }: RowsProps) {
  const { t } = useWords();
  return (
    <Scroll label={t("values.title")} tall>
      <table class="values">
        <thead>
          <tr>
            <th scope="col">{t("values.from")}</th>
            <th scope="col" class="figure">
              {t("values.raw")} <span class="unit">{shownUnit(values.unit).unit}</span>
            </th>
            <th scope="col" class="figure">
              {t("values.count")}
            </th>
            <th scope="col" class="figure">
              {t("values.final")} <span class="unit">{shownUnit(values.unit).unit}</span>
            </th>
            <th scope="col">{t("chart.quality")}</th>
            <th scope="col">{t("values.rule")}</th>
            {onEdit && (
              <th scope="col">
                <span class="visually-hidden">{t("edit.edit")}</span>
              </th>
            )}
          </tr>
        </thead>
        <Rows values={values} ratios={ratios} onEdit={onEdit} />
      </table>
    </Scroll>
  );
}

/** Quarter hours one by one, what is said of each, and edits of them. */
export function QuarterHours({
  meter,
  quantity,
  onChange,
}: {
  meter: MeterDetail;
  quantity: string;
  onChange: () => void;
}) {
  const { t, format } = useWords();
  const chosen = useStore(range);
  const may = useMay("planner", meter.zone);
  const { everyMs, hurry } = useHurry(REFRESH_MS);
  const [stretch, setStretch] = useState<Stretch | null>(null);
  const { data, error, reload } = useResource(`${meter.id}/${quantity}`, (signal) => ask(meter.id, quantity, signal), {
    everyMs,
    version: searchOf(chosen),
  });
  if (!data) return error ? <Failure error={error} retry={reload} /> : <Loading />;
  const { values, edits } = data;
  const changed = () => {
    setStretch(null);
    reload();
    hurry();
    onChange();
  };
  return (
    <>
      <section>
        <div class="section-head">
          <h3>{t("values.title")}</h3>
          {values && (
            <span class="muted">{t("values.complete", { share: format.percent(values.completeness, 1) })}</span>
          )}
        </div>
        <Needs right="planner" zone={meter.zone} />
        {values ? (
          <Table values={values} ratios={meter.ratios} onEdit={may ? setStretch : null} />
        ) : (
          <Empty>{t("values.none")}</Empty>
        )}
      </section>
      <EditList edits={edits} zone={meter.zone} onChange={changed} />
      {values && stretch && (
        <EditDialog
          meter={meter}
          quantity={quantity}
          unit={values.unit}
          stretch={stretch}
          onClose={() => setStretch(null)}
          onDone={changed}
        />
      )}
    </>
  );
}
