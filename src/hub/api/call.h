// One request on its way through the hub: what a handler gets and gives.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "hub/auth/auth.h"
#include "hub/services.h"
#include "sys/http/server.h"

namespace verge::hub {

struct Call {
  explicit Call(Services& services_in) : services(services_in) {}

  Services& services;
  Identity identity;
  std::vector<std::string> params;  // what stood for each {...} of the route
  sys::http::Request request;
  std::shared_ptr<Upload> upload;               // registry uploads: held busy by the request's sink
  std::optional<sys::http::Responder> respond;  // for an answer that comes later

  Store& store() const { return *services.store; }
  // The query parameter, or "".
  std::string Query(std::string_view name) const { return std::string(request.Query(name).value_or("")); }
};

// What a handler returns: an answer, nothing (it has copied `respond` and answers later), or a Status that becomes a
// problem+json answer.
using Answer = std::optional<sys::http::Response>;

// Answers with JSON text.
Answer Json(int status, std::string text);
// Answers without a body.
Answer Empty(int status);

// application/problem+json.
sys::http::Response Problem(int status, std::string_view detail);
// The answer that says what a Status says. Failures of the hub itself are logged and told without details.
sys::http::Response ProblemOf(const Status& status, const Services& services);
// An error as the OCI distribution spec wants it: code is NAME_UNKNOWN, BLOB_UNKNOWN, ...
sys::http::Response OciProblem(int status, std::string_view code, std::string_view message);

// A decimal query parameter within [min, max]; `fallback` when absent.
Result<int64_t> QueryInt(const Call& call, std::string_view name, int64_t fallback, int64_t min, int64_t max);

}  // namespace verge::hub
