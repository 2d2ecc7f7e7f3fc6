import type { KeptMessage } from "../../api/devices";
import { useWords } from "../../i18n/text";

/** JSON with indents; anything else as it is. */
function readable(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** A message as it came. */
export function Message({ message }: { message: KeptMessage }) {
  const { t, format } = useWords();
  return (
    <div class="message">
      <p class="muted">
        {`${format.dateTime(message.arrival_ms)} · ${message.topic}`}
        {message.base64 && ` · ${t("devices.base64")}`}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <pre tabIndex={0}>{message.base64 ? message.payload : readable(message.payload)}</pre>
    </div>
  );
}
