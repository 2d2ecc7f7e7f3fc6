import type { Load } from "../../api/types";
import { useWords } from "../../i18n/text";
import { useLoad, useStale } from "../../state/live";
import { LoadBar } from "../../widgets/load-bar";
import { StaleAge, StateMark } from "../../widgets/value";

interface Props {
  id: string;
  name: string;
  load: Load;
  /** What its rating is, written as the table wants it. */
  rating: string;
}

/** The cells of a table's row that tell a load: value, rating, bar with per cent, state. */
export function LoadCells({ id, name, load: given, rating }: Props) {
  const { format } = useWords();
  const load = useLoad(id, given.utility, given) ?? given;
  const stale = useStale(load.stale);
  return (
    <>
      <td class={`figure ${stale ? "stale" : ""}`}>
        {format.value(load.value, load.unit)} <StaleAge at={load.at_ms} stale={stale} />
      </td>
      <td class="figure">{rating}</td>
      <td class="use-cell">
        {load.utilisation !== null && (
          <div>
            <LoadBar load={load} name={name} stale={stale} />
            <span class="figure">{format.percent(load.utilisation)}</span>
          </div>
        )}
      </td>
      <td>{load.state === "normal" ? "" : <StateMark state={load.state} />}</td>
    </>
  );
}

/** The same four cells for what is not in service. */
export function NoLoadCells({ rating, word }: { rating: string; word: string }) {
  return (
    <>
      <td class="figure">–</td>
      <td class="figure">{rating}</td>
      <td />
      <td class="muted">{word}</td>
    </>
  );
}
