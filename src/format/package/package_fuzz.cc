// Any bytes as manifest, index or config: no crash, accepted manifests are stable.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "format/package/delta_manifest.h"
#include "format/package/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace verge::package;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto manifest = ParseManifest(text); manifest.ok()) {
    const std::string written = WriteManifest(*manifest);
    const auto again = ParseManifest(written);
    if (!again.ok() || WriteManifest(*again) != written) std::abort();
    if (!CheckConfig(WriteConfig(*manifest), *manifest).ok()) std::abort();
    (void)CheckConfig(text, *manifest).ok();
  }
  (void)CheckConfig(text, Manifest{}).ok();
  (void)ParseIndex(text).ok();
  if (const auto deltas = ParseDeltaManifest(text); deltas.ok()) {
    if (!ParseDeltaManifest(WriteDeltaManifest(*deltas)).ok()) std::abort();
  }
  return 0;
}
