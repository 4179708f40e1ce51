// Addresses live behind the '#', so that the hub serves one file for all pages: "#/events?kind=x".
import { useEffect, useState } from "preact/hooks";

export interface Route {
  page: string; // "", "devices", ...
  id: string | null; // the second part: "#/devices/<id>"
  query: URLSearchParams;
}

export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [page = "", id] = path.split("/", 2);
  return { page, id: id ? safeDecode(id) : null, query: new URLSearchParams(query) };
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a hand-typed stray '%': look for exactly that
  }
}

export function link(page: string, id?: string, query?: Record<string, string>): string {
  const search = new URLSearchParams(query).toString();
  return `#/${page}${id === undefined ? "" : `/${encodeURIComponent(id)}`}${search === "" ? "" : `?${search}`}`;
}

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return parseRoute(hash);
}
