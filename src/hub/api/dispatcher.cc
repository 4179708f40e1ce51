#include "hub/api/dispatcher.h"

#include <exception>

#include "hub/api/registry_uploads.h"
#include "hub/api/routes.h"
#include "proto/json.h"
#include "tuf/published.h"

namespace verge::hub {
namespace {

using sys::http::BodyPlan;
using sys::http::Method;
using sys::http::Request;
using sys::http::Response;

bool IsRegistry(const Route& route) { return route.access == Access::kPuller || route.access == Access::kPusher; }

Response Unauthorized(const Route& route, std::string_view detail) {
  Response response = IsRegistry(route) ? OciProblem(401, "UNAUTHORIZED", detail) : Problem(401, detail);
  response.headers.Set("WWW-Authenticate",
                       IsRegistry(route) ? "Basic realm=\"Verge hub\"" : "Bearer realm=\"Verge hub\"");
  return response;
}

Response Forbidden(const Route& route, std::string_view detail) {
  return IsRegistry(route) ? OciProblem(403, "DENIED", detail) : Problem(403, detail);
}

// Nothing when `call.identity` may use the route.
std::optional<Response> CheckAccess(const Route& route, Call& call, const Request& head) {
  if (route.access == Access::kAnyone) return std::nullopt;
  Result<Identity> identity = Identify(call.store(), head);
  if (!identity.ok()) {
    if (identity.code() != StatusCode::kPermission) return ProblemOf(identity.status(), call.services);
    const std::string detail(identity.status().message());
    return head.headers.Has("Authorization") ? Unauthorized(route, detail) : Forbidden(route, detail);
  }
  call.identity = std::move(*identity);
  const bool is_operator = call.identity.kind == Identity::Kind::kOperator;
  const bool is_device = call.identity.kind == Identity::Kind::kDevice;
  switch (route.access) {
    case Access::kAnyone: return std::nullopt;
    case Access::kDevice:
      if (is_device) return std::nullopt;
      return Forbidden(route, "only a device with its client certificate may do this");
    case Access::kMember:
      if (is_operator || is_device) return std::nullopt;
      return Unauthorized(route, "an operator token or a device's certificate is needed");
    case Access::kPuller:
      if (is_operator || is_device) return std::nullopt;
      return Unauthorized(route, "give an operator token as the password");
    case Access::kOperator:
    case Access::kPusher:
      if (is_operator) return std::nullopt;
      if (is_device) return Forbidden(route, "devices may not do this");
      return Unauthorized(route, "an operator token is needed: Authorization: Bearer TOKEN");
  }
  return std::nullopt;
}

Response NoRoute(const Request& head, const RouteMatch& match) {
  if (match.allowed.empty()) return Problem(404, "there is nothing at this path: see /api/v1/openapi.yaml");
  Response response =
      Problem(405, std::string(MethodName(head.method)) + " is not possible here; allowed: " + match.allowed);
  response.headers.Set("Allow", match.allowed);
  return response;
}

void TakeBody(const Route& route, Call& call, const Request& head, BodyPlan& plan) {
  if (route.body == BodyKind::kJson) plan.max_bytes = proto::kMaxMessageBytes;
  if (route.body == BodyKind::kBundle) plan.max_bytes = tuf::kMaxBundleBytes;
  if (route.body != BodyKind::kUpload && route.body != BodyKind::kNewUpload) return;
  Result<std::shared_ptr<Upload>> upload = OpenUpload(call, head, route.body == BodyKind::kNewUpload);
  if (!upload.ok()) {
    plan.reject = UploadProblem(upload.status(), call.services);
    return;
  }
  call.upload = *upload;
  plan.max_bytes = kMaxBlobBytes;
  plan.sink = std::make_unique<UploadSink>(call.services.blobs.get(), std::move(*upload));
}

}  // namespace

BodyPlan Dispatcher::Begin(const Request& head) {
  BodyPlan plan;
  RouteMatch match = FindRoute(head.method, head.path);
  if (match.route == nullptr) {
    plan.reject = NoRoute(head, match);
    return plan;
  }
  // Shared, because std::any wants what it holds to be copyable.
  const auto call = std::make_shared<Call>(services_);
  call->params = std::move(match.params);
  try {
    plan.reject = CheckAccess(*match.route, *call, head);
    if (!plan.reject) TakeBody(*match.route, *call, head, plan);
  } catch (const std::exception& e) {
    plan.reject = ProblemOf(VERGE_ERROR(kInternal, std::string("before the body: ") + e.what()), services_);
  }
  if (plan.reject) plan.reject->identity = call->identity.ToString();
  plan.context = call;
  return plan;
}

void Dispatcher::Handle(Request request, sys::http::Responder respond) {
  const auto call = std::any_cast<std::shared_ptr<Call>>(std::move(request.context));
  const RouteMatch match = FindRoute(request.method, request.path);
  call->request = std::move(request);
  call->respond = respond;
  Result<Answer> answer = VERGE_ERROR(kInternal, "the handler gave no answer");
  try {
    answer = match.route->handler(*call);
  } catch (const std::exception& e) {
    answer = VERGE_ERROR(kInternal, std::string(match.route->path) + ": " + e.what());
  }
  call->respond.reset();
  if (answer.ok() && !answer->has_value()) return;
  Response response = answer.ok() ? std::move(**answer) : ProblemOf(answer.status(), services_);
  response.identity = call->identity.ToString();
  respond(std::move(response));
}

}  // namespace verge::hub
