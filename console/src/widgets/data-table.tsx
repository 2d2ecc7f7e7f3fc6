import { useMemo, useState } from "preact/hooks";
import { useWords } from "../i18n/text";
import { Scroll } from "./scroll";

interface Props {
  columns: string[];
  /** Called only when the table is open: a long chart has thousands of cells. Another function means other rows. */
  rows: () => string[][];
}

/** Its vnode is kept as long as its numbers are: thousands of cells are not compared with every reading. */
function Table({ columns, rows }: { columns: string[]; rows: string[][] }) {
  return (
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
        {rows.map((row) => (
          <tr key={row[0]}>
            {row.map((cell, index) => (
              <td key={columns[index]}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The numbers behind a picture, for those who cannot see it and those who want them exactly. */
export function DataTable({ columns, rows }: Props) {
  const { t } = useWords();
  const [open, setOpen] = useState(false);
  const table = useMemo(() => open && <Table columns={columns} rows={rows()} />, [open, columns, rows]);
  return (
    <details class="data-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("chart.table")}</summary>
      {open && (
        <Scroll label={t("chart.table")} tall>
          {table}
        </Scroll>
      )}
    </details>
  );
}
