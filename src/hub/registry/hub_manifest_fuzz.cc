// Manifests that somebody pushes, tags, and the paths of requests.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hub/api/routes.h"
#include "hub/registry/manifest_info.h"
#include "proto/names.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace verge;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<hub::ManifestInfo> info = hub::ReadManifestInfo(text, "");
  if (info.ok()) {
    for (const std::string& digest : info->blobs) {
      if (!proto::IsDigest(digest)) std::abort();
    }
    if (!info->subject.empty() && !proto::IsDigest(info->subject)) std::abort();
  }
  if (hub::IsTag(text) && text.find('/') != std::string_view::npos) std::abort();
  const hub::RouteMatch match = hub::FindRoute(sys::http::Method::kGet, text);
  for (const std::string& param : match.params) {
    if (param.empty() || param.find('/') != std::string::npos) std::abort();
  }
  return 0;
}
