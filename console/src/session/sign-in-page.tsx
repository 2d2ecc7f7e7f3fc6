import { useWords } from "../i18n/text";
import { useMe } from "../state/me";
import { KeyForm } from "./key-form";
import { PasswordForm } from "./password-form";
import { SignInForm } from "./sign-in-form";

/** The door: signing in, or choosing a password in place of one that is for one use. */
export function SignInPage({ keyRefused }: { keyRefused: boolean }) {
  const { t } = useWords();
  const known = useMe();
  if (known?.must_change)
    return (
      <section class="panel door">
        <h1>{t("session.choosePassword")}</h1>
        <p class="note">{t("session.oneUse")}</p>
        <PasswordForm />
      </section>
    );
  return (
    <section class="panel door">
      <h1>{t("session.signIn")}</h1>
      {keyRefused && (
        <p class="failure" role="alert">
          {t("key.refused")}
        </p>
      )}
      <SignInForm />
      <details>
        <summary>{t("session.byKey")}</summary>
        <KeyForm onDone={() => undefined} />
      </details>
    </section>
  );
}
