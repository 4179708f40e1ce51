// Canonical JSON as TUF signs it (OLPC): one spelling for each value, so that two programs sign the same bytes.
//
// Members are sorted by the bytes of their names, nothing is between tokens, strings escape only '"' and '\', numbers
// are integers. kDataLoss for a number with a fraction or exponent: it has no canonical form.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/status.h"

namespace verge::tuf {

Result<std::string> CanonicalJson(const nlohmann::json& value);

}  // namespace verge::tuf
