import { Store } from "./store";

export type Language = "vi" | "en";
export type Theme = "light" | "dark";

const LANGUAGE = "mainsight.language";
const THEME = "mainsight.theme";
const darkSystem = matchMedia("(prefers-color-scheme: dark)");

function initialLanguage(): Language {
  const stored = localStorage.getItem(LANGUAGE);
  if (stored === "vi" || stored === "en") return stored;
  return navigator.language.startsWith("en") ? "en" : "vi";
}

function chosenTheme(): Theme | null {
  const stored = localStorage.getItem(THEME);
  return stored === "light" || stored === "dark" ? stored : null;
}

const systemTheme = (): Theme => (darkSystem.matches ? "dark" : "light");

export const language = new Store<Language>(initialLanguage());
/** The theme in force: the person's choice, else the system's. */
export const theme = new Store<Theme>(chosenTheme() ?? systemTheme());

export function setLanguage(chosen: Language): void {
  localStorage.setItem(LANGUAGE, chosen);
  language.set(chosen);
}

export function setTheme(chosen: Theme): void {
  localStorage.setItem(THEME, chosen);
  theme.set(chosen);
}

/** Keep the document's language and theme in step with the choices. */
export function applyPreferences(): void {
  const apply = () => {
    document.documentElement.lang = language.value;
    document.documentElement.dataset.theme = theme.value;
  };
  darkSystem.addEventListener("change", () => {
    if (chosenTheme() === null) theme.set(systemTheme());
  });
  language.watch(apply);
  theme.watch(apply);
  apply();
}
