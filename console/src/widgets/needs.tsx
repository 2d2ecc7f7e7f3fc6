import type { ComponentChildren } from "preact";
import { useWords } from "../i18n/text";
import { useMay, useMe } from "../state/me";
import type { Role } from "../state/rights";

interface Props {
  right: Role;
  /** Where; without one, everywhere. */
  zone?: string | null;
  children?: ComponentChildren;
}

/** What only some may do; others are told why they may not. */
export function Needs({ right, zone, children }: Props) {
  const { t } = useWords();
  const may = useMay(right, zone);
  const known = useMe();
  if (may) return <>{children}</>;
  const needed = t(`people.${right}`);
  return (
    <p class="note">
      {known?.by === "nobody" ? t("rights.signIn", { role: needed }) : t("rights.tooLow", { role: needed })}
    </p>
  );
}
