import { useState } from "preact/hooks";
import { addUser, changeUser, getUsers, type OneTime, resetPassword, type User } from "../../api/people";
import { useWords } from "../../i18n/text";
import { useResource } from "../../state/resource";
import { EVERYWHERE, type Role } from "../../state/rights";
import { Dialog } from "../../widgets/dialog";
import { Field } from "../../widgets/field";
import { FormEnd } from "../../widgets/form-end";
import { Failure, Loading } from "../../widgets/notice";
import { Scroll } from "../../widgets/scroll";
import { useSend } from "../../widgets/use-send";
import { OneTimeSecret } from "./one-time";
import { RoleFields } from "./role-fields";
import { RoleList } from "./role-list";

type Roles = Record<string, Role>;

/** Somebody new, or somebody's name and roles. */
function UserDialog({
  user,
  onClose,
  onDone,
}: {
  user: User | null;
  onClose: () => void;
  onDone: (made: OneTime | null) => void;
}) {
  const { t } = useWords();
  const [name, setName] = useState(user?.name ?? "");
  const [fullName, setFullName] = useState(user?.full_name ?? "");
  const [roles, setRoles] = useState<Roles>(user?.roles ?? { [EVERYWHERE]: "viewer" });
  const { busy, problem, run, complain } = useSend();

  async function save(event: Event): Promise<void> {
    event.preventDefault();
    if (Object.keys(roles).length === 0) return complain(t("people.needsRole"));
    const done = await run(async () => {
      if (user === null) return addUser({ name: name.trim(), full_name: fullName.trim(), roles });
      await changeUser(user.name, { full_name: fullName.trim(), roles });
      return null;
    });
    if (done !== undefined) onDone(done);
  }

  return (
    <Dialog title={user ? t("people.change", { name: user.name }) : t("people.add")} onClose={onClose}>
      <form onSubmit={save}>
        {!user && (
          <Field label={t("session.name")} value={name} onInput={setName} hint={t("people.nameRule")} required />
        )}
        <Field label={t("people.fullName")} value={fullName} onInput={setFullName} />
        <RoleFields roles={roles} onChange={setRoles} />
        <FormEnd send={t("edit.save")} busy={busy} problem={problem} onCancel={onClose} />
      </form>
    </Dialog>
  );
}

interface RowProps {
  user: User;
  busy: boolean;
  onChange: () => void;
  onReset: () => void;
  onDisable: (disabled: boolean) => void;
}

function Row({ user, busy, onChange, onReset, onDisable }: RowProps) {
  const { t, format } = useWords();
  const state = user.disabled ? "people.disabled" : user.must_change ? "people.mustChange" : "people.active";
  return (
    <tr class={user.disabled ? "muted" : ""}>
      <th scope="row">
        {user.name} <span class="muted">{user.full_name}</span>
      </th>
      <td>
        <RoleList roles={user.roles} />
      </td>
      <td>{t(state)}</td>
      <td class="word">{format.day(user.created_ms)}</td>
      <td>
        <div class="buttons">
          <button type="button" onClick={onChange}>
            {t("edit.edit")}
          </button>
          <button type="button" disabled={busy} onClick={onReset}>
            {t("people.reset")}
          </button>
          <button type="button" disabled={busy} onClick={() => onDisable(!user.disabled)}>
            {t(user.disabled ? "people.enable" : "people.disable")}
          </button>
        </div>
      </td>
    </tr>
  );
}

/** Everybody who can sign in, with their roles by zone. */
export function PeoplePart() {
  const { t } = useWords();
  const { data, error, reload } = useResource("users", getUsers);
  const { busy, problem, run } = useSend();
  const [editing, setEditing] = useState<User | "new" | null>(null);
  const [made, setMade] = useState<OneTime | null>(null);
  if (!data) return error ? <Failure error={error} retry={reload} /> : <Loading />;
  return (
    <>
      {made && (
        <OneTimeSecret
          title={t("people.password", { name: made.name })}
          secret={made.password}
          onClose={() => setMade(null)}
        />
      )}
      <section class="panel">
        <div class="section-head">
          <h2>{t("settings.people")}</h2>
          <button type="button" class="primary" onClick={() => setEditing("new")}>
            {t("people.add")}
          </button>
        </div>
        {problem && (
          <p class="failure" role="alert">
            {problem}
          </p>
        )}
        <Scroll label={t("settings.people")}>
          <table>
            <thead>
              <tr>
                {(["name", "roles", "state", "since"] as const).map((column) => (
                  <th key={column} scope="col">
                    {t(`people.column.${column}`)}
                  </th>
                ))}
                <th scope="col">
                  <span class="visually-hidden">{t("edit.edit")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {data.items.map((user) => (
                <Row
                  key={user.name}
                  user={user}
                  busy={busy}
                  onChange={() => setEditing(user)}
                  onReset={async () => {
                    const answer = await run(() => resetPassword(user.name));
                    if (answer) setMade(answer);
                    reload();
                  }}
                  onDisable={async (disabled) => {
                    await run(() => changeUser(user.name, { disabled }));
                    reload();
                  }}
                />
              ))}
            </tbody>
          </table>
        </Scroll>
      </section>
      {editing && (
        <UserDialog
          user={editing === "new" ? null : editing}
          onClose={() => setEditing(null)}
          onDone={(answer) => {
            setEditing(null);
            if (answer) setMade(answer);
            reload();
          }}
        />
      )}
    </>
  );
}
