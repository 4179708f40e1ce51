// Events and the summary, as operators see them.
#include <nlohmann/json.hpp>

#include "hub/api/routes.h"
#include "proto/json.h"

namespace verge::hub {

Result<Answer> ListEvents(Call& call) {
  EventQuery query;
  query.device = call.Query("device");
  query.app = call.Query("app");
  query.kind = call.Query("kind");
  query.priority = call.Query("priority");
  VERGE_TRY_ASSIGN(query.limit, QueryInt(call, "limit", 100, 1, 1000));
  if (call.request.Query("after")) {
    VERGE_TRY_ASSIGN(query.after, QueryInt(call, "after", 0, 0, proto::kMaxInteger));
  }
  VERGE_TRY_ASSIGN(EventPage page, call.store().ListEvents(query));
  proto::HubEventList list;
  list.events = std::move(page.events);
  list.next = std::to_string(page.next);
  return Json(200, proto::ToJson(list));
}

Result<Answer> GetSummary(Call& call) {
  const int64_t now_ms = call.services.NowMs();
  VERGE_TRY_ASSIGN(const SummaryCounts counts, call.store().Summarize(now_ms, now_ms - kOnlineMs));
  const nlohmann::json summary = {
      {"devices", {{"total", counts.devices}, {"online", counts.online}}},
      {"releases", counts.releases},
      {"deployments",
       {{"active", counts.deployments_active},
        {"completed", counts.deployments_completed},
        {"failed", counts.deployments_failed}}},
      {"events", {{"total", counts.events}, {"alerts_24h", counts.alerts_24h}}},
  };
  return Json(200, proto::DumpJson(summary));
}

}  // namespace verge::hub
