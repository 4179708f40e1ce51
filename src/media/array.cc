#include "media/array.h"

#include <cstring>
#include <new>
#include <string>

namespace verge::media {
namespace {

constexpr std::align_val_t kAlignment{64};

}  // namespace

void Array::Free::operator()(std::byte* p) const { ::operator delete[](p, kAlignment); }

Result<Array> Array::Allocate(DType dtype, const Shape& shape) {
  Array array;
  array.type_.dtype = dtype;
  array.type_.shape = shape;
  const std::optional<size_t> bytes = array.type_.CheckedBytes();
  if (!bytes || *bytes > kMaxBytes) {
    return VERGE_ERROR(kResourceExhausted, "an array " + ToString(shape) + " of " + DTypeName(dtype) +
                                               " is larger than the limit of 2 GiB");
  }
  array.size_ = *bytes;
  array.data_.reset(static_cast<std::byte*>(::operator new[](*bytes > 0 ? *bytes : 1, kAlignment, std::nothrow)));
  if (array.data_ == nullptr) {
    return VERGE_ERROR(kResourceExhausted, "no memory for an array of " + std::to_string(*bytes) + " bytes");
  }
  std::memset(array.data_.get(), 0, *bytes);
  return array;
}

}  // namespace verge::media
