// The header of a delta and its table of streams. Internal to delta.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "delta/delta.h"

namespace verge::delta {

inline constexpr size_t kHeaderBytes = 88;

// What instructions read, each in a stream of its own.
enum StreamId : uint8_t {
  kControl = 0,
  kLiterals = 1,
  kPlane1 = 2,  // differences of elements of one byte
  kPlane2 = 3,  // and the next: two bytes, lower one first
  kPlane4 = 5,  // to 8: four bytes
};
inline constexpr size_t kStreams = 9;

enum class Codec : uint8_t { kRaw = 0, kZstd = 1, kAdaptive = 2 };
inline constexpr int kCodecs = 3;

struct StreamEntry {
  Codec codec = Codec::kRaw;
  uint64_t raw_bytes = 0;
  uint64_t stored_bytes = 0;
};
inline constexpr size_t kStreamEntryBytes = 17;
using StreamTable = std::array<StreamEntry, kStreams>;

// What an instruction does with the next bytes of the target.
enum class Action : uint8_t {
  kLiteral = 0,  // from kLiterals
  kCopy = 1,     // from the base
  kSub1 = 2,     // base + difference, elements of 1, 2, 4 bytes; differences are zigzag
  kSub2 = 3,
  kSub4 = 4,
  kXor2 = 5,  // base ^ difference
  kXor4 = 6,
};
inline constexpr int kActions = 7;
constexpr unsigned WidthOf(Action action) {
  if (action == Action::kSub2 || action == Action::kXor2) return 2;
  return action == Action::kSub4 || action == Action::kXor4 ? 4 : 1;
}
constexpr StreamId PlaneOf(Action action) {
  const unsigned width = WidthOf(action);
  return width == 1 ? kPlane1 : width == 2 ? kPlane2 : kPlane4;
}

std::string WriteHeader(Method method, std::string_view base, std::string_view target);
std::string WriteTable(const StreamTable& table);
// The table behind the header; its streams fill the rest of `delta` exactly.
Result<StreamTable> ReadTable(std::string_view delta, const Info& info);

constexpr uint64_t ZigZag(int64_t v) { return (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63); }
constexpr int64_t UnZigZag(uint64_t v) { return static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1); }

}  // namespace verge::delta
