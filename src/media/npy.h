// NumPy's .npy and .npz files, the way tensors enter and leave the command line tools and the golden tests.
//
// Format    numpy.lib.format versions 1.0 to 3.0: magic, version, header length, a Python dictionary literal with
//           descr, fortran_order and shape, then the data. An .npz file is a zip archive of .npy files.
// Reads     little-endian f2 f4 f8 i1 u1 i2 i4 i8 b1, C order. Other types and orders: kUnsupported with a hint.
// Writes    version 1.0, data aligned to 64 bytes as NumPy does. bf16 has no NumPy type: kUnsupported.
// Limits    rank 8, array 2 GiB (media::Array), header 64 KiB, 1,024 archive members, member names of 255 bytes.
// Errors    kDataLoss with the byte offset for malformed, truncated or over-long bytes.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "base/tensor.h"
#include "media/array.h"

namespace verge::media {

Result<Array> ReadNpy(std::span<const std::byte> bytes);
Result<std::vector<std::byte>> WriteNpy(const Tensor& tensor);

// The members of an archive in its order; the suffix .npy is taken off the names.
Result<std::vector<std::pair<std::string, Array>>> ReadNpz(std::span<const std::byte> bytes);
// An archive of these members, at least one, stored without compression; no time of day goes into it.
Result<std::vector<std::byte>> WriteNpz(std::span<const std::pair<std::string, Tensor>> members);

}  // namespace verge::media
