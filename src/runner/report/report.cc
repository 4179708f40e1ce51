#include "runner/report/report.h"

#include "proto/json.h"
#include "sys/file/file.h"

namespace verge::runner::report {

std::string RenderSummary(const RunInfo& info, const Collector& collector) {
  nlohmann::json elements = nlohmann::json::array();
  for (const ElementStats& e : info.elements) {
    elements.push_back({{"id", e.id},
                        {"type", e.type},
                        {"count", e.count},
                        {"drops", e.drops},
                        {"p50_us", e.p50_us},
                        {"p99_us", e.p99_us},
                        {"max_us", e.max_us},
                        {"age_p50_us", e.age_p50_us},
                        {"age_p99_us", e.age_p99_us}});
  }
  const nlohmann::json summary = {{"app", info.app},
                                  {"version", info.version},
                                  {"outcome", info.outcome},
                                  {"frames", collector.frames()},
                                  {"label", collector.options().label},
                                  {"min_score", collector.options().min_score},
                                  {"frames_with_label", collector.frames_with_label()},
                                  {"tracks", collector.tracks()},
                                  {"firings", collector.firing_count()},
                                  {"firings_by_rule", collector.firings_by_rule()},
                                  {"media_ms", collector.media_us() / 1000},
                                  {"wall_ms", info.wall_ms},
                                  {"elements", elements}};
  return proto::DumpJson(summary) + "\n";
}

Status WriteReport(const std::string& path, const RunInfo& info, const Collector& collector) {
  VERGE_TRY(sys::WriteFileAtomic(path, RenderHtml(info, collector)));
  return sys::WriteFileAtomic(sys::JoinPath(sys::ParentPath(path), "summary.json"), RenderSummary(info, collector));
}

}  // namespace verge::runner::report
