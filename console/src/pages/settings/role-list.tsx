import { useWords } from "../../i18n/text";
import { province } from "../../state/province";
import { EVERYWHERE, type Role } from "../../state/rights";
import { useStore } from "../../state/store";

/** Roles in words, each with where it holds. */
export function RoleList({ roles }: { roles: Record<string, Role> }) {
  const { t, say } = useWords();
  const zones = useStore(province, (known) => known?.zones) ?? [];
  const placeName = (zone: string) => {
    if (zone === EVERYWHERE) return t("people.everywhere");
    const known = zones.find((one) => one.id === zone);
    return known ? say(known.name) : zone;
  };
  return (
    <ul>
      {Object.entries(roles).map(([zone, role]) => (
        <li key={zone}>
          {t(`people.${role}`)} <span class="muted">{placeName(zone)}</span>
        </li>
      ))}
    </ul>
  );
}
