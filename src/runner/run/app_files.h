// An app folder, read and checked as far as it can be without opening its source.
#pragma once

#include <optional>
#include <string>

#include "base/status.h"
#include "format/app/app.h"
#include "format/yaml/yaml.h"
#include "runner/rules/rule_set.h"

namespace verge::runner {

struct AppFiles {
  std::string dir;
  app::App app;
  yaml::Document pipeline;  // with parameters filled in
  std::optional<rules::RuleSet> rules;
};

// Errors name file, line and field.
Result<AppFiles> ReadAppFiles(const std::string& dir, const yaml::Params& params);

}  // namespace verge::runner
