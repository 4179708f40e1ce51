#include "verge/fleet/tensor_pairs.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "format/model/aligned_bytes.h"
#include "format/model/model.h"

namespace verge::cli {
namespace {

struct Constant {
  std::string_view name;
  DType dtype = DType::kF32;
  std::vector<int64_t> dims;
  uint64_t offset = 0;
  uint64_t bytes = 0;
  bool is_paired = false;
  bool IsLike(const Constant& other) const { return dtype == other.dtype && dims == other.dims; }
};

std::vector<Constant> ConstantsOf(const format::VerifiedModel& model, std::span<const std::byte> file) {
  std::map<uint64_t, Constant> by_offset;  // two values may share their bytes
  for (const format::ModelValue& value : model.tables().values) {
    const std::optional<size_t> bytes = value.type.CheckedBytes();
    if (value.constant == nullptr || !value.encoded.empty() || !bytes || *bytes == 0) continue;
    const auto offset = static_cast<uint64_t>(value.constant - file.data());
    const auto dims = value.type.shape.dims();
    by_offset.try_emplace(offset, Constant{value.name, value.type.dtype, {dims.begin(), dims.end()}, offset, *bytes});
  }
  std::vector<Constant> out;
  for (auto& [offset, constant] : by_offset) {
    const bool overlaps = !out.empty() && out.back().offset + out.back().bytes > offset;
    if (!overlaps) out.push_back(std::move(constant));
  }
  return out;
}

uint8_t WidthOf(DType dtype) {
  const size_t bytes = DTypeBytes(dtype);
  return static_cast<uint8_t>(std::min<size_t>(bytes, 4));  // two halves of 4 bytes for what is longer
}

}  // namespace

std::vector<delta::TensorPair> PairTensors(std::span<const std::byte> base, std::span<const std::byte> target) {
  // A file on the heap or a map may start anywhere; the verifier wants 64 bytes of alignment.
  const Result<format::AlignedBytes> old_bytes = format::AlignedBytes::CopyOf(base);
  const Result<format::AlignedBytes> new_bytes = format::AlignedBytes::CopyOf(target);
  if (!old_bytes.ok() || !new_bytes.ok()) return {};
  const auto old_model = format::VerifiedModel::Verify(old_bytes->bytes(), nullptr);
  const auto new_model = format::VerifiedModel::Verify(new_bytes->bytes(), nullptr);
  if (!old_model.ok() || !new_model.ok()) return {};
  std::vector<Constant> olds = ConstantsOf(*old_model, old_bytes->bytes());
  std::vector<Constant> news = ConstantsOf(*new_model, new_bytes->bytes());
  std::vector<delta::TensorPair> out;
  for (const bool by_name : {true, false}) {
    for (Constant& now : news) {
      if (now.is_paired) continue;
      const auto old = std::find_if(olds.begin(), olds.end(), [&](const Constant& c) {
        return !c.is_paired && c.IsLike(now) && (!by_name || c.name == now.name);
      });
      if (old == olds.end()) continue;
      old->is_paired = now.is_paired = true;
      out.push_back({old->offset, now.offset, now.bytes, WidthOf(now.dtype)});
    }
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.target_offset < b.target_offset; });
  return out;
}

}  // namespace verge::cli
