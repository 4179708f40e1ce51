// How releases are named in TUF metadata.
#pragma once

#include <cstdint>
#include <string>

namespace verge::hub {

// The target path of a release: "<app>/<version>".
inline std::string PathOfRelease(const std::string& app, int64_t version) {
  return app + "/" + std::to_string(version);
}

}  // namespace verge::hub
