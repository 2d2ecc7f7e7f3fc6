import { useState } from "preact/hooks";
import { useWords } from "../i18n/text";

interface Props {
  columns: string[];
  /** Called only when the table is opened: a long chart has thousands of rows. */
  rows: () => string[][];
}

/** The numbers behind a picture, for those who cannot see it and those who want them exactly. */
export function DataTable({ columns, rows }: Props) {
  const { t } = useWords();
  const [open, setOpen] = useState(false);
  return (
    <details class="data-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("chart.table")}</summary>
      {open && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        <section class="table-scroll" tabIndex={0} aria-label={t("chart.table")}>
          <table>
            <thead>
              <tr>
                {columns.map((column) => (
                  <th key={column} scope="col">
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows().map((row) => (
                <tr key={row[0]}>
                  {row.map((cell, index) => (
                    <td key={columns[index]}>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  );
}
