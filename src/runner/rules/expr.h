// Conditions of rules: a small typed expression language without loops, assignments or side effects.
//
//   label == "person" and score >= 0.5 and inside(zone.walkway)
//
// Types     number, text, bool, zone. No conversions: comparing a number with a text is an error when the rule is read.
// Grammar   or > and > not > == != < <= > >= > + - > * / > unary minus > name, number, "text", true, false, f(...),
// (...) Names     and functions: docs/formats/rules.md. `500ms`, `2s`... are numbers of seconds. Cost      one
// evaluation visits each node at most once: at most kMaxNodes steps, stack depth at most kMaxDepth; a call of
//           count() walks the objects of the frame, inside() the corners of the zone. Nothing is allocated.
// Numbers   IEEE 754 doubles, the same on every machine; x / 0 is an infinity, and a NaN compares false with all but
// !=. Threads   an Expr is immutable.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "runner/rules/channels.h"
#include "runner/rules/lexer.h"
#include "runner/types.h"

namespace verge::runner::rules {

inline constexpr size_t kMaxExprBytes = 4096;
inline constexpr size_t kMaxNodes = 256;
inline constexpr int kMaxDepth = 32;

struct Point {
  float x = 0;
  float y = 0;
};

// A polygon in fractions of the frame; edges may not be doubled but may cross (even-odd rule).
struct Zone {
  std::string name;
  std::vector<Point> corners;
};

// Even-odd rule; the same answer on every machine for the same floats.
bool Contains(const Zone& zone, Point point);

// What a condition may look at: one object of one frame, or values over time.
struct Scope {
  const Object& object;
  std::span<const Object> objects;  // all of the frame
  int64_t media_us = 0;
  const Channels* channels = nullptr;  // of a condition about values
};

inline constexpr size_t kMaxValues = 64;
inline constexpr size_t kMaxWindows = 64;

// What names in a condition may mean. With `values` it is about values over time, without them about objects.
struct Vocabulary {
  std::span<const Zone> zones;
  std::span<const std::string> values;     // names of channels
  std::vector<Window>* windows = nullptr;  // those of mean(value, 10s)...; Parse adds what is not there yet
};

class Expr {
 public:
  // A condition of type bool. kInvalidArgument; `fault.offset` is the place.
  static Result<Expr> Parse(std::string_view text, const Vocabulary& words, Fault& fault);

  // `zones` are the same as at Parse.
  bool Evaluate(const Scope& scope, std::span<const Zone> zones) const;

  // The first zone named; -1 for none.
  int first_zone() const { return first_zone_; }
  size_t node_count() const { return nodes_.size(); }

 private:
  friend class Parser;
  friend class Evaluator;

  enum class Type : uint8_t { kNumber, kText, kBool, kZone };
  enum class Op : uint8_t {
    kNumber,
    kText,
    kBool,
    kZone,  // literals
    kLabel,
    kScore,
    kTrack,
    kX,
    kY,
    kW,
    kH,
    kArea,
    kAge,
    kObjects,  // names
    kInside,
    kCentreInside,
    kCount,  // functions
    kValue,
    kValueAge,
    kKnown,  // of a channel
    kWindowCount,
    kWindowMean,
    kWindowMin,
    kWindowMax,
    kWindowChange,  // of a window
    kAbs,
    kNot,
    kNegate,
    kAdd,
    kSubtract,
    kMultiply,
    kDivide,
    kAnd,
    kOr,
    kEqual,
    kNotEqual,
    kLess,
    kLessEqual,
    kGreater,
    kGreaterEqual,
  };
  struct Node {
    Op op = Op::kBool;
    Type type = Type::kBool;
    std::array<int16_t, 2> args = {-1, -1};
    double number = 0;
    std::string text;
    int16_t zone = -1;
    uint16_t index = 0;  // of a channel or a window
  };

  std::vector<Node> nodes_;
  int16_t root_ = -1;
  int first_zone_ = -1;
};

}  // namespace verge::runner::rules
