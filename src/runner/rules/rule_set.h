// The rules of an app: rules.yaml, checked completely. docs/formats/rules.md says what each field means.
//
// Errors    `rules.yaml:7: rules[0].when: column 19: unknown name "scor"; ...`
// Threads   plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "format/yaml/yaml.h"
#include "runner/rules/expr.h"

namespace verge::runner::rules {

inline constexpr size_t kMaxRules = 64;
inline constexpr size_t kMaxZones = 64;
inline constexpr size_t kMaxCorners = 64;
inline constexpr int kMaxTracksPerRule = 4096;
inline constexpr int kMaxRateCount = 1000;

// At most `count` firings of a rule in any window of this length.
struct RateLimit {
  int count = 0;
  int64_t window_us = 0;
};

// The second of two: the state of a rule begins only within so long after another rule fired (for the same track).
struct After {
  size_t rule = 0;  // index of a rule above this one
  int64_t within_us = 0;
};

struct Rule {
  std::string name;
  Expr when;                 // begins the state of an object
  std::optional<Expr> hold;  // keeps it, once begun (hysteresis); without it `when` does
  int64_t for_us = 0;        // fires after the state lasted so long
  int64_t grace_us = 0;      // an object may be out of the state, or unseen, for so long without ending it
  int64_t cooldown_us = 0;   // the same track fires again only after so long
  std::optional<RateLimit> rate;
  std::optional<After> after;
  int max_tracks = 256;  // states kept; beyond, the one that was seen least recently is forgotten
  Severity severity = Severity::kAlert;
  std::string message;

  // True when it keeps time per track: then it passes over objects without one.
  bool NeedsTracks() const { return for_us > 0 || grace_us > 0 || cooldown_us > 0 || hold || after; }
};

struct RuleSet {
  std::vector<Zone> zones;
  std::vector<std::string> values;  // with them rules are about samples, without about objects
  std::vector<Window> windows;      // of values
  int64_t stale_us = 0;             // a value older than this is missing; 0: never
  std::vector<Rule> rules;

  // True when any rule does, so that the pipeline must give tracks.
  bool NeedsTracks() const;
  // Upper bound of the memory the engine will ever take for states, in bytes.
  size_t MaxStateBytes() const;
};

Result<RuleSet> ReadRules(const yaml::Document& document);

}  // namespace verge::runner::rules
