#include "verge/eval_flags.h"

namespace verge::cli {

Result<yaml::Params> ReadParams(const std::vector<std::string>& given) {
  yaml::Params params;
  for (const std::string& text : given) {
    const size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return VERGE_ERROR(kInvalidArgument, "--param " + text + ": expected NAME=VALUE");
    }
    params[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return params;
}

}  // namespace verge::cli
