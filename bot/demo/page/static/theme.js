/** Light, dark, or as the system has it. Remembered by this browser. */

const KEY = "theme";
const root = document.documentElement;

/** The look chosen before. */
export function startTheme() {
  apply(localStorage.getItem(KEY) ?? "");
}

/** From what is seen now to the other. */
export function switchTheme() {
  const next = isDark() ? "light" : "dark";
  localStorage.setItem(KEY, next);
  apply(next);
}

export function isDark() {
  return root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function apply(theme) {
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
}
