#!/usr/bin/env python3
"""Joins what the demo recorded into one self-contained HTML page.

usage: report.py DEMO_FOLDER OUT.html
Reads facts.json (written step by step by the demo), json/*.json (what the verge CLI printed) and the report that
the runner wrote on the device, which is embedded as it is.
"""
import base64
import html
import json
import pathlib
import sys

STYLE = """
:root{color-scheme:light dark;--fg:#1b1f24;--bg:#fff;--dim:#5c6670;--line:#d9dee3;--ok:#1a7f37;--bad:#b3261e;--card:#f6f8fa}
@media(prefers-color-scheme:dark){:root{--fg:#e6edf3;--bg:#0d1117;--dim:#9aa4af;--line:#30363d;--ok:#3fb950;--bad:#f85149;--card:#161b22}}
*{box-sizing:border-box}body{font:15px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg);max-width:1100px;margin:0 auto;padding:24px 16px}
h1{font-size:26px;margin:0}h2{font-size:18px;margin:32px 0 8px}p.lead{color:var(--dim);margin:4px 0 20px}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:12px}.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px}
.card b{display:block;font-size:24px}.card span{color:var(--dim);font-size:13px}table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:6px 10px;border-bottom:1px solid var(--line);vertical-align:top}th{color:var(--dim);font-weight:600;font-size:13px}
.ok{color:var(--ok)}.bad{color:var(--bad)}iframe{width:100%;height:1500px;border:1px solid var(--line);border-radius:8px}code{font-size:13px}
"""


def read_json(path, default):
    return json.loads(path.read_text()) if path.exists() else default


def card(value, label):
    return f'<div class="card"><b>{html.escape(str(value))}</b><span>{html.escape(label)}</span></div>'


def when(value):
    return "ok" if value in ("committed", "completed", "active") else "bad"


def deployments_table(deployments):
    rows = []
    for d in deployments:
        for device in d.get("devices", []):
            state = device["state"]
            rows.append(
                f"<tr><td><code>{html.escape(d['app'])}:{d['version']}</code></td><td>{html.escape(d['group'])}</td>"
                f"<td class={when(state)}>{html.escape(state)}</td><td>{html.escape(device.get('detail') or '')}</td></tr>")
    head = "<tr><th>release</th><th>group</th><th>state on the device</th><th>why</th></tr>"
    return f"<table>{head}{''.join(rows)}</table>"


def steps_table(facts):
    rows = "".join(f"<tr><td>{html.escape(f['step'])}</td><td>{html.escape(f['result'])}</td></tr>" for f in facts)
    return f"<table><tr><th>step</th><th>result</th></tr>{rows}</table>"


def main():
    demo, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    facts = [json.loads(line) for line in (demo / "facts.jsonl").read_text().splitlines()]
    deployments = read_json(demo / "json/deployments.json", {"deployments": []})["deployments"]
    data = demo / "device/apps/obstacle/data"
    summary = read_json(data / "summary.json", {})
    inner = base64.b64encode((data / "report.html").read_bytes()).decode()
    frames, people = summary["frames"], summary["frames_with_label"]
    events = (demo / "json/events_count").read_text().strip()
    page = f"""<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Verge demo</title><style>{STYLE}</style>
<h1>Verge: from a model file to alerts, over the air</h1>
<p class="lead">What this machine did just now. Every number below was measured or counted in this run.</p>
<div class="cards">{card(frames, "frames analysed on the device")}{card(f"{people} ({100 * people // max(frames, 1)} %)", "frames with a person")}
{card(events, "events at the hub, each exactly once")}{card(sum(1 for _ in (data / "alerts.jsonl").open()), "local alerts")}</div>
<h2>What happened</h2>{steps_table(facts)}
<h2>Deployments</h2>{deployments_table(deployments)}
<h2>What the device saw</h2><iframe title="Report of the runner" src="data:text/html;base64,{inner}"></iframe></html>
"""
    temporary = out.with_suffix(".tmp")
    temporary.write_text(page)
    temporary.rename(out)


main()
