// Opens a model of any kind for the subcommands that run one.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/status.h"
#include "runtime/model.h"

namespace verge::cli {

struct OpenedModel {
  std::shared_ptr<const runtime::Model> model;
  size_t file_bytes = 0;
};

// A .vg file is mapped; any other is imported and compiled in memory first. Messages name the path.
Result<OpenedModel> OpenModel(const std::string& path, const runtime::LoadOptions& options);

}  // namespace verge::cli
