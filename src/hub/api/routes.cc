#include "hub/api/routes.h"

#include <array>

namespace verge::hub {
namespace {

using sys::http::Method;

// A handler several routes share is declared once a route, which C++ allows.
constexpr auto kRoutes = std::to_array<Route>({
#define VERGE_ROUTE(method, path, access, body, handler) \
  Route{Method::method, path, Access::access, BodyKind::body, &handler},
#include "hub/api/routes.def"
#undef VERGE_ROUTE
});

// The part up to the next '/', which is removed with it.
std::string_view NextSegment(std::string_view& rest, bool& last) {
  const size_t slash = rest.find('/');
  const std::string_view segment = rest.substr(0, slash);
  last = slash == std::string_view::npos;
  rest = last ? std::string_view() : rest.substr(slash + 1);
  return segment;
}

bool Matches(std::string_view pattern, std::string_view path, std::vector<std::string>& params) {
  params.clear();
  while (true) {
    bool pattern_ends = false;
    bool path_ends = false;
    const std::string_view want = NextSegment(pattern, pattern_ends);
    const std::string_view have = NextSegment(path, path_ends);
    const bool is_param = want.size() > 2 && want.front() == '{';
    if (is_param ? have.empty() : want != have) return false;
    if (is_param) params.emplace_back(have);
    if (pattern_ends || path_ends) return pattern_ends && path_ends;
  }
}

}  // namespace

std::span<const Route> Routes() { return kRoutes; }

RouteMatch FindRoute(Method method, std::string_view path) {
  RouteMatch match;
  for (const Route& route : kRoutes) {
    std::vector<std::string> params;
    if (!Matches(route.path, path, params)) continue;
    if (route.method == method || (route.method == Method::kGet && method == Method::kHead)) {
      match.route = &route;
      match.params = std::move(params);
      return match;
    }
    match.allowed += (match.allowed.empty() ? "" : ", ") + std::string(sys::http::MethodName(route.method));
  }
  return match;
}

}  // namespace verge::hub
