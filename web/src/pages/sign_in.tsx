import { useEffect, useRef, useState } from "preact/hooks";
import { setToken, summary } from "../api";
import { Mark, ThemeButton } from "../ui/shell";

export function SignIn({ onDone, notice }: { onDone: () => void; notice: string | null }) {
  const [error, setError] = useState<string | null>(notice);
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = "Sign in - Verge";
    input.current?.focus();
  }, []);

  const submit = async (e: Event) => {
    e.preventDefault();
    const token = input.current?.value.trim() ?? "";
    if (token === "") {
      setError("Enter a token.");
      return;
    }
    setBusy(true);
    setToken(token);
    try {
      await summary();
      onDone();
    } catch (failure) {
      setToken(null);
      setError(failure instanceof Error ? failure.message : String(failure));
      setBusy(false);
      input.current?.focus();
    }
  };

  return (
    <main class="sign-in">
      <form class="panel" onSubmit={(e) => void submit(e)}>
        <h1>
          <Mark />
          Verge hub
        </h1>
        {/* password managers file the token under this name */}
        <input type="text" name="username" value="operator" autocomplete="username" readOnly hidden />
        <label class="field">
          <span>Operator token</span>
          <input ref={input} name="token" type="password" autocomplete="current-password" spellcheck={false} />
        </label>
        <div role="alert" class={error ? "problem" : "hidden"}>
          {error}
        </div>
        <button type="submit" disabled={busy}>
          {busy ? "Signing in..." : "Sign in"}
        </button>
        <p class="dim">
          <code>verge-hub init</code> wrote the first token into <code>admin.token</code> of its data folder. It stays in
          this tab and is forgotten when the tab closes.
        </p>
      </form>
      <ThemeButton />
    </main>
  );
}
