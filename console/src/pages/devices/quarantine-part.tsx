import { useState } from "preact/hooks";
import { dismiss, getGroups, getKept, type QuarantineGroup, replay } from "../../api/devices";
import { useWords } from "../../i18n/text";
import { useHour } from "../../state/clock";
import { useMay } from "../../state/me";
import { useResource } from "../../state/resource";
import { Needs } from "../../widgets/needs";
import { Empty, Failure, Loading } from "../../widgets/notice";
import { useSend } from "../../widgets/use-send";
import { Message } from "./message";
import { reasonWords } from "./reasons";

const REFRESH_MS = 10_000;

const keyOf = (group: QuarantineGroup) => `${group.reason}/${group.device || group.topic}/${group.detail}`;

/** Messages of one cause, each to be read and dismissed. */
function Messages({ group, onChange }: { group: QuarantineGroup; onChange: () => void }) {
  const { t } = useWords();
  const may = useMay("administrator");
  const { data, error, reload } = useResource(`${group.reason}/${group.device || group.topic}`, (signal) =>
    getKept(group, signal),
  );
  const { problem, run, busy } = useSend();
  if (!data) return error ? <Failure error={error} retry={reload} /> : <Loading />;
  return (
    <div class="stack">
      {problem && <p class="failure">{problem}</p>}
      {data.items.map((message) => (
        <div key={message.id} class="kept">
          <p>{message.detail}</p>
          <Message message={message} />
          {may && (
            <button
              type="button"
              disabled={busy}
              onClick={async () => {
                await run(() => dismiss(message.id));
                reload();
                onChange();
              }}
            >
              {t("devices.dismiss")}
            </button>
          )}
        </div>
      ))}
    </div>
  );
}

function Groups({ groups, onChange }: { groups: QuarantineGroup[]; onChange: () => void }) {
  const words = useWords();
  const { t, format } = words;
  const hour = useHour();
  return (
    <ul class="groups">
      {groups.map((group) => (
        <li key={keyOf(group)} class="panel" data-testid="quarantine-group">
          <details>
            <summary>
              <strong>{reasonWords(words, group.reason)}</strong>
              <span>{group.device || group.topic}</span>
              <span class="muted">{group.detail}</span>
              <span class="figure">{t("devices.waiting", { count: String(group.messages) })}</span>
              <span class="muted">{format.timeNear(group.last_ms, hour)}</span>
            </summary>
            <Messages group={group} onChange={onChange} />
          </details>
        </li>
      ))}
    </ul>
  );
}

/** What could not be stored, by cause; and to read it again once its cause is mended. */
export function QuarantinePart() {
  const { t } = useWords();
  const { data, error, reload } = useResource("groups", getGroups, { everyMs: REFRESH_MS });
  const { busy, problem, run } = useSend();
  const [done, setDone] = useState<string | null>(null);

  async function again(): Promise<void> {
    const answer = await run(() => replay(null, null));
    if (!answer) return;
    const { messages, readings, left } = answer;
    setDone(t("devices.replayed", { messages: String(messages), readings: String(readings), left: String(left) }));
    reload();
  }

  return (
    <>
      <section class="panel toolbar">
        <p>{t("devices.quarantineExplain")}</p>
        <Needs right="administrator">
          <button type="button" disabled={busy} onClick={() => void again()}>
            {t("devices.replay")}
          </button>
        </Needs>
        {done && <p role="status">{done}</p>}
        {problem && <p class="failure">{problem}</p>}
      </section>
      {!data && (error ? <Failure error={error} retry={reload} /> : <Loading />)}
      {data?.items.length === 0 && <Empty>{t("devices.nothingWaits")}</Empty>}
      {data && <Groups groups={data.items} onChange={reload} />}
    </>
  );
}
