import { useState } from "preact/hooks";
import { getAll } from "../../api/client";
import { adopt, getUnknown, type UnknownDevice } from "../../api/devices";
import type { Meter } from "../../api/meters";
import { quantityName } from "../../i18n/quantities";
import { useWords } from "../../i18n/text";
import { useResource } from "../../state/resource";
import { LastHeard } from "../../widgets/last-heard";
import { Needs } from "../../widgets/needs";
import { Empty, Failure, Loading } from "../../widgets/notice";
import { AdoptForm } from "./adopt-form";
import { Message } from "./message";

const REFRESH_MS = 10_000;

const ask = async (signal: AbortSignal) => {
  const [unknown, meters] = await Promise.all([getUnknown(signal), getAll<Meter>("/meters?limit=1000", signal)]);
  return { unknown, meters: meters.items };
};

function Entry({
  device,
  meters,
  onAdopted,
}: {
  device: UnknownDevice;
  meters: Meter[];
  onAdopted: (meter: string, replayed: number) => void;
}) {
  const words = useWords();
  const { t, format } = words;
  return (
    <li class="panel" data-testid="unknown-device">
      <h2>{device.device}</h2>
      <p class="muted">
        {t("devices.unknownLine", {
          topic: device.topic,
          profile: device.profile || "–",
          messages: String(device.messages),
          interval: device.interval_s === null ? "–" : format.number(device.interval_s, 0),
        })}{" "}
        <LastHeard at={device.last_seen_ms} silent={false} />
      </p>
      <p>{device.quantities.map((quantity) => quantityName(words, quantity)).join(", ")}</p>
      {device.last && (
        <details>
          <summary>{t("devices.lastMessage")}</summary>
          <Message message={device.last} />
        </details>
      )}
      <Needs right="administrator">
        <AdoptForm device={device.device} meters={meters} onAdopted={onAdopted} send={adopt} />
      </Needs>
    </li>
  );
}

/** Devices that send but are not registered, to be given to meters. */
export function UnknownPart() {
  const { t } = useWords();
  const { data, error, reload } = useResource("unknown", ask, { everyMs: REFRESH_MS });
  const [done, setDone] = useState<string | null>(null);
  if (!data) return error ? <Failure error={error} retry={reload} /> : <Loading />;
  return (
    <>
      {done && (
        <p class="panel" role="status">
          {done}
        </p>
      )}
      {data.unknown.items.length === 0 && <Empty>{t("devices.noUnknown")}</Empty>}
      <ul class="stack">
        {data.unknown.items.map((device) => (
          <Entry
            key={device.device}
            device={device}
            meters={data.meters}
            onAdopted={(meter, replayed) => {
              setDone(t("devices.adopted", { device: device.device, meter, count: String(replayed) }));
              reload();
            }}
          />
        ))}
      </ul>
    </>
  );
}
