import { useState } from "preact/hooks";
import { CONDITIONS, type Condition, type Device, getDevices } from "../../api/devices";
import { useWords, type Words } from "../../i18n/text";
import { useResource } from "../../state/resource";
import { meterPath } from "../../widgets/crumbs";
import { Field } from "../../widgets/field";
import { StateShape } from "../../widgets/icons";
import { LastHeard } from "../../widgets/last-heard";
import { Empty, Failure, Loading } from "../../widgets/notice";
import { Scroll } from "../../widgets/scroll";
import { SilentMeters } from "./silent-meters";

const REFRESH_MS = 15_000;

function Drift({ device }: { device: Device }) {
  const { t, lasting } = useWords();
  const { drift_ms: drift } = device;
  if (drift === null) return <>–</>;
  if (Math.abs(drift) < 1000) return <>{t("devices.clockRight")}</>;
  return <>{t(drift < 0 ? "meter.ahead" : "meter.behind", { time: lasting(Math.abs(drift)) })}</>;
}

/** Usual interval, and that of late where it differs. */
function interval({ format, t }: Words, { interval_s: usual, recent_s: recent }: Device): string {
  if (usual === null) return "–";
  const written = `${format.number(usual, usual < 10 ? 1 : 0)} s`;
  const differs = recent !== null && Math.abs(recent - usual) > 0.5 * usual;
  return differs ? t("devices.ofLate", { usual: written, recent: format.number(recent, 0) }) : written;
}

function Conditions({ device }: { device: Device }) {
  const { t } = useWords();
  return (
    <>
      {device.conditions.map((condition) => (
        <span key={condition} class="state-mark text-high">
          <StateShape state="high" />
          {t(`condition.${condition}`)}
        </span>
      ))}
    </>
  );
}

function Row({ device }: { device: Device }) {
  const words = useWords();
  const errors = Object.entries(device.errors);
  return (
    <tr>
      <th scope="row">{device.device}</th>
      <td>
        {device.meters.map((meter) => (
          <a key={meter} href={meterPath(meter)}>
            {meter}
          </a>
        ))}
      </td>
      <td class="word">
        <LastHeard at={device.last_seen_ms} silent={device.conditions.includes("silent")} />
      </td>
      <td class="figure">{interval(words, device)}</td>
      <td class="word">
        <Drift device={device} />
      </td>
      <td>{errors.length === 0 ? "–" : errors.map(([reason, count]) => `${reason} ${count}`).join(", ")}</td>
      <td class="muted">{device.profile}</td>
      <td>
        <Conditions device={device} />
      </td>
    </tr>
  );
}

function Table({ devices }: { devices: Device[] }) {
  const { t } = useWords();
  return (
    <Scroll label={t("page.devices")}>
      <table>
        <thead>
          <tr>
            {(["device", "meters", "heard", "interval", "clock", "errors", "profile", "condition"] as const).map(
              (column) => (
                <th key={column} scope="col" class={column === "interval" ? "figure" : ""}>
                  {t(`devices.column.${column}`)}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {devices.map((device) => (
            <Row key={device.device} device={device} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** How registered devices are: those with something wrong can be picked by what it is. */
export function HealthPart() {
  const { t } = useWords();
  const [condition, setCondition] = useState<Condition | null>(null);
  const [search, setSearch] = useState("");
  const [pages, setPages] = useState([""]);
  const subject = `${condition}/${search}/${pages.join()}`;
  const { data, error, reload } = useResource(
    subject,
    async (signal) => {
      const answers = await Promise.all(pages.map((after) => getDevices(condition, search, after, signal)));
      return { ...(answers.at(-1) as (typeof answers)[0]), items: answers.flatMap((answer) => answer.items) };
    },
    { everyMs: REFRESH_MS },
  );
  const pick = (chosen: Condition | null) => {
    setCondition(chosen);
    setPages([""]);
  };
  return (
    <>
      <section class="panel">
        <div class="toolbar">
          <fieldset class="segments">
            <legend class="visually-hidden">{t("devices.column.condition")}</legend>
            <button type="button" aria-pressed={condition === null} onClick={() => pick(null)}>
              {t("devices.all", { count: String(data?.total ?? "–") })}
            </button>
            {CONDITIONS.map((name) => (
              <button key={name} type="button" aria-pressed={condition === name} onClick={() => pick(name)}>
                {`${t(`condition.${name}`)} ${data?.counts[name] ?? 0}`}
              </button>
            ))}
          </fieldset>
          <Field
            label={t("devices.search")}
            value={search}
            onInput={(typed) => {
              setSearch(typed);
              setPages([""]);
            }}
          />
        </div>
        {!data && (error ? <Failure error={error} retry={reload} /> : <Loading />)}
        {data && (data.items.length === 0 ? <Empty>{t("devices.none")}</Empty> : <Table devices={data.items} />)}
        {data?.next && (
          <button type="button" onClick={() => setPages([...pages, data.next as string])}>
            {t("action.more")}
          </button>
        )}
      </section>
      <SilentMeters />
    </>
  );
}
