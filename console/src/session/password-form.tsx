import { useState } from "preact/hooks";
import { post } from "../api/client";
import { useWords } from "../i18n/text";
import { whoAmI } from "../state/me";
import { Field } from "../widgets/field";
import { FormEnd } from "../widgets/form-end";
import { useSend } from "../widgets/use-send";

/** Another password in place of the present one. */
export function PasswordForm({ onDone }: { onDone?: () => void }) {
  const { t } = useWords();
  const [before, setBefore] = useState("");
  const [after, setAfter] = useState("");
  const [again, setAgain] = useState("");
  const { busy, problem, run, complain } = useSend();

  async function choose(event: Event): Promise<void> {
    event.preventDefault();
    if (after !== again) {
      complain(t("session.notAlike"));
      return;
    }
    const done = await run(async () => {
      await post<void>("/me/password", { old: before, new: after });
      return await whoAmI();
    });
    if (done) onDone?.();
  }

  return (
    <form onSubmit={choose} class="stack">
      <Field
        label={t("session.before")}
        type="password"
        value={before}
        onInput={setBefore}
        autocomplete="current-password"
        required
      />
      <Field
        label={t("session.after")}
        type="password"
        value={after}
        onInput={setAfter}
        autocomplete="new-password"
        hint={t("session.rule")}
        required
      />
      <Field
        label={t("session.again")}
        type="password"
        value={again}
        onInput={setAgain}
        autocomplete="new-password"
        required
      />
      <FormEnd send={t("session.choose")} busy={busy} problem={problem} />
    </form>
  );
}
