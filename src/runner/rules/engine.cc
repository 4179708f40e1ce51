#include "runner/rules/engine.h"

#include <algorithm>
#include <tuple>

namespace verge::runner::rules {

Engine::Engine(RuleSet set)
    : set_(std::move(set)), channels_(set_.values.size(), set_.windows, set_.stale_us), states_(set_.rules.size()) {}

void Engine::Reset() {
  for (RuleState& state : states_) state = {};
}

size_t Engine::state_count() const {
  size_t count = 0;
  for (const RuleState& state : states_) count += state.tracks.size();
  return count;
}

// Drops what can no longer matter: missed by the last frame, unseen for longer than grace, and not cooling down.
void Engine::Forget(const Rule& rule, RuleState& state, int64_t media_us) const {
  std::erase_if(state.tracks, [&](const State& s) {
    const bool is_cooling = s.has_ever_fired && media_us - s.last_fired_us < rule.cooldown_us;
    return s.last_seen_us < last_media_us_ && media_us - s.last_seen_us > rule.grace_us && !is_cooling;
  });
}

Engine::State& Engine::Find(const Rule& rule, RuleState& state, uint32_t track) {
  const auto found =
      std::find_if(state.tracks.begin(), state.tracks.end(), [&](const State& s) { return s.track == track; });
  if (found != state.tracks.end()) return *found;
  if (state.tracks.size() >= static_cast<size_t>(rule.max_tracks)) {
    state.tracks.erase(std::min_element(state.tracks.begin(), state.tracks.end(), [](const State& a, const State& b) {
      return std::tie(a.last_seen_us, a.track) < std::tie(b.last_seen_us, b.track);
    }));
    ++evicted_;
  }
  State& added = state.tracks.emplace_back();
  added.track = track;
  return added;
}

bool Engine::TakeRate(const Rule& rule, RuleState& state, int64_t media_us) {
  if (!rule.rate) return true;
  while (!state.fired.empty() && media_us - state.fired.front() >= rule.rate->window_us) state.fired.pop_front();
  if (state.fired.size() >= static_cast<size_t>(rule.rate->count)) return false;
  state.fired.push_back(media_us);
  return true;
}

// Whether the rule that must have fired before has.
bool Engine::MayBegin(const Rule& rule, uint32_t track, int64_t media_us) const {
  if (!rule.after) return true;
  const std::vector<State>& tracks = states_[rule.after->rule].tracks;
  return std::any_of(tracks.begin(), tracks.end(), [&](const State& s) {
    return s.track == track && s.has_ever_fired && media_us - s.last_fired_us <= rule.after->within_us;
  });
}

bool Engine::Step(const Rule& rule, RuleState& state, const Scope& scope) {
  // Without a track there is nothing to remember: each object of each frame stands alone.
  if (scope.object.track == 0) {
    return !rule.NeedsTracks() && rule.when.Evaluate(scope, set_.zones) && TakeRate(rule, state, scope.media_us);
  }
  State& s = Find(rule, state, scope.object.track);
  // Not in the state in the last frame, and for longer than the grace time: the state ended back then.
  if (s.last_true_us < last_media_us_ && scope.media_us - s.last_true_us > rule.grace_us) s.is_active = false;
  s.last_seen_us = scope.media_us;
  const Expr& keep = s.is_active && rule.hold ? *rule.hold : rule.when;
  const bool is_true =
      keep.Evaluate(scope, set_.zones) && (s.is_active || MayBegin(rule, scope.object.track, scope.media_us));
  if (is_true && !s.is_active) {
    s.is_active = true;
    s.has_fired = false;
    s.begin_us = scope.media_us;
  }
  if (is_true) s.last_true_us = scope.media_us;
  if (!is_true && s.is_active && scope.media_us - s.last_true_us > rule.grace_us) s.is_active = false;
  if (!is_true || s.has_fired || scope.media_us - s.begin_us < rule.for_us) return false;
  s.has_fired = true;
  if (s.has_ever_fired && scope.media_us - s.last_fired_us < rule.cooldown_us) return false;
  if (!TakeRate(rule, state, scope.media_us)) return false;
  s.has_ever_fired = true;
  s.last_fired_us = scope.media_us;
  return true;
}

Firing Engine::FiringOf(const Rule& rule, const Scope& scope, int64_t frame) const {
  const int zone = rule.when.first_zone();
  Firing firing{.rule = rule.name,
                .zone = zone < 0 ? "" : set_.zones[static_cast<size_t>(zone)].name,
                .message = rule.message,
                .severity = rule.severity,
                .object = scope.object,
                .values = {},
                .media_us = scope.media_us,
                .frame = frame};
  for (size_t i = 0; i < set_.values.size(); ++i) firing.values.emplace_back(set_.values[i], channels_.Value(i));
  return firing;
}

std::vector<Firing> Engine::ProcessValues(int64_t frame, int64_t media_us, std::span<const ValueUpdate> updates) {
  media_us = std::max(media_us, last_media_us_);
  channels_.Advance(media_us);
  for (const ValueUpdate& update : updates) channels_.Set(update.channel, update.value);
  static const Object kWhole{.label = "", .score = 0, .box = {}, .track = 1, .first_seen_us = 0};
  const Scope scope{kWhole, {}, media_us, &channels_};
  std::vector<Firing> firings;
  for (size_t i = 0; i < set_.rules.size(); ++i) {
    const Rule& rule = set_.rules[i];
    if (Step(rule, states_[i], scope)) firings.push_back(FiringOf(rule, scope, frame));
  }
  last_media_us_ = media_us;
  return firings;
}

std::vector<Firing> Engine::Process(int64_t frame, int64_t media_us, std::span<const Object> objects) {
  if (media_us < last_media_us_) Reset();
  std::vector<Firing> firings;
  for (size_t i = 0; i < set_.rules.size(); ++i) {
    const Rule& rule = set_.rules[i];
    Forget(rule, states_[i], media_us);
    for (const Object& object : objects) {
      const Scope scope{object, objects, media_us};
      if (Step(rule, states_[i], scope)) firings.push_back(FiringOf(rule, scope, frame));
    }
  }
  last_media_us_ = media_us;
  return firings;
}

}  // namespace verge::runner::rules
