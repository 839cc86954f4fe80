import { nextTheme, theme } from "../state/settings";
import { Half, Moon, Sun } from "./icons";

const NAMES = { auto: "as the system", light: "light", dark: "dark" } as const;

/** Goes round the themes. */
export function ThemeButton() {
  const name = `Theme: ${NAMES[theme.value]}`;
  return (
    <button type="button" class="quiet square" onClick={nextTheme} aria-label={name} title={name}>
      {theme.value === "auto" ? <Half /> : theme.value === "light" ? <Sun /> : <Moon />}
    </button>
  );
}
