#include "tuf/delegation.h"

#include <algorithm>
#include <set>

#include "sys/crypto/hash.h"

namespace verge::tuf {
namespace {

class Search {
 public:
  Search(std::string_view path, const LoadRole& load) : path_(path), load_(load) {}

  Status Visit(const Targets& targets) {
    const auto found = targets.targets.find(std::string(path_));
    if (found != targets.targets.end()) {
      found_ = found->second;
      is_over_ = true;
      return Status::Ok();
    }
    for (const Delegation& delegation : targets.delegations) {
      if (!Covers(delegation, path_) || !visited_.insert(delegation.name).second) continue;
      if (visited_.size() > kMaxVisitedRoles) {
        return VERGE_ERROR(
            kDataLoss, "more than " + std::to_string(kMaxVisitedRoles) + " delegations lead to " + std::string(path_));
      }
      VERGE_TRY_ASSIGN(const Targets* const role, load_(delegation, targets));
      if (role != nullptr) VERGE_TRY(Visit(*role));
      is_over_ = is_over_ || delegation.terminating;
      if (is_over_) return Status::Ok();
    }
    return Status::Ok();
  }
  std::optional<Target> found() const { return found_; }

 private:
  std::string_view path_;
  const LoadRole& load_;
  std::set<std::string> visited_;
  std::optional<Target> found_;
  bool is_over_ = false;
};

}  // namespace

bool MatchesPattern(std::string_view pattern, std::string_view path) {
  size_t p = 0;
  size_t s = 0;
  size_t star = std::string_view::npos;  // the last '*', and what it has taken so far
  size_t taken = 0;
  while (s < path.size()) {
    const bool one =
        p < pattern.size() && pattern[p] != '*' && (pattern[p] == path[s] || (pattern[p] == '?' && path[s] != '/'));
    if (one) {
      ++p;
      ++s;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = s;
    } else if (star != std::string_view::npos && path[taken] != '/') {
      p = star + 1;
      s = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool Covers(const Delegation& delegation, std::string_view path) {
  if (delegation.path_hash_prefixes.empty()) {
    return std::any_of(delegation.paths.begin(), delegation.paths.end(),
                       [&](const std::string& pattern) { return MatchesPattern(pattern, path); });
  }
  const std::string hash = sys::Sha256Hex(path);
  return std::any_of(delegation.path_hash_prefixes.begin(), delegation.path_hash_prefixes.end(),
                     [&](const std::string& prefix) { return hash.starts_with(prefix); });
}

Result<std::optional<Target>> FindTarget(const Targets& top, std::string_view path, const LoadRole& load) {
  Search search(path, load);
  VERGE_TRY(search.Visit(top));
  return search.found();
}

}  // namespace verge::tuf
