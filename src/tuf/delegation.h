// Which delegated role may speak for a path, and the search through them in the specification's order.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "tuf/metadata.h"

namespace verge::tuf {

// As a shell would: '*' any run of characters but '/', '?' one of them. Bounded work.
bool MatchesPattern(std::string_view pattern, std::string_view path);
// By pattern, or by the hash of the path.
bool Covers(const Delegation& delegation, std::string_view path);

// Gives a delegated role's checked document; `parent` holds its keys. Null: there is none.
using LoadRole = std::function<Result<const Targets*>(const Delegation& role, const Targets& parent)>;

// Looks for `path` in `top` and then, depth first and in the order of priority, in what it delegates to. Each role is
// visited once, at most kMaxVisitedRoles in all; a terminating one that covers the path ends the search. Empty: nobody
// who may has named it.
Result<std::optional<Target>> FindTarget(const Targets& top, std::string_view path, const LoadRole& load);

}  // namespace verge::tuf
