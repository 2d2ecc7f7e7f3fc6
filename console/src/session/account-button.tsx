import { useState } from "preact/hooks";
import { change } from "../api/client";
import { useWords } from "../i18n/text";
import { apiKey, setApiKey } from "../state/key";
import { useMe, whoAmI } from "../state/me";
import type { Me } from "../state/rights";
import { useStore } from "../state/store";
import { Dialog } from "../widgets/dialog";
import { Icon } from "../widgets/icons";
import { KeyForm } from "./key-form";
import { PasswordForm } from "./password-form";
import { SignInForm } from "./sign-in-form";

/** Who this is, what they may do, and the way out. */
function Account({ known, onClose }: { known: Me; onClose: () => void }) {
  const { t } = useWords();
  const key = useStore(apiKey);
  const [choosing, setChoosing] = useState(false);

  async function leave(): Promise<void> {
    if (key !== null) setApiKey(null);
    else await change("DELETE", "/session").catch(() => null);
    await whoAmI();
    onClose();
  }

  return (
    <>
      <p>
        <strong>{known.name}</strong>
      </p>
      <ul>
        {Object.entries(known.roles).map(([zone, role]) => (
          <li key={zone}>{`${t(`people.${role}`)} · ${zone === "*" ? t("people.everywhere") : zone}`}</li>
        ))}
      </ul>
      {choosing && <PasswordForm onDone={onClose} />}
      <div class="buttons">
        <button type="button" class="primary" onClick={() => void leave()}>
          {t(key !== null ? "key.remove" : "session.signOut")}
        </button>
        {known.by === "session" && !choosing && (
          <button type="button" onClick={() => setChoosing(true)}>
            {t("session.choosePassword")}
          </button>
        )}
        <button type="button" onClick={onClose}>
          {t("action.close")}
        </button>
      </div>
    </>
  );
}

function SignIn({ onClose }: { onClose: () => void }) {
  const { t } = useWords();
  return (
    <>
      <SignInForm onDone={onClose} />
      <details>
        <summary>{t("session.byKey")}</summary>
        <KeyForm onDone={onClose} />
      </details>
      <div class="buttons">
        <button type="button" onClick={onClose}>
          {t("action.cancel")}
        </button>
      </div>
    </>
  );
}

/** In the header: whom the server takes this tab for. */
export function AccountButton() {
  const { t } = useWords();
  const known = useMe();
  const [open, setOpen] = useState(false);
  if (known === null) return null;
  const inside = known.by !== "nobody";
  const title = t(inside ? "session.account" : "session.signIn");
  const close = () => setOpen(false);
  return (
    <>
      <button type="button" class="with-icon" title={title} onClick={() => setOpen(true)}>
        <Icon name={inside ? "person" : "key"} />
        <span>{inside ? known.name : t("session.signIn")}</span>
      </button>
      {open && (
        <Dialog title={title} onClose={close}>
          {inside ? <Account known={known} onClose={close} /> : <SignIn onClose={close} />}
        </Dialog>
      )}
    </>
  );
}
