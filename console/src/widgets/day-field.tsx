import { useEffect, useId, useRef, useState } from "preact/hooks";
import { useWords } from "../i18n/text";
import { readDay, writtenDay } from "../i18n/written-day";
import { Icon } from "./icons";

interface Props {
  label: string;
  /** `2026-11-24`, or `2026-11-24T19:15` with a time; empty while what is typed is neither. */
  value: string;
  onInput: (value: string) => void;
  withTime?: boolean;
  required?: boolean;
  hint?: string;
}

/**
 * A day, or a day and a time, as it is written everywhere here. The browser's own field follows the browser's language, whatever the
 * page's: an American one would show 11/24 and PM between our 24/11. Its calendar is used, behind the button.
 */
export function DayField({ label, value, onInput, withTime = false, required = false, hint }: Props) {
  const { t } = useWords();
  const id = useId();
  const [text, setText] = useState(writtenDay(value));
  const field = useRef<HTMLInputElement>(null);
  const calendar = useRef<HTMLInputElement>(null);
  const wrong = text.trim() !== "" && readDay(text, withTime) === null;
  const complaint = wrong ? t(withTime ? "date.wrongTime" : "date.wrong") : "";
  useEffect(() => field.current?.setCustomValidity(complaint), [complaint]);

  function type(typed: string): void {
    setText(typed);
    onInput(readDay(typed, withTime) ?? "");
  }

  return (
    <div class="field">
      <label for={id}>{label}</label>
      <span class={`day-field ${withTime ? "with-time" : ""}`}>
        <input
          ref={field}
          id={id}
          value={text}
          required={required}
          autocomplete="off"
          placeholder={t(withTime ? "date.likeTime" : "date.like")}
          aria-invalid={wrong}
          aria-describedby={wrong || hint ? `${id}-hint` : undefined}
          onInput={(event) => type(event.currentTarget.value)}
        />
        <button
          type="button"
          title={t("date.pick")}
          aria-label={t("date.pick")}
          onClick={() => calendar.current?.showPicker()}
        >
          <Icon name="calendar" />
        </button>
        <input
          ref={calendar}
          class="calendar"
          type={withTime ? "datetime-local" : "date"}
          tabIndex={-1}
          aria-hidden="true"
          value={value}
          onInput={(event) => type(writtenDay(event.currentTarget.value))}
        />
      </span>
      {(wrong || hint) && (
        <p id={`${id}-hint`} class={wrong ? "failure" : "note"}>
          {complaint || hint}
        </p>
      )}
    </div>
  );
}
