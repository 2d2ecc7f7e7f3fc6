import { useWords } from "../i18n/text";

interface Props {
  /** Words of the button that sends. */
  send: string;
  busy: boolean;
  problem: string | null;
  onCancel?: () => void;
}

/** The end of a form: why it was refused, the button that sends it, and the way out. */
export function FormEnd({ send, busy, problem, onCancel }: Props) {
  const { t } = useWords();
  return (
    <>
      {problem !== null && (
        <p class="failure" role="alert">
          {problem}
        </p>
      )}
      <div class="buttons">
        <button type="submit" class="primary" disabled={busy}>
          {send}
        </button>
        {onCancel && (
          <button type="button" onClick={onCancel}>
            {t("action.cancel")}
          </button>
        )}
      </div>
    </>
  );
}
