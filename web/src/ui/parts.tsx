// Small pieces that every page uses.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { ago, count, dateTime, progress, stateText, tone } from "../format";
import { useNow } from "../poll";
import type { Deployment } from "../types";

// The page's heading. It takes the focus when the page opens, so that a screen reader says where one is.
export function Title({ text, children }: { text: string; children?: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${text} - Verge`;
    heading.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [text]);
  return (
    <header class="title">
      <h1 ref={heading} tabIndex={-1}>
        {text}
      </h1>
      {children}
    </header>
  );
}

export function Badge({ state, text }: { state: string; text?: string }) {
  return <span class={`badge ${tone(state)}`}>{text ?? stateText(state)}</span>;
}

export function Ago({ ms }: { ms: number | null }) {
  const now = useNow();
  if (ms === null || ms === 0) return <span class="dim">never</span>;
  return (
    <time dateTime={new Date(ms).toISOString()} title={dateTime(ms)}>
      {ago(ms, now)}
    </time>
  );
}

export function Panel(props: { title: string; extra?: ComponentChildren; children: ComponentChildren }) {
  const id = `panel-${props.title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`;
  return (
    <section class="panel" aria-labelledby={id}>
      <div class="panel-head">
        <h2 id={id}>{props.title}</h2>
        {props.extra}
      </div>
      {props.children}
    </section>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

// Says once that loading failed; the data below may be old.
export function Problem({ text }: { text: string | null }) {
  return (
    <div role="status" class={text ? "problem" : "hidden"}>
      {text}
    </div>
  );
}

// What to show before the first answer.
export function Waiting({ error }: { error: string | null }) {
  return error ? <Problem text={error} /> : <p class="empty">Loading...</p>;
}

export interface Column<T> {
  head: string;
  cell: (row: T) => ComponentChildren;
  is_number?: boolean;
  is_optional?: boolean; // left out on narrow screens
}

// A table on wide screens; on narrow ones a stack of cards (style.css shows each cell's data-label), or still a table
// with fewer columns.
export function Table<T>(props: {
  label: string;
  columns: Column<T>[];
  rows: T[];
  rowKey: (row: T) => string;
  stays_table?: boolean;
}) {
  const look = (c: Column<T>) => `${c.is_number ? "number" : ""} ${c.is_optional ? "optional" : ""}`.trim();
  return (
    <table aria-label={props.label} class={props.stays_table ? "" : "cards"}>
      <thead>
        <tr>
          {props.columns.map((c) => (
            <th key={c.head} scope="col" class={look(c)}>
              {c.head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {props.rows.map((row) => (
          <tr key={props.rowKey(row)}>
            {props.columns.map((c) => (
              <td key={c.head} data-label={c.head} class={look(c)}>
                {c.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

// "3 committed, 1 rolled back" as a bar of coloured parts with the words beside it.
export function Progress({ of }: { of: Deployment }) {
  const parts = progress(of);
  if (parts.length === 0) return <span class="dim">no devices yet</span>;
  const total = parts.reduce((sum, part) => sum + part.n, 0);
  let x = 0;
  const bars: JSX.Element[] = [];
  for (const part of parts) {
    const width = (100 * part.n) / total;
    bars.push(<rect key={part.label} class={part.tone} x={x} y={0} width={width} height={6} />);
    x += width;
  }
  return (
    <div class="progress">
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        {bars}
      </svg>
      <span>{parts.map((part) => `${count(part.n)} ${part.label}`).join(", ")}</span>
    </div>
  );
}

export function SearchBox(props: { label: string; value: string; onChange: (value: string) => void }) {
  return (
    <label class="field">
      <span>{props.label}</span>
      <input
        type="search"
        value={props.value}
        autocomplete="off"
        spellcheck={false}
        onInput={(e) => props.onChange(e.currentTarget.value)}
      />
    </label>
  );
}

export function Digest({ text }: { text: string }) {
  const short = text.replace(/^sha256:/, "").slice(0, 12);
  return (
    <code title={text} class="digest">
      {short}
    </code>
  );
}
