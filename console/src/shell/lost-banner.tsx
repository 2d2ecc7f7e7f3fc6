import { useWords } from "../i18n/text";
import { connection, lastLive, useAge } from "../state/live";
import { useStore } from "../state/store";
import { Icon } from "../widgets/icons";

/** Says that nothing on the page is fresh any more, and since when. */
export function LostBanner() {
  const { t, lasting } = useWords();
  const lost = useStore(connection, (state) => state === "lost");
  const age = useAge(useStore(lastLive));
  if (!lost) return null;
  return (
    <p class="banner" data-testid="connection-lost">
      <Icon name="lost" />
      {age === null ? t("connection.lost.never") : t("connection.lost.detail", { age: lasting(age) })}
    </p>
  );
}
