// What an app reports, on its way from runner to agent to hub.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "proto/json_text.h"

namespace verge::proto {

// Order of importance: an outbox that is full drops the last kind first.
enum class Priority : uint8_t { kAlert = 0, kNormal = 1, kBulk = 2 };
inline constexpr std::array<const char*, 3> kPriorityNames = {"alert", "normal", "bulk"};

inline constexpr size_t kMaxEventDataBytes = size_t{16} * 1024;

struct Event {
  int64_t epoch = 0;
  int64_t seq = 0;
  std::string app;
  int64_t version = 0;
  Priority priority = Priority::kNormal;
  std::string kind;
  int64_t time_ms = 0;   // since 1970 (UTC), by the device's clock
  int64_t media_ms = 0;  // position in the app's source
  JsonText data;

  friend bool operator==(const Event&, const Event&) = default;
};

}  // namespace verge::proto
