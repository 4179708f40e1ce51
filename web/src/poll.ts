// Loads again and again while the page is looked at.
import { useEffect, useRef, useState } from "preact/hooks";

export interface Polled<T> {
  data: T | null; // the last answer that came; stays while later calls fail
  error: string | null; // why the last call failed
}

// Calls `load` at once, whenever `key` changes, and again after each answer; rests while the tab is hidden. The pause is
// `interval_ms`, and longer when the answer took long: a hub with a large fleet is asked less often.
export function usePolled<T>(key: string, interval_ms: number, load: (signal: AbortSignal) => Promise<T>): Polled<T> {
  const [state, setState] = useState<Polled<T> & { key: string }>({ key, data: null, error: null });
  const latest = useRef(load);
  latest.current = load;

  useEffect(() => {
    const abort = new AbortController();
    let timer = 0;
    let is_busy = false;
    const again = (delay_ms: number) => {
      clearTimeout(timer);
      timer = window.setTimeout(() => void once(), delay_ms);
    };
    const once = async () => {
      if (is_busy) return;
      is_busy = true;
      const start = performance.now();
      try {
        const data = await latest.current(abort.signal);
        if (!abort.signal.aborted) setState({ key, data, error: null });
      } catch (error) {
        if (abort.signal.aborted) return;
        const text = error instanceof Error ? error.message : String(error);
        setState((old) => ({ key, data: old.key === key ? old.data : null, error: text }));
      } finally {
        is_busy = false;
      }
      const pause_ms = Math.max(interval_ms, 10 * (performance.now() - start));
      if (!abort.signal.aborted && !document.hidden) again(pause_ms);
    };
    const shown = () => {
      if (!document.hidden) again(0);
    };
    document.addEventListener("visibilitychange", shown);
    void once();
    return () => {
      abort.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", shown);
    };
  }, [key, interval_ms]);

  return state.key === key ? state : { data: null, error: null };
}

// The time, again every second: "12 s ago" must not stand still.
export function useNow(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
