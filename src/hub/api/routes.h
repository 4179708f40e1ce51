// The route table, made from routes.def.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hub/api/call.h"

namespace verge::hub {

enum class Access : uint8_t {
  kAnyone,
  kOperator,
  kDevice,
  kMember,  // operators and devices
  kPuller,  // operators and devices; errors and challenge as registry clients expect them
  kPusher,  // operators; likewise
};
enum class BodyKind : uint8_t { kNoBody, kJson, kBundle, kNewUpload, kUpload };

// One function a route, in the file of its resource.
#define VERGE_ROUTE(method, path, access, body, handler) Result<Answer> handler(Call& call);
#include "hub/api/routes.def"
#undef VERGE_ROUTE

struct Route {
  sys::http::Method method;
  std::string_view path;
  Access access;
  BodyKind body;
  Result<Answer> (*handler)(Call& call);
};
std::span<const Route> Routes();

struct RouteMatch {
  const Route* route = nullptr;  // null: no route; then `allowed` is "" (404) or a list for 405
  std::vector<std::string> params;
  std::string allowed;
};
// `path` is decoded.
RouteMatch FindRoute(sys::http::Method method, std::string_view path);

}  // namespace verge::hub
