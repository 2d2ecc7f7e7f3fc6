import { useId, useState } from "preact/hooks";
import { useWords } from "../i18n/text";
import { apiKey, setApiKey } from "../state/key";
import { whoAmI } from "../state/me";

/** Takes an API key and shows at once whether the server knows it. */
export function KeyForm({ onDone }: { onDone: () => void }) {
  const { t } = useWords();
  const [typed, setTyped] = useState("");
  const [refused, setRefused] = useState(false);
  const field = useId();

  async function use(event: Event): Promise<void> {
    event.preventDefault();
    const before = apiKey.value;
    setApiKey(typed.trim());
    if (await whoAmI().catch(() => null)) onDone();
    else {
      setApiKey(before);
      setRefused(true);
    }
  }

  return (
    <form onSubmit={use} class="stack">
      <p class="note">{t("key.explain")}</p>
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
        <button type="submit">{t("key.save")}</button>
      </div>
    </form>
  );
}
