import { useWords } from "../../i18n/text";

/** A secret that is shown this once. */
export function OneTimeSecret({ title, secret, onClose }: { title: string; secret: string; onClose: () => void }) {
  const { t } = useWords();
  return (
    <section class="panel secret" role="status" data-testid="secret">
      <p>{title}</p>
      <p>
        <code>{secret}</code>
      </p>
      <p class="note">{t("people.once")}</p>
      <button type="button" onClick={onClose}>
        {t("action.close")}
      </button>
    </section>
  );
}
