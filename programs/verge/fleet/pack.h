// From an app folder to a package: checks app.yaml, imports models, leaves hidden files out.
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

// A model whose file in app.yaml ends in .tflite, or that --model gives as .tflite, is imported; the packed app.yaml
// then names the .vg file. Errors name the file and field.
Result<package::Layout> PackApp(const PackOptions& options);

}  // namespace verge::cli
