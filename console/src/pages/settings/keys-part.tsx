import { useState } from "preact/hooks";
import { type ApiKeyView, addKey, getKeys, revokeKey } from "../../api/people";
import { useWords } from "../../i18n/text";
import { now } from "../../state/clock";
import { province } from "../../state/province";
import { useResource } from "../../state/resource";
import { EVERYWHERE, ROLES, type Role } from "../../state/rights";
import { useStore } from "../../state/store";
import { Field, Select } from "../../widgets/field";
import { FormEnd } from "../../widgets/form-end";
import { Empty, Failure, Loading } from "../../widgets/notice";
import { Scroll } from "../../widgets/scroll";
import { useSend } from "../../widgets/use-send";
import { OneTimeSecret } from "./one-time";
import { RoleList } from "./role-list";

const DAYS = ["30", "90", "365"] as const;

function NewKey({ onMade }: { onMade: (name: string, key: string) => void }) {
  const { t, say } = useWords();
  const zones = useStore(province, (known) => known?.zones) ?? [];
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [zone, setZone] = useState("");
  const [days, setDays] = useState<(typeof DAYS)[number]>("90");
  const { busy, problem, run } = useSend();

  async function make(event: Event): Promise<void> {
    event.preventDefault();
    const made = await run(() =>
      addKey({ name: name.trim(), role, zones: zone === "" ? [] : [zone], days: Number(days) }),
    );
    if (!made) return;
    setName("");
    onMade(made.name, made.key);
  }

  return (
    <form onSubmit={make} class="row-form">
      <Field label={t("keys.name")} value={name} onInput={setName} required />
      <Select
        label={t("keys.role")}
        value={role}
        onChange={setRole}
        options={ROLES.map((one) => [one, t(`people.${one}`)])}
      />
      <Select
        label={t("alarms.zone")}
        value={zone}
        onChange={setZone}
        options={[["", t("people.everywhere")], ...zones.map((one) => [one.id, say(one.name)] as const)]}
      />
      <Select
        label={t("keys.days")}
        value={days}
        onChange={setDays}
        options={DAYS.map((count) => [count, t("keys.forDays", { count })])}
      />
      <FormEnd send={t("keys.make")} busy={busy} problem={problem} />
    </form>
  );
}

function stateOf(key: ApiKeyView, nowMs: number): "revoked" | "expired" | "valid" {
  if (key.revoked) return "revoked";
  return key.expires_ms !== null && key.expires_ms <= nowMs ? "expired" : "valid";
}

interface TableProps {
  keys: ApiKeyView[];
  busy: boolean;
  onRevoke: (id: string) => void;
}

function KeyTable({ keys, busy, onRevoke }: TableProps) {
  const { t, format } = useWords();
  return (
    <Scroll label={t("settings.keys")}>
      <table>
        <thead>
          <tr>
            {(["name", "role", "until", "state"] as const).map((column) => (
              <th key={column} scope="col">
                {t(`keys.column.${column}`)}
              </th>
            ))}
            <th scope="col">
              <span class="visually-hidden">{t("keys.revoke")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => {
            const state = stateOf(key, now.value);
            const places = key.zones.length === 0 ? [EVERYWHERE] : key.zones;
            return (
              <tr key={key.id} class={state === "valid" ? "" : "muted"}>
                <th scope="row">
                  {key.name} <span class="muted">{key.id}</span>
                </th>
                <td>
                  <RoleList roles={Object.fromEntries(places.map((zone) => [zone, key.role]))} />
                </td>
                <td class="word">{key.expires_ms === null ? t("keys.noEnd") : format.date(key.expires_ms)}</td>
                <td>{t(`keys.${state}`)}</td>
                <td>
                  {state === "valid" && (
                    <button type="button" disabled={busy} onClick={() => onRevoke(key.id)}>
                      {t("keys.revoke")}
                    </button>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}

/** Keys for programs: made with a role and an end, revoked at once. */
export function KeysPart() {
  const { t } = useWords();
  const { data, error, reload } = useResource("keys", getKeys);
  const [made, setMade] = useState<{ name: string; key: string } | null>(null);
  const { busy, problem, run } = useSend();
  if (!data) return error ? <Failure error={error} retry={reload} /> : <Loading />;
  const revoke = async (id: string) => {
    await run(() => revokeKey(id));
    reload();
  };
  return (
    <>
      {made && (
        <OneTimeSecret title={t("keys.made", { name: made.name })} secret={made.key} onClose={() => setMade(null)} />
      )}
      <section class="panel stack">
        <h2>{t("keys.new")}</h2>
        <NewKey
          onMade={(name, key) => {
            setMade({ name, key });
            reload();
          }}
        />
      </section>
      <section class="panel">
        <h2>{t("settings.keys")}</h2>
        {problem && <p class="failure">{problem}</p>}
        {data.items.length === 0 ? (
          <Empty>{t("keys.none")}</Empty>
        ) : (
          <KeyTable keys={data.items} busy={busy} onRevoke={revoke} />
        )}
      </section>
    </>
  );
}
