#include <algorithm>
#include <bit>
#include <utility>

#include "base/checked.h"
#include "delta/delta.h"
#include "delta/header.h"
#include "delta/parts.h"
#include "delta/stream.h"

namespace verge::delta {
namespace {

Status CheckPairs(std::string_view base, std::string_view target, const std::vector<TensorPair>& pairs) {
  uint64_t done = 0;
  for (const TensorPair& pair : pairs) {
    const bool is_width = pair.width == 1 || pair.width == 2 || pair.width == 4;
    if (!is_width || pair.bytes % pair.width != 0 || pair.target_offset < done ||
        !RangeFits(pair.base_offset, pair.bytes, base.size()) ||
        !RangeFits(pair.target_offset, pair.bytes, target.size())) {
      return VERGE_ERROR(kInvalidArgument, "the tensor at byte " + std::to_string(pair.target_offset) +
                                               " does not lie within both files, or overlaps the one before");
    }
    done = pair.target_offset + pair.bytes;
  }
  return Status::Ok();
}

constexpr uint64_t kMaxSuffixBytes = uint64_t{256} << 20;  // about 4 GiB of memory for the suffix array

bool FitsPrefix(std::string_view base, std::string_view target) {
  return !base.empty() && base.size() + target.size() <= (uint64_t{1} << kPrefixWindowLog);
}

// The window of a frame for this many bytes: no larger than they need, so that the reader takes little memory.
int WindowLog(uint64_t bytes, int limit) { return std::clamp(static_cast<int>(std::bit_width(bytes)), 10, limit); }

class Maker {
 public:
  Maker(std::string_view base, std::string_view target, const std::vector<TensorPair>& tensors)
      : base_(base), target_(target), tensors_(tensors) {}

  bool CanDo(Method method) const {
    if (method == Method::kFull) return true;
    if (method == Method::kPrefix) return FitsPrefix(base_, target_);
    const bool has_suffixes = !base_.empty() && base_.size() <= kMaxSuffixBytes;
    return has_suffixes && (method == Method::kBytes || !tensors_.empty());
  }

  Result<std::string> Run(Method method) {
    std::string out = WriteHeader(method, method == Method::kFull ? std::string_view() : base_, target_);
    if (method == Method::kFull || method == Method::kPrefix) {
      const bool has_base = method == Method::kPrefix;
      const int window = has_base ? WindowLog(base_.size() + target_.size(), kPrefixWindowLog)
                                  : WindowLog(target_.size(), kFullWindowLog);
      VERGE_TRY_ASSIGN(const std::string frame, CompressZstd(target_, has_base ? base_ : std::string_view(), window));
      return out + frame;
    }
    if (!suffixes_) suffixes_.emplace(base_);
    std::vector<Part> parts;
    uint64_t done = 0;
    for (size_t i = 0; method == Method::kTensors && i < tensors_.size(); ++i) {
      const TensorPair& pair = tensors_[i];
      FindParts(base_, *suffixes_, target_, done, pair.target_offset, parts);
      if (pair.bytes > 0) parts.push_back({pair.bytes, false, pair.base_offset, pair.width});
      done = pair.target_offset + pair.bytes;
    }
    FindParts(base_, *suffixes_, target_, done, target_.size(), parts);
    VERGE_TRY_ASSIGN(const std::string body, EncodeParts(base_, target_, parts));
    return out + body;
  }

 private:
  std::string_view base_;
  std::string_view target_;
  const std::vector<TensorPair>& tensors_;
  std::optional<SuffixArray> suffixes_;
};

}  // namespace

Result<std::string> Make(std::string_view base, std::string_view target, const MakeOptions& options) {
  if (base.size() > kMaxFileBytes - 2 || target.size() > kMaxFileBytes - 2) {
    return VERGE_ERROR(kResourceExhausted, "a delta is for files of at most 2 GiB");
  }
  VERGE_TRY(CheckPairs(base, target, options.tensors));
  Maker maker(base, target, options.tensors);
  if (options.method) {
    if (maker.CanDo(*options.method)) return maker.Run(*options.method);
    return VERGE_ERROR(kUnsupported, std::string("method ") + MethodName(*options.method) +
                                         " cannot do these files: prefix is for up to 32 MiB in all, bytes and "
                                         "tensors for a base of up to 256 MiB, tensors for models that have some in "
                                         "common");
  }
  std::string best;
  for (const Method method : {Method::kFull, Method::kPrefix, Method::kBytes, Method::kTensors}) {
    if (!maker.CanDo(method)) continue;
    VERGE_TRY_ASSIGN(std::string made, maker.Run(method));
    if (best.empty() || made.size() < best.size()) best = std::move(made);
  }
  return best;
}

}  // namespace verge::delta
