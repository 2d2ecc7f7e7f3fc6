import { useState } from "preact/hooks";
import { post } from "../api/client";
import { useWords } from "../i18n/text";
import { setApiKey } from "../state/key";
import { setMe } from "../state/me";
import type { Me } from "../state/rights";
import { Field } from "../widgets/field";
import { FormEnd } from "../widgets/form-end";
import { useSend } from "../widgets/use-send";

/** Name and password. */
export function SignInForm({ onDone }: { onDone?: () => void }) {
  const { t } = useWords();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const { busy, problem, run } = useSend();

  async function signIn(event: Event): Promise<void> {
    event.preventDefault();
    const known = await run(() => post<Me>("/session", { name, password }));
    setPassword("");
    if (!known) return;
    setApiKey(null);
    setMe(known);
    onDone?.();
  }

  return (
    <form onSubmit={signIn} class="stack">
      <Field label={t("session.name")} value={name} onInput={setName} autocomplete="username" required />
      <Field
        label={t("session.password")}
        type="password"
        value={password}
        onInput={setPassword}
        autocomplete="current-password"
        required
      />
      <FormEnd send={t("session.signIn")} busy={busy} problem={problem} />
    </form>
  );
}
