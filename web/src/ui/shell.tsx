// The frame around every page: name, navigation, theme, sign-out.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { link } from "../router";

const PAGES: [string, string][] = [
  ["", "Overview"],
  ["devices", "Devices"],
  ["deployments", "Deployments"],
  ["releases", "Releases"],
  ["events", "Events"],
];

const THEME_KEY = "verge.theme";

function useTheme(): [string, () => void] {
  const [theme, setTheme] = useState(
    () => localStorage.getItem(THEME_KEY) ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"),
  );
  useEffect(() => {
    document.documentElement.dataset["theme"] = theme;
  }, [theme]);
  const toggle = () => {
    const other = theme === "dark" ? "light" : "dark";
    localStorage.setItem(THEME_KEY, other);
    setTheme(other);
  };
  return [theme, toggle];
}

export function ThemeButton() {
  const [theme, toggle] = useTheme();
  return (
    <button type="button" class="plain" onClick={toggle}>
      {theme === "dark" ? "Light" : "Dark"} mode
    </button>
  );
}

export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" />
      <path d="M7 9l9 15 9-15" />
      <circle cx="16" cy="9.6" r="2.6" />
    </svg>
  );
}

export function Shell(props: { page: string; onSignOut: () => void; children: ComponentChildren }) {
  const skip = (e: Event) => {
    e.preventDefault();
    document.querySelector("main")?.focus();
  };
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to content
      </a>
      <header class="bar">
        <a class="brand" href={link("")}>
          <Mark />
          Verge
        </a>
        <nav aria-label="Pages">
          {PAGES.map(([page, name]) => (
            <a key={page} href={link(page)} aria-current={props.page === page ? "page" : undefined}>
              {name}
            </a>
          ))}
        </nav>
        <div class="bar-end">
          <ThemeButton />
          <button type="button" class="plain" onClick={props.onSignOut}>
            Sign out
          </button>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {props.children}
      </main>
    </>
  );
}
