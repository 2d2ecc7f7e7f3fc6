import { useState } from "preact/hooks";
import { type AuditItem, getAudit } from "../../api/people";
import { machineName } from "../../i18n/machine-names";
import { useWords } from "../../i18n/text";
import { useResource } from "../../state/resource";
import { Field } from "../../widgets/field";
import { Empty, Failure, Loading } from "../../widgets/notice";
import { Scroll } from "../../widgets/scroll";

function Row({ item }: { item: AuditItem }) {
  const words = useWords();
  const { format } = words;
  return (
    <tr>
      <td class="word">{`${format.day(item.at_ms)} ${format.timeWithSeconds(item.at_ms)}`}</td>
      <td>{item.person}</td>
      <td>{machineName(words, `did.${item.action}`, item.action)}</td>
      <td>{item.subject}</td>
      <td class="told">{item.before}</td>
      <td class="told">{item.after}</td>
      <td class="muted">{item.origin}</td>
      <td>{machineName(words, `outcome.${item.outcome}`, item.outcome)}</td>
    </tr>
  );
}

/** Every change: who, what, before and after, from where, and what became of it. */
export function AuditPart() {
  const { t } = useWords();
  const [person, setPerson] = useState("");
  const [subject, setSubject] = useState("");
  const [cursors, setCursors] = useState<(number | null)[]>([null]);
  const { data, error, reload } = useResource(`${person}/${subject}/${cursors.join()}`, async (signal) => {
    const filter = { person: person || null, subject: subject || null };
    const pages = await Promise.all(cursors.map((cursor) => getAudit({ ...filter, cursor }, signal)));
    return { items: pages.flatMap((page) => page.items), next: pages.at(-1)?.next ?? null };
  });
  const search = (set: (typed: string) => void) => (typed: string) => {
    set(typed.trim());
    setCursors([null]);
  };
  return (
    <section class="panel">
      <div class="toolbar">
        <Field label={t("audit.person")} value={person} onInput={search(setPerson)} />
        <Field label={t("audit.subject")} value={subject} onInput={search(setSubject)} />
      </div>
      {!data && (error ? <Failure error={error} retry={reload} /> : <Loading />)}
      {data?.items.length === 0 && <Empty>{t("audit.none")}</Empty>}
      {data && data.items.length > 0 && (
        <Scroll label={t("settings.audit")}>
          <table class="audit" data-testid="audit">
            <thead>
              <tr>
                {(["time", "person", "action", "subject", "before", "after", "origin", "outcome"] as const).map(
                  (column) => (
                    <th key={column} scope="col">
                      {t(`audit.column.${column}`)}
                    </th>
                  ),
                )}
              </tr>
            </thead>
            <tbody>
              {data.items.map((item) => (
                <Row key={item.seq} item={item} />
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {data?.next && (
        <button type="button" onClick={() => setCursors([...cursors, data.next])}>
          {t("action.more")}
        </button>
      )}
    </section>
  );
}
