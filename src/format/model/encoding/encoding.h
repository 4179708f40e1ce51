// Constants of a model file in less space: lossless, chosen one constant at a time when the file is written, undone
// once when it is read.
//
//   stored  = EncodeConstant(dtype, bytes, options)      nothing when plain bytes are the smallest
//   bytes   = DecodeConstant(stored, element bytes)      the very bytes that were encoded
//
// Exact     an encoding is used only where it gives back every bit: `half` for floats that are halves already, `nibble`
//           for integers that fit four bits. Rounding, clustering and pruning happen before, in the graph.
// Same      the same constant and options give the same bytes on every machine.
// Hostile   decoding trusts nothing: lengths, indices, tables and the end of every stream are checked; the size comes
//           from the caller, who compared it with its limits. At most kMaxExpansion bytes come of a stored one.
// Memory    decoding needs at most three times the constant for a moment, where sparse halves are coded in planes.
// Threads   pure functions.
// Errors    kDataLoss for malformed bytes, kResourceExhausted without memory.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/tensor.h"
#include "format/model/encoding/codec_set.h"

namespace verge::format {

inline constexpr size_t kMaxExpansion = 256;

// Which encodings a writer may use; none at first, so that every constant is mapped from the file as it is.
struct StorageOptions {
  encoding::CodecSet codecs = 0;

  // Everything there is.
  static StorageOptions Compressed() { return {encoding::kEveryCodec}; }
};

// From a list like "half,code_book,entropy"; "all" and "none" stand alone. kInvalidArgument lists the known words.
Result<StorageOptions> ParseStorage(std::string_view text);

// The smallest form that `options` allow, if it is smaller than the bytes themselves once both are rounded up to the
// 64 bytes that constants begin at.
std::optional<std::vector<std::byte>> EncodeConstant(DType dtype, std::span<const std::byte> bytes,
                                                     const StorageOptions& options);

// Fills `out`, elements of `element_bytes` bytes. What `out` holds after an error is undefined.
Status DecodeConstant(std::span<const std::byte> stored, size_t element_bytes, std::span<std::byte> out);

// The outermost codec of an encoded constant, for people: "sparse", "code_book"...
const char* EncodingName(std::span<const std::byte> stored);

}  // namespace verge::format
