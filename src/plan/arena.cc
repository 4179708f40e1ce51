#include "plan/arena.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <string>

#include "base/checked.h"

namespace verge::plan {
namespace {

// Buffers joined by aliases: placed as one.
struct Group {
  int32_t first;
  int32_t last;
  size_t bytes;  // rounded up to the alignment
  size_t offset;
};

struct Groups {
  std::vector<Group> all;
  std::vector<size_t> of_buffer;
};

Result<Groups> JoinAliases(std::span<const ArenaBuffer> buffers) {
  Groups groups;
  groups.of_buffer.resize(buffers.size());
  size_t sum = 0;  // every plan fits into it, so checking it once makes all later arithmetic safe
  for (size_t i = 0; i < buffers.size(); ++i) {
    const ArenaBuffer& b = buffers[i];
    const bool has_alias = b.alias != kNoAlias;
    if (b.last < b.first || (has_alias && (b.alias < 0 || static_cast<size_t>(b.alias) >= i))) {
      return VERGE_ERROR(kInvalidArgument, "arena buffer " + std::to_string(i) +
                                               " ends before it starts, or its alias is not an earlier buffer");
    }
    const std::optional<size_t> bytes = CheckedAlignUp(b.bytes, kArenaAlignment);
    const std::optional<size_t> next = bytes ? CheckedAdd(sum, *bytes) : std::nullopt;
    if (!next) return VERGE_ERROR(kResourceExhausted, "the buffers of this model exceed the address space");
    sum = *next;
    if (!has_alias) {
      groups.of_buffer[i] = groups.all.size();
      groups.all.push_back({b.first, b.last, *bytes, 0});
      continue;
    }
    groups.of_buffer[i] = groups.of_buffer[static_cast<size_t>(b.alias)];
    Group& group = groups.all[groups.of_buffer[i]];
    group.first = std::min(group.first, b.first);
    group.last = std::max(group.last, b.last);
    group.bytes = std::max(group.bytes, *bytes);
  }
  return groups;
}

size_t LowerBound(const std::vector<Group>& groups) {
  std::map<int64_t, std::pair<size_t, size_t>> changes;  // step -> bytes born, bytes dead
  for (const Group& g : groups) {
    changes[g.first].first += g.bytes;
    changes[int64_t{g.last} + 1].second += g.bytes;
  }
  size_t alive = 0, most = 0;
  for (const auto& [step, change] : changes) {
    alive = alive - change.second + change.first;
    most = std::max(most, alive);
  }
  return most;
}

bool Meet(const Group& a, const Group& b) { return a.first <= b.last && b.first <= a.last; }

// The start of the tightest gap that fits between the placed groups alive with `group` (sorted by offset), else their
// end.
size_t FindOffset(const std::vector<Group>& groups, const std::vector<size_t>& by_offset, const Group& group) {
  size_t best = 0, best_gap = std::numeric_limits<size_t>::max(), end = 0;
  for (const size_t i : by_offset) {
    const Group& placed = groups[i];
    if (!Meet(placed, group)) continue;
    if (placed.offset > end) {
      const size_t gap = placed.offset - end;
      if (gap >= group.bytes && gap < best_gap) {
        best = end;
        best_gap = gap;
      }
    }
    end = std::max(end, placed.offset + placed.bytes);
  }
  return best_gap == std::numeric_limits<size_t>::max() ? end : best;
}

// Places the groups in the given order; returns the arena's size.
size_t Place(std::vector<Group>& groups, const std::vector<size_t>& order) {
  std::vector<size_t> by_offset;
  size_t total = 0;
  for (const size_t i : order) {
    Group& group = groups[i];
    group.offset = 0;
    if (group.bytes == 0) continue;
    group.offset = FindOffset(groups, by_offset, group);
    total = std::max(total, group.offset + group.bytes);
    const auto at = std::upper_bound(by_offset.begin(), by_offset.end(), i,
                                     [&](size_t a, size_t b) { return groups[a].offset < groups[b].offset; });
    by_offset.insert(at, i);
  }
  return total;
}

double Area(const Group& g) { return static_cast<double>(g.bytes) * (static_cast<double>(g.last) - g.first + 1); }

using Less = bool (*)(const Group&, const Group&);
constexpr Less kOrders[] = {
    [](const Group& a, const Group& b) { return a.bytes != b.bytes ? a.bytes > b.bytes : a.first < b.first; },
    [](const Group& a, const Group& b) { return Area(a) > Area(b); },
    [](const Group& a, const Group& b) { return a.first != b.first ? a.first < b.first : a.bytes > b.bytes; },
};
constexpr size_t kManyGroups = 4096;  // placing is quadratic: above this only the first order is tried

}  // namespace

Result<ArenaPlan> PlanArena(std::span<const ArenaBuffer> buffers) {
  VERGE_TRY_ASSIGN(Groups groups, JoinAliases(buffers));
  ArenaPlan plan;
  plan.lower_bound_bytes = LowerBound(groups.all);
  plan.total_bytes = std::numeric_limits<size_t>::max();
  std::vector<Group> best;
  std::vector<size_t> order(groups.all.size());
  for (const Less less : kOrders) {
    if (!best.empty() && (plan.total_bytes == plan.lower_bound_bytes || order.size() > kManyGroups)) break;
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return less(groups.all[a], groups.all[b]); });
    const size_t total = Place(groups.all, order);
    if (total >= plan.total_bytes) continue;
    plan.total_bytes = total;
    best = groups.all;
  }
  plan.offsets.reserve(buffers.size());
  for (const size_t g : groups.of_buffer) plan.offsets.push_back(best[g].offset);
  return plan;
}

}  // namespace verge::plan
