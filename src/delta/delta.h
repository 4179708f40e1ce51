// Deltas: a file as the difference to one that the reader has already. docs/formats/delta.md describes every byte.
//
//   Make    (base, target, pairs of tensors) -> the smallest delta of all methods, or that of one method
//   Apply   (base, delta) -> the target's bytes, piece by piece, checked against the digest in the delta
//
// Trust     a delta is foreign bytes: every length, offset and window is checked before use, and the output ends at the
//           size that the header states. Whoever applies one compares Info::target_digest with the digest it wants.
// Memory    Apply: at most kMaxApplyBytes on the heap, whatever the sizes; base and delta may be maps of files.
//           Make: about 16 times base and target; it is for hosts.
// Threads   re-entrant.
// Errors    kDataLoss: the delta is damaged or for another base; kInvalidArgument: Make was given pairs that do not
// fit;
//           kUnsupported: a newer format; what the sink returns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace verge::delta {

enum class Method : uint8_t {
  kFull = 0,     // the target compressed by zstd, without a base
  kPrefix = 1,   // zstd with the base as prefix (what `zstd --patch-from` makes)
  kBytes = 2,    // instructions from matching bytes: suffix array, differences, literals
  kTensors = 3,  // instructions from pairs of tensors, the rest from matching bytes
};
inline constexpr int kMethods = 4;
const char* MethodName(Method method);

inline constexpr uint64_t kMaxFileBytes = uint64_t{2} << 30;  // base and target
inline constexpr int kFullWindowLog = 23;                     // 8 MiB
inline constexpr int kPrefixWindowLog = 25;                   // 32 MiB; base and target together must fit
inline constexpr int kStreamWindowLog = 20;                   // 1 MiB, of each stream of instructions
inline constexpr uint64_t kMaxApplyBytes = uint64_t{36} << 20;

struct Info {
  Method method = Method::kFull;
  uint64_t base_bytes = 0;
  uint64_t target_bytes = 0;
  std::string base_digest;  // "sha256:<hex>"; of an empty base for kFull
  std::string target_digest;
};
// The header alone.
Result<Info> ReadInfo(std::string_view delta);

// The same tensor in both files: `bytes` of elements that are `width` (1, 2 or 4) bytes wide.
struct TensorPair {
  uint64_t base_offset = 0;
  uint64_t target_offset = 0;
  uint64_t bytes = 0;
  uint8_t width = 1;
};

struct MakeOptions {
  std::vector<TensorPair> tensors;  // by rising target_offset, not overlapping there
  std::optional<Method> method;     // default: each is tried and the smallest kept
};
// kUnsupported when `method` cannot do files of these sizes.
Result<std::string> Make(std::string_view base, std::string_view target, const MakeOptions& options);

using Sink = std::function<Status(std::string_view bytes)>;
// Hands the target to `sink` from its start to its end. Ok only when every byte was right; what `sink` got before an
// error must be thrown away.
Status Apply(std::string_view base, std::string_view delta, const Sink& sink);

}  // namespace verge::delta
