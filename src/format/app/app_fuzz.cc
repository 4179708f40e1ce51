// Any bytes as app.yaml: a description that keeps its promises, or an error.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "format/app/app.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto app = verge::app::ParseApp("app.yaml", {reinterpret_cast<const char*>(data), size});
  if (!app.ok()) return 0;
  if (!verge::app::IsName(app->name) || app->version < 1 || app->models.empty()) std::abort();
  for (const std::string& path : verge::app::FilesOf(*app)) {
    if (!verge::app::IsSafePath(path)) std::abort();
  }
  return 0;
}
