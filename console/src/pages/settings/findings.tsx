import { getHealth } from "../../api/status";
import { machineName } from "../../i18n/machine-names";
import { useWords, type Words } from "../../i18n/text";
import { useHour } from "../../state/clock";
import { useResource } from "../../state/resource";
import { Fact } from "../../widgets/fact";
import { StateShape } from "../../widgets/icons";
import { Failure, Loading } from "../../widgets/notice";

const REFRESH_MS = 5_000;
const GIB = 2 ** 30;

const queueName = (words: Words, name: string) => machineName(words, `queue.${name.replaceAll(" ", "_")}`, name);

/** What is wrong, in words; then what the system waits for and how much room is left. */
export function Findings() {
  const words = useWords();
  const { t, say, format } = words;
  const hour = useHour();
  const { data, error, reload } = useResource("health", getHealth, { everyMs: REFRESH_MS });
  if (!data) return error ? <Failure error={error} retry={reload} /> : <Loading />;
  const instant = (ms: number | null) => (ms === null ? "–" : format.timeNear(ms, hour));
  const milliseconds = (ms: number | null) => (ms === null ? "–" : `${format.number(ms, 1)} ms`);
  return (
    <section class="panel stack" data-testid="findings">
      <h2>{t("health.findings")}</h2>
      {data.findings.length === 0 ? (
        <p>{t("health.nothingWrong")}</p>
      ) : (
        <ul>
          {data.findings.map((finding) => (
            <li key={`${finding.part}/${finding.text.en}`} class="text-high">
              <StateShape state="high" /> {say(finding.text)}
            </li>
          ))}
        </ul>
      )}
      <dl class="facts">
        {data.queues.map((queue) => (
          <Fact key={queue.name} name={t("health.queue", { name: queueName(words, queue.name) })}>
            {queue.size === null
              ? format.number(queue.depth, 0)
              : `${format.number(queue.depth, 0)} / ${format.number(queue.size, 0)}`}
          </Fact>
        ))}
        <Fact name={t("health.storeRead")}>{milliseconds(data.store_read_ms)}</Fact>
        <Fact name={t("health.stateRead")}>{milliseconds(data.state_read_ms)}</Fact>
        <Fact name={t("health.lastForecast")}>{instant(data.last_forecast_ms)}</Fact>
        <Fact name={t("health.lastDelivery")}>{instant(data.last_delivery_ms)}</Fact>
        {data.disks.map((disk) => (
          <Fact key={disk.folder} name={t("health.disk")}>
            {`${format.number(disk.free_bytes / GIB, 0)} / ${format.number(disk.total_bytes / GIB, 0)} GiB`}
          </Fact>
        ))}
      </dl>
    </section>
  );
}
