// What the subcommands that read evaluations share.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "format/yaml/yaml.h"

namespace verge::cli {

// --param NAME=VALUE, given any number of times.
Result<yaml::Params> ReadParams(const std::vector<std::string>& given);

}  // namespace verge::cli
