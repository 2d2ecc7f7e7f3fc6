import { useWords } from "../i18n/text";
import { PAGES } from "../pages";
import { route } from "../router";
import { AccountButton } from "../session/account-button";
import { waitsForPerson } from "../state/alarm-list";
import { now } from "../state/clock";
import { alarms, connection, traffic } from "../state/live";
import { useMe } from "../state/me";
import { type Language, language, setLanguage, setTheme, theme } from "../state/preferences";
import { province } from "../state/province";
import { useStore } from "../state/store";
import { Icon } from "../widgets/icons";

/** A menu's entry is current on the pages below it too. */
const isWithin = (pattern: string, path: string) =>
  pattern === path || (pattern !== "/" && path.startsWith(`${pattern}/`));

function Menu() {
  const { t } = useWords();
  const current = useStore(route);
  const known = useMe();
  const waiting = useStore(alarms, (all) => (all ? [...all.values()].filter(waitsForPerson).length : 0));
  return (
    <nav aria-label={t("app.menu")}>
      {PAGES.filter((page) => page.menu?.(known)).map((page) => (
        <a key={page.pattern} href={page.pattern} aria-current={isWithin(page.pattern, current) ? "page" : undefined}>
          {t(page.title)}
          {page.pattern === "/alarms" && waiting > 0 && (
            <>
              <span class="count" aria-hidden="true">
                {waiting}
              </span>
              <span class="visually-hidden">{t("alarms.count.unacknowledged", { count: String(waiting) })}</span>
            </>
          )}
        </a>
      ))}
    </nav>
  );
}

function Connection() {
  const { t, format } = useWords();
  const state = useStore(connection);
  const time = useStore(now);
  const { silent, readingsPerSecond } = useStore(traffic);
  return (
    <div class={`connection ${state}`} data-testid="connection" data-state={state}>
      <span class="connection-state">{t(`connection.${state}`)}</span>
      <time dateTime={new Date(time).toISOString()}>{format.timeWithSeconds(time)}</time>
      {state === "live" && (
        <span class="traffic">
          {t("traffic.readings", { rate: format.number(readingsPerSecond, 0) })}
          {silent > 0 && ` · ${t("traffic.silent", { count: String(silent) })}`}
        </span>
      )}
    </div>
  );
}

const LANGUAGES: Record<Language, string> = { vi: "Tiếng Việt", en: "English" };

function Switches() {
  const { t } = useWords();
  const spoken = useStore(language);
  const shade = useStore(theme);
  const other = shade === "dark" ? "light" : "dark";
  return (
    <>
      <fieldset class="segments">
        <legend class="visually-hidden">{t("app.language")}</legend>
        {(Object.keys(LANGUAGES) as Language[]).map((name) => (
          <button
            key={name}
            type="button"
            lang={name}
            title={LANGUAGES[name]}
            aria-label={`${name.toUpperCase()}: ${LANGUAGES[name]}`}
            aria-pressed={name === spoken}
            onClick={() => setLanguage(name)}
          >
            {name.toUpperCase()}
          </button>
        ))}
      </fieldset>
      <button type="button" class="with-icon" title={t("app.theme.switch")} onClick={() => setTheme(other)}>
        <Icon name={other === "dark" ? "moon" : "sun"} />
        <span>{t(`app.theme.${other}`)}</span>
      </button>
    </>
  );
}

export function Header() {
  const { say } = useWords();
  const known = useStore(province);
  return (
    <header>
      <a class="brand" href="/">
        <strong>mainsight</strong>
        {known && <span>{say(known.name)}</span>}
      </a>
      <Menu />
      <Connection />
      <div class="switches">
        <Switches />
        <AccountButton />
      </div>
    </header>
  );
}
