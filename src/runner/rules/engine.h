// Runs rules over objects as frames go by.
//
// An object begins a rule's state when `when` is true and stays in it while `hold` (or `when`) is; the rule fires once
// when the state has lasted `for`, and again only after the state ended and began anew.
//
//   fires at t  <=>  t - begin >= for,  t - last firing of the track >= cooldown,  fewer than rate.max in the last
//   rate.per
//
// A firing that the cooldown or the rate suppresses is not made up for later within the same state.
// Time      media time of the frames only, so a recording gives the same firings at any speed. When it goes back (a new
//           stream) all states end; cooldowns and rates start anew.
// Memory    RuleSet::MaxStateBytes() bounds the states. When a rule has max_tracks states, the one seen least recently
//           goes (of equals, the lowest track), and evicted() counts it.
// Threads   one at a time. Owns its rules.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "runner/rules/rule_set.h"
#include "runner/types.h"

namespace verge::runner::rules {

// A new value of a channel.
struct ValueUpdate {
  size_t channel = 0;  // index in RuleSet::values
  double value = 0;
};

class Engine {
 public:
  explicit Engine(RuleSet set);

  // The firings of one frame: by rule in file order, then in the order of `objects`.
  std::vector<Firing> Process(int64_t frame, int64_t media_us, std::span<const Object> objects);

  // The firings of one row of values (rules about values): by rule in file order. NaN: missing, the last one stays.
  // Time that goes back counts as no time passed.
  std::vector<Firing> ProcessValues(int64_t frame, int64_t media_us, std::span<const ValueUpdate> updates);

  const RuleSet& rules() const { return set_; }
  uint64_t evicted() const { return evicted_; }
  size_t state_count() const;

 private:
  struct State {
    uint32_t track = 0;
    bool is_active = false;
    bool has_fired = false;  // within this state
    bool has_ever_fired = false;
    int64_t begin_us = 0;
    int64_t last_true_us = 0;
    int64_t last_seen_us = 0;
    int64_t last_fired_us = 0;
  };
  struct RuleState {
    std::vector<State> tracks;  // at most max_tracks
    std::deque<int64_t> fired;  // at most rate.count times of firings
  };

 public:
  static constexpr size_t kStateBytes = sizeof(State);

 private:
  void Reset();
  void Forget(const Rule& rule, RuleState& state, int64_t media_us) const;
  bool MayBegin(const Rule& rule, uint32_t track, int64_t media_us) const;
  Firing FiringOf(const Rule& rule, const Scope& scope, int64_t frame) const;
  State& Find(const Rule& rule, RuleState& state, uint32_t track);
  bool Step(const Rule& rule, RuleState& state, const Scope& scope);
  static bool TakeRate(const Rule& rule, RuleState& state, int64_t media_us);

  RuleSet set_;
  Channels channels_;
  std::vector<RuleState> states_;      // one a rule
  int64_t last_media_us_ = INT64_MIN;  // of the frame before
  uint64_t evicted_ = 0;
};

}  // namespace verge::runner::rules
