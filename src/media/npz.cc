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

namespace {

// Appends a member; the archive reads `bytes` when it is closed.
Status AddMember(zip_t* archive, const std::string& name, std::span<const std::byte> bytes) {
  zip_source_t* const source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
  if (source == nullptr)
    return VERGE_ERROR(kResourceExhausted, std::string("no .npz member: ") + zip_strerror(archive));
  const zip_int64_t index = zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free(source);
    return VERGE_ERROR(kInvalidArgument, ".npz member " + name + ": " + zip_strerror(archive));
  }
  constexpr zip_uint16_t kNoTime = 0, kFirstDay = 0x21;  // 1 January 1980, where zip's calendar begins
  const auto place = static_cast<zip_uint64_t>(index);
  if (zip_set_file_compression(archive, place, ZIP_CM_STORE, 0) != 0 ||
      zip_file_set_dostime(archive, place, kNoTime, kFirstDay, 0) != 0) {
    return VERGE_ERROR(kInternal, ".npz member " + name + ": " + zip_strerror(archive));
  }
  return Status::Ok();
}

Result<std::vector<std::byte>> TakeBytes(zip_source_t* buffer) {
  zip_stat_t info;
  if (zip_source_stat(buffer, &info) != 0 || zip_source_open(buffer) != 0) {
    return VERGE_ERROR(kInternal, "an .npz archive cannot be read back");
  }
  std::vector<std::byte> bytes(info.size);
  const zip_int64_t read = zip_source_read(buffer, bytes.data(), bytes.size());
  zip_source_close(buffer);
  if (read != static_cast<zip_int64_t>(bytes.size())) return VERGE_ERROR(kInternal, "an .npz archive was cut short");
  return bytes;
}

struct FreeSource {
  void operator()(zip_source_t* s) const { zip_source_free(s); }
};

}  // namespace

Result<std::vector<std::byte>> WriteNpz(std::span<const std::pair<std::string, Tensor>> members) {
  if (members.empty()) return VERGE_ERROR(kInvalidArgument, "an .npz archive needs an array");
  std::vector<std::vector<std::byte>> files;  // outlive the archive, which reads them when it is closed
  for (const auto& [name, tensor] : members) {
    VERGE_TRY_ASSIGN(std::vector<std::byte> file, WriteNpy(tensor));
    files.push_back(std::move(file));
  }
  zip_error_t error;
  zip_error_init(&error);
  const std::unique_ptr<zip_source_t, FreeSource> buffer(zip_source_buffer_create(nullptr, 0, 0, &error));
  if (buffer == nullptr) return VERGE_ERROR(kResourceExhausted, "no .npz archive: " + TakeText(error));
  zip_source_keep(buffer.get());  // closing the archive drops one hold; the bytes are read after that
  Archive archive(zip_open_from_source(buffer.get(), ZIP_CREATE | ZIP_TRUNCATE, &error));
  if (archive == nullptr) {
    zip_source_free(buffer.get());
    return VERGE_ERROR(kResourceExhausted, "no .npz archive: " + TakeText(error));
  }
  zip_error_fini(&error);
  for (size_t i = 0; i < files.size(); ++i) VERGE_TRY(AddMember(archive.get(), members[i].first + ".npy", files[i]));
  if (zip_close(archive.get()) != 0) {
    return VERGE_ERROR(kInternal, std::string("an .npz archive cannot be closed: ") + zip_strerror(archive.get()));
  }
  static_cast<void>(archive.release());  // zip_close freed it
  return TakeBytes(buffer.get());
}

}  // namespace verge::media
