// What the pages of reports share: their look, and text that is safe in them.
#pragma once

#include <string>
#include <string_view>

namespace verge::report {

inline constexpr const char* kStyle = R"css(
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#14181f;--soft:#5b6675;--line:#dfe4ea;--accent:#1763d6;--area:#1763d633;--alert:#d3382c;--bar:#cfe0f8}
@media (prefers-color-scheme:dark){:root{--bg:#0f1318;--card:#181e26;--ink:#e8ecf1;--soft:#9aa7b6;--line:#2a323d;--accent:#6aa7ff;--area:#6aa7ff33;--alert:#ff6b5e;--bar:#24436e}}
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1120px;margin:0 auto;padding:32px 20px 48px}h1{font-size:26px;margin:0}h2{font-size:17px;margin:0 0 12px}
header p{margin:4px 0 0;color:var(--soft);overflow-wrap:anywhere}section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:20px;margin-top:20px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin-top:20px}
.tile{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:14px 16px}.tile b{display:block;font-size:22px;line-height:1.3;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}.tile span{color:var(--soft);font-size:13px}
.tile.alert b{color:var(--alert)}.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:6px 10px;border-bottom:1px solid var(--line);white-space:nowrap}th{font-weight:600;color:var(--soft);font-size:13px}
th:first-child,td:first-child,.l{text-align:left}tr:last-child td{border-bottom:0}tr.over td{color:var(--alert)}tr.first td{font-weight:600}
td small{display:block;color:var(--soft);font-weight:400}td.n{max-width:380px;overflow:hidden;text-overflow:ellipsis}.badge{border:1px solid var(--line);border-radius:6px;padding:0 6px;margin-left:6px;font-size:12px;color:var(--soft)}
.plot text{fill:var(--soft);font-size:12px}.plot .grid{stroke:var(--line)}.plot .curve{fill:none;stroke:var(--accent);stroke-width:1.5;stroke-linejoin:round}
.plot .dot{fill:var(--accent)}.plot .dot.over{fill:var(--alert)}.plot .bound{stroke:var(--alert);stroke-dasharray:6 4}.plot .mark{stroke:var(--alert);stroke-width:1}
.plot .front{fill:none;stroke:var(--accent);stroke-dasharray:4 4}.plot .bar{fill:var(--area)}.plot .bar.float{fill:var(--line)}.plot .chosen{fill:var(--alert)}
.key{color:var(--soft);font-size:13px;margin:8px 0 0;overflow-wrap:anywhere}footer{color:var(--soft);font-size:13px;margin-top:24px}
)css";

// With <, >, & and " written so that a browser shows them.
std::string Escape(std::string_view text);

// A number and its name, in a box; `is_alert` draws the eye.
std::string Tile(std::string_view value, std::string_view name, bool is_alert = false);

// Everything before and after the sections of a page. `title` and `lines` need no escaping.
std::string PageHead(std::string_view title, std::string_view heading);
std::string PageFoot(std::string_view text);

}  // namespace verge::report
