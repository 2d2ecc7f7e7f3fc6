import { useId, useState } from "preact/hooks";
import { useWords } from "../i18n/text";
import { apiKey, setApiKey } from "../state/key";
import { whoAmI } from "../state/me";
import { useStore } from "../state/store";
import { Dialog } from "../widgets/dialog";

/** Takes an API key and shows at once whether the server knows it. */
export function KeyDialog({ onClose }: { onClose: () => void }) {
  const { t } = useWords();
  const current = useStore(apiKey);
  const [typed, setTyped] = useState("");
  const [refused, setRefused] = useState(false);
  const field = useId();

  async function use(event: Event): Promise<void> {
    event.preventDefault();
    const before = apiKey.value;
    setApiKey(typed.trim());
    if (await whoAmI()) onClose();
    else {
      setApiKey(before);
      setRefused(true);
    }
  }

  return (
    <Dialog title={t("key.title")} onClose={onClose}>
      <form onSubmit={use}>
        <p>{t("key.explain")}</p>
        <label for={field}>{t("key.label")}</label>
        <input
          id={field}
          type="password"
          autocomplete="off"
          required
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
        {refused && (
          <p class="failure" role="alert">
            {t("key.refused")}
          </p>
        )}
        <div class="buttons">
          <button type="submit" class="primary">
            {t("key.save")}
          </button>
          {current !== null && (
            <button
              type="button"
              onClick={() => {
                setApiKey(null);
                onClose();
              }}
            >
              {t("key.remove")}
            </button>
          )}
          <button type="button" onClick={onClose}>
            {t("action.cancel")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
