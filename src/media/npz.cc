#include <zip.h>

#include <memory>
#include <new>

#include "media/npy.h"

namespace verge::media {
namespace {

constexpr zip_int64_t kMaxMembers = 1024;
constexpr size_t kMaxNameBytes = 255;
constexpr zip_uint64_t kMaxMemberBytes = Array::kMaxBytes + 64 * 1024 + 12;  // an .npy with the largest header
// Deflate cannot do better than about 1032:1, so a member that claims more is a lie: refused before memory is taken.
constexpr zip_uint64_t kMaxRatio = 1040;

struct CloseArchive {
  void operator()(zip_t* z) const { zip_discard(z); }
};
struct CloseFile {
  void operator()(zip_file_t* f) const { zip_fclose(f); }
};
using Archive = std::unique_ptr<zip_t, CloseArchive>;

std::string TakeText(zip_error_t& error) {
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

Result<Archive> Open(std::span<const std::byte> bytes) {
  if (bytes.empty()) return VERGE_ERROR(kDataLoss, "not an .npz archive: no bytes at all");
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (source == nullptr) return VERGE_ERROR(kResourceExhausted, ".npz: " + TakeText(error));
  Archive archive(zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error));
  if (archive == nullptr) {
    zip_source_free(source);
    return VERGE_ERROR(kDataLoss, "not a readable .npz (zip) archive: " + TakeText(error));
  }
  zip_error_fini(&error);
  return archive;
}

Result<std::vector<std::byte>> ReadMember(zip_t* archive, zip_uint64_t index, const zip_stat_t& info) {
  if (info.size > kMaxMemberBytes || info.size / kMaxRatio > info.comp_size) {
    return VERGE_ERROR(kDataLoss, "claims " + std::to_string(info.size) + " bytes, more than it can hold");
  }
  const std::unique_ptr<zip_file_t, CloseFile> file(zip_fopen_index(archive, index, 0));
  if (file == nullptr) return VERGE_ERROR(kDataLoss, std::string("cannot be opened: ") + zip_strerror(archive));
  std::vector<std::byte> bytes(info.size);
  if (zip_fread(file.get(), bytes.data(), bytes.size()) != static_cast<zip_int64_t>(bytes.size())) {
    return VERGE_ERROR(kDataLoss, "is truncated or corrupt");
  }
  std::byte extra{};
  if (zip_fread(file.get(), &extra, 1) != 0) return VERGE_ERROR(kDataLoss, "has a wrong checksum or length");
  return bytes;
}

Result<std::pair<std::string, Array>> ReadArray(zip_t* archive, zip_uint64_t index) {
  constexpr zip_uint64_t kNeeded = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
  zip_stat_t info;
  if (zip_stat_index(archive, index, 0, &info) != 0 || (info.valid & kNeeded) != kNeeded) {
    return VERGE_ERROR(kDataLoss, ".npz: member " + std::to_string(index) + " has no name or size");
  }
  std::string name = info.name;
  if (name.size() > kMaxNameBytes) return VERGE_ERROR(kDataLoss, ".npz: a member name is longer than 255 bytes");
  Result<std::vector<std::byte>> bytes = ReadMember(archive, index, info);
  if (!bytes.ok()) return std::move(bytes).status().WithContext(".npz member " + name);
  Result<Array> array = ReadNpy(*bytes);
  if (!array.ok()) return std::move(array).status().WithContext(".npz member " + name);
  if (name.ends_with(".npy")) name.resize(name.size() - 4);
  return std::pair{std::move(name), std::move(array).value()};
}

}  // namespace

Result<std::vector<std::pair<std::string, Array>>> ReadNpz(std::span<const std::byte> bytes) {
  VERGE_TRY_ASSIGN(const Archive archive, Open(bytes));
  const zip_int64_t count = zip_get_num_entries(archive.get(), 0);
  if (count > kMaxMembers) {
    return VERGE_ERROR(kResourceExhausted, ".npz with " + std::to_string(count) + " members; the limit is 1024");
  }
  std::vector<std::pair<std::string, Array>> arrays;
  for (zip_int64_t i = 0; i < count; ++i) {
    VERGE_TRY_ASSIGN(auto array, ReadArray(archive.get(), static_cast<zip_uint64_t>(i)));
    arrays.push_back(std::move(array));
  }
  return arrays;
}

}  // namespace verge::media
