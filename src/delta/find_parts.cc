#include <algorithm>

#include "delta/parts.h"

namespace verge::delta {
namespace {

constexpr size_t kMinMatch = 12;  // shorter ones cost more to describe than they save
constexpr size_t kMinGain = 8;    // by how many bytes a new alignment must beat the one that holds
constexpr size_t kLongRun = 32;   // under the alignment that holds: no need to search

// From target position `at` on, the base is aligned by `shift`: base position = target position + shift.
struct Cut {
  int64_t at = 0;
  int64_t shift = 0;
};

class Finder {
 public:
  Finder(std::string_view base, const SuffixArray& suffixes, std::string_view target, uint64_t begin, uint64_t end)
      : base_(base),
        suffixes_(suffixes),
        target_(target.substr(0, end)),
        begin_(static_cast<int64_t>(begin)),
        end_(static_cast<int64_t>(end)) {}

  void Run(std::vector<Part>& parts) {
    FindCuts();
    int64_t done = begin_;
    for (size_t i = 0; i < cuts_.size(); ++i) {
      const Cut& cut = cuts_[i];
      const int64_t next = i + 1 < cuts_.size() ? cuts_[i + 1].at : end_;
      const int64_t from = cut.at - Backward(cut, done);
      const int64_t to = cut.at + Forward(cut, next);
      Add(parts, from - done, true, 0);
      Add(parts, to - from, false, from + cut.shift);
      done = to;
    }
    Add(parts, end_ - done, true, 0);
  }

 private:
  bool Agrees(int64_t at, int64_t shift) const {
    const int64_t old = at + shift;
    return old >= 0 && old < static_cast<int64_t>(base_.size()) &&
           base_[static_cast<size_t>(old)] == target_[static_cast<size_t>(at)];
  }

  void FindCuts() {
    for (int64_t at = begin_; at < end_;) {
      int64_t run = 0;
      if (!cuts_.empty()) {
        while (at + run < end_ && run < static_cast<int64_t>(kLongRun) && Agrees(at + run, cuts_.back().shift)) ++run;
        if (run == static_cast<int64_t>(kLongRun)) {
          at += run;
          continue;
        }
      }
      const Match match = suffixes_.Longest(target_.substr(static_cast<size_t>(at)));
      size_t same = 0;
      for (size_t i = 0; !cuts_.empty() && i < match.length; ++i) {
        if (Agrees(at + static_cast<int64_t>(i), cuts_.back().shift)) ++same;
      }
      if (match.length >= kMinMatch && match.length > same + kMinGain) {
        cuts_.push_back({at, static_cast<int64_t>(match.position) - at});
        at += static_cast<int64_t>(match.length);
      } else {
        at += std::max<int64_t>(run, 1);
      }
    }
  }

  // How far an alignment is worth keeping: where bytes that agree outnumber the others by most.
  int64_t Forward(const Cut& cut, int64_t limit) const {
    int64_t best = 0;
    int64_t best_score = 0;
    int64_t score = 0;
    for (int64_t i = 0; cut.at + i < limit && cut.at + i + cut.shift < static_cast<int64_t>(base_.size()); ++i) {
      score += Agrees(cut.at + i, cut.shift) ? 1 : -1;
      if (score > best_score) {
        best_score = score;
        best = i + 1;
      }
    }
    return best;
  }

  int64_t Backward(const Cut& cut, int64_t limit) const {
    int64_t best = 0;
    int64_t best_score = 0;
    int64_t score = 0;
    for (int64_t i = 1; cut.at - i >= limit && cut.at - i + cut.shift >= 0; ++i) {
      score += Agrees(cut.at - i, cut.shift) ? 1 : -1;
      if (score > best_score) {
        best_score = score;
        best = i;
      }
    }
    return best;
  }

  static void Add(std::vector<Part>& parts, int64_t bytes, bool is_new, int64_t base_offset) {
    if (bytes > 0) parts.push_back({static_cast<uint64_t>(bytes), is_new, static_cast<uint64_t>(base_offset), 1});
  }

  std::string_view base_;
  const SuffixArray& suffixes_;
  std::string_view target_;
  int64_t begin_;
  int64_t end_;
  std::vector<Cut> cuts_;
};

}  // namespace

void FindParts(std::string_view base, const SuffixArray& suffixes, std::string_view target, uint64_t begin,
               uint64_t end, std::vector<Part>& parts) {
  Finder(base, suffixes, target, begin, end).Run(parts);
}

}  // namespace verge::delta
