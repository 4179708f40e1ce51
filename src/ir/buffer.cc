#include <cstring>
#include <new>

#include "base/checked.h"
#include "ir/graph.h"

namespace verge::ir {
namespace {
constexpr std::align_val_t kAlignment{64};
}

void Buffer::Free::operator()(std::byte* p) const { ::operator delete[](p, kAlignment); }

std::shared_ptr<Buffer> Buffer::Allocate(size_t bytes) {
  auto buffer = std::make_shared<Buffer>();
  // One byte at least: data() is never null, whatever the size.
  buffer->data_.reset(static_cast<std::byte*>(::operator new[](bytes > 0 ? bytes : 1, kAlignment)));
  buffer->size_ = bytes;
  std::memset(buffer->data_.get(), 0, bytes);
  return buffer;
}

std::shared_ptr<Buffer> Buffer::CopyOf(const void* data, size_t bytes) {
  std::shared_ptr<Buffer> buffer = Allocate(bytes);
  if (bytes > 0) std::memcpy(buffer->mutable_data(), data, bytes);
  return buffer;
}

}  // namespace verge::ir
