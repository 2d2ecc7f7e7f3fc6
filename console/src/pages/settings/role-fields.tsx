import { useWords } from "../../i18n/text";
import { province } from "../../state/province";
import { EVERYWHERE, ROLES, type Role } from "../../state/rights";
import { useStore } from "../../state/store";
import { Select } from "../../widgets/field";

type Roles = Record<string, Role>;

/** A role for all zones, and others for single ones. */
export function RoleFields({ roles, onChange }: { roles: Roles; onChange: (roles: Roles) => void }) {
  const { t, say } = useWords();
  const zones = useStore(province, (known) => known?.zones) ?? [];
  const places: [zone: string, name: string][] = [
    [EVERYWHERE, t("people.everywhere")],
    ...zones.map((zone): [string, string] => [zone.id, say(zone.name)]),
  ];
  const give = (zone: string, role: Role | "") => {
    const { [zone]: _, ...others } = roles;
    onChange(role === "" ? others : { ...others, [zone]: role });
  };
  return (
    <fieldset class="roles">
      <legend>{t("people.roles")}</legend>
      {places.map(([zone, name]) => (
        <Select<Role | "">
          key={zone}
          label={name}
          value={roles[zone] ?? ""}
          onChange={(role) => give(zone, role)}
          options={[["", t("people.noRole")], ...ROLES.map((role) => [role, t(`people.${role}`)] as const)]}
        />
      ))}
    </fieldset>
  );
}
