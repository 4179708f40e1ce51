#include "hub/api/call.h"

#include <charconv>

#include "proto/json.h"

namespace verge::hub {
namespace {

int HttpStatusOf(StatusCode code) {
  switch (code) {
    case StatusCode::kOk: return 200;
    case StatusCode::kInvalidArgument: return 400;
    case StatusCode::kUnsupported:
    case StatusCode::kFailedPrecondition: return 422;
    case StatusCode::kNotFound: return 404;
    case StatusCode::kAlreadyExists: return 409;
    case StatusCode::kPermission: return 403;
    case StatusCode::kResourceExhausted: return 507;
    case StatusCode::kUnavailable:
    case StatusCode::kAborted:
    case StatusCode::kCancelled: return 503;
    case StatusCode::kDeadline: return 504;
    case StatusCode::kDataLoss:
    case StatusCode::kInternal: return 500;
  }
  return 500;
}

}  // namespace

Answer Json(int status, std::string text) {
  sys::http::Response response;
  response.status = status;
  response.headers.Set("Content-Type", "application/json");
  response.body = std::move(text);
  return response;
}

Answer Empty(int status) {
  sys::http::Response response;
  response.status = status;
  return response;
}

sys::http::Response Problem(int status, std::string_view detail) {
  sys::http::Response response;
  response.status = status;
  response.headers.Set("Content-Type", "application/problem+json");
  response.body = R"({"type":"about:blank","title":)" + proto::QuoteJson(sys::http::ReasonOf(status)) +
                  R"(,"status":)" + std::to_string(status) + R"(,"detail":)" + proto::QuoteJson(detail) + "}";
  return response;
}

sys::http::Response ProblemOf(const Status& status, const Services& services) {
  const int number = HttpStatusOf(status.code());
  const bool is_ours = number == 500 || number == 503 || number == 507;
  if (!is_ours) return Problem(number, status.message());
  services.log_error(status.ToString());
  if (number == 507)
    return Problem(number, "the hub has no room left for this: an operator must free space on its disk");
  return Problem(number, number == 503 ? "the hub is busy: try again" : "the hub failed: its log says why");
}

sys::http::Response OciProblem(int status, std::string_view code, std::string_view message) {
  sys::http::Response response;
  response.status = status;
  response.headers.Set("Content-Type", "application/json");
  response.body =
      R"({"errors":[{"code":)" + proto::QuoteJson(code) + R"(,"message":)" + proto::QuoteJson(message) + "}]}";
  return response;
}

Result<int64_t> QueryInt(const Call& call, std::string_view name, int64_t fallback, int64_t min, int64_t max) {
  const std::optional<std::string_view> text = call.request.Query(name);
  if (!text) return fallback;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size() || value < min || value > max) {
    return VERGE_ERROR(kInvalidArgument, "query parameter " + std::string(name) + ": expected a number from " +
                                             std::to_string(min) + " to " + std::to_string(max));
  }
  return value;
}

}  // namespace verge::hub
