// openapi.yaml and routes.def say the same.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>

#include "hub/api/routes.h"

namespace verge::hub {
namespace {

// "GET /api/v1/health" for each operation of the document, found by its indentation: paths stand at two spaces,
// methods at four.
std::set<std::string> Documented() {
  std::ifstream in(VERGE_SOURCE_DIR "/src/hub/api/openapi.yaml");
  const std::set<std::string> methods = {"get", "head", "post", "put", "patch", "delete"};
  std::set<std::string> out;
  std::string line, path;
  while (std::getline(in, line)) {
    if (line.size() > 3 && line.rfind("  /", 0) == 0 && line.back() == ':') path = line.substr(2, line.size() - 3);
    if (line.size() > 5 && line.rfind("    ", 0) == 0 && line.back() == ':') {
      std::string method = line.substr(4, line.size() - 5);
      if (!methods.contains(method)) continue;
      for (char& c : method) c = static_cast<char>(c - 'a' + 'A');
      out.insert(method + " " + path);
    }
  }
  return out;
}

TEST(OpenApi, HasEveryRouteAndNoOther) {
  std::set<std::string> routes;
  for (const Route& route : Routes()) {
    const bool is_new =
        routes.insert(std::string(sys::http::MethodName(route.method)) + " " + std::string(route.path)).second;
    EXPECT_TRUE(is_new) << route.path << " is listed twice";
  }
  EXPECT_GT(routes.size(), 30U);
  EXPECT_EQ(routes, Documented());
}

TEST(Routes, MatchSegmentsExactly) {
  using sys::http::Method;
  EXPECT_EQ(FindRoute(Method::kGet, "/api/v1/devices/dev-1").params, std::vector<std::string>{"dev-1"});
  EXPECT_EQ(FindRoute(Method::kHead, "/v2/a/blobs/b").params, (std::vector<std::string>{"a", "b"}));
  EXPECT_NE(FindRoute(Method::kPost, "/v2/a/blobs/uploads/").route, nullptr);
  for (const char* path :
       {"", "/api", "/api/v1/devices/", "/api/v1/devices/a/b", "/v2", "/v2//blobs/b", "/v2/a/b/blobs/c", "//"}) {
    const RouteMatch match = FindRoute(Method::kGet, path);
    EXPECT_TRUE(match.route == nullptr || match.route->path == "/{file}") << path;
  }
}

}  // namespace
}  // namespace verge::hub
