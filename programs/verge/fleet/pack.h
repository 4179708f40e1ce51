// From an app folder to a package: checks app.yaml, imports models, packs only what app.yaml names, README.md and
// LICENSE*.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "format/package/layout.h"

namespace verge::cli {

struct PackOptions {
  std::string dir;
  std::string out;
  std::vector<std::string> models;  // "name=path"
};

struct Packed {
  package::Layout layout;
  std::vector<std::string> left_out;  // files of the folder that are not hidden and did not get into the package
};

// A model whose file in app.yaml ends in .tflite, or that --model gives as .tflite, is imported; the packed app.yaml
// then names the .vg file. kPermission for a file that looks like a secret key. Errors name the file and field.
Result<Packed> PackApp(const PackOptions& options);

}  // namespace verge::cli
