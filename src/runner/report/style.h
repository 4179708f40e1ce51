// The look of the report. Internal to the report.
#pragma once

namespace verge::runner::report {

inline constexpr const char* kStyle = R"css(
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#14181f;--soft:#5b6675;--line:#dfe4ea;--accent:#1763d6;--area:#1763d633;--alert:#d3382c;--zone:#f2a900;--bar:#cfe0f8}
@media (prefers-color-scheme:dark){:root{--bg:#0f1318;--card:#181e26;--ink:#e8ecf1;--soft:#9aa7b6;--line:#2a323d;--accent:#6aa7ff;--area:#6aa7ff33;--alert:#ff6b5e;--zone:#ffc53d;--bar:#24436e}}
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1120px;margin:0 auto;padding:32px 20px 48px}h1{font-size:26px;margin:0}h2{font-size:17px;margin:0 0 12px}
header p{margin:4px 0 0;color:var(--soft)}section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:20px;margin-top:20px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin-top:20px}
.tile{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:14px 16px}.tile b{display:block;font-size:26px;line-height:1.2;font-variant-numeric:tabular-nums}.tile span{color:var(--soft);font-size:13px}
.tile.alert b{color:var(--alert)}.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:6px 10px;border-bottom:1px solid var(--line);white-space:nowrap}th{font-weight:600;color:var(--soft);font-size:13px}
th:first-child,td:first-child,.l{text-align:left}tr:last-child td{border-bottom:0}td .bar{display:inline-block;height:8px;border-radius:4px;background:var(--bar);vertical-align:middle;margin-right:8px}
.gallery{display:grid;grid-template-columns:repeat(auto-fit,minmax(440px,1fr));gap:18px}figure{margin:0}figure svg{width:100%;height:auto;display:block;border-radius:8px}
figcaption{color:var(--soft);font-size:13px;margin-top:6px}figcaption .badge{color:#fff;background:var(--alert);border-radius:6px;padding:1px 7px;margin-left:6px;white-space:nowrap;display:inline-block}
.timeline text{fill:var(--soft);font-size:12px}.timeline .grid{stroke:var(--line)}.timeline .area{fill:var(--area);stroke:var(--accent);stroke-width:1.5;stroke-linejoin:round}.timeline .fire{fill:var(--alert)}
.zone{fill:#ffc53d26;stroke:#ffc53d;stroke-width:2;stroke-dasharray:8 5}.box{fill:none;stroke:#37d67a;stroke-width:2}.box.low{stroke:#9fb3c8;stroke-width:1.5}.box.hit{stroke:#ff4d3d;stroke-width:3}
.tag{font:600 13px system-ui,sans-serif;fill:#06130b}.tagbg{fill:#37d67a}.tagbg.low{fill:#9fb3c8}.tagbg.hit{fill:#ff4d3d}.tag.hit{fill:#fff}
.key{color:var(--soft);font-size:13px;margin:8px 0 0}footer{color:var(--soft);font-size:13px;margin-top:24px}
)css";

}  // namespace verge::runner::report
