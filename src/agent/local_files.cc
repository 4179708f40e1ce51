#include "agent/local_files.h"

#include <string_view>

#include "delta/delta.h"
#include "sys/crypto/hash.h"
#include "sys/file/file.h"
#include "sys/file/mapped_file.h"
#include "sys/file/output_file.h"

namespace verge::agent {
namespace {

std::string_view TextOf(const sys::MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

// Runs `write` on a new file at `to`; what it wrote is durable, or gone.
template <typename F>
Status WriteNew(const std::string& to, const F& write) {
  VERGE_TRY_ASSIGN(sys::OutputFile file, sys::OutputFile::Open(to, true, 0600));
  Status written = write(file);
  if (written.ok()) written = file.Sync();
  if (!written.ok()) VERGE_TRY(sys::RemoveFile(to));
  return written;
}

}  // namespace

LocalFiles::LocalFiles(const std::vector<std::string>& dirs) {
  for (const std::string& dir : dirs) {
    const Result<std::vector<std::string>> files = sys::ListFilesRecursive(dir, package::kMaxFiles);
    for (size_t i = 0; files.ok() && i < files->size(); ++i) {
      const std::string path = sys::JoinPath(dir, (*files)[i]);
      const Result<uint64_t> size = sys::FileSize(path);
      if (size.ok() && *size > 0) by_size_.emplace(*size, path);
    }
  }
}

std::string LocalFiles::Find(const std::string& digest, int64_t size) {
  const auto [first, last] = by_size_.equal_range(static_cast<uint64_t>(size));
  for (auto it = first; it != last; ++it) {
    const auto [known, is_new] = digests_.try_emplace(it->second);
    if (is_new) {
      const Result<std::string> hashed = sys::DigestNameOfFile(it->second);
      if (hashed.ok()) known->second = *hashed;
    }
    if (known->second == digest) return it->second;
  }
  return "";
}

Status CopyChecked(const std::string& from, const std::string& digest, const std::string& to) {
  VERGE_TRY_ASSIGN(const sys::MappedFile file, sys::MappedFile::Open(from));
  if (sys::DigestNameOf(TextOf(file)) != digest) return VERGE_ERROR(kDataLoss, from + ": its bytes changed");
  return WriteNew(to, [&](sys::OutputFile& out) { return out.Write(TextOf(file)); });
}

Status MakeByDelta(const std::string& base, const std::string& delta, const std::string& target_digest,
                   const std::function<Status()>& check, const std::string& to) {
  VERGE_TRY_ASSIGN(const sys::MappedFile base_file, sys::MappedFile::Open(base));
  VERGE_TRY_ASSIGN(const sys::MappedFile delta_file, sys::MappedFile::Open(delta));
  VERGE_TRY_ASSIGN(const delta::Info info, delta::ReadInfo(TextOf(delta_file)));
  if (info.target_digest != target_digest) return VERGE_ERROR(kDataLoss, "the delta makes another file than wanted");
  const std::string_view used = info.method == delta::Method::kFull ? std::string_view() : TextOf(base_file);
  return WriteNew(to, [&](sys::OutputFile& out) {
    return delta::Apply(used, TextOf(delta_file), [&](std::string_view bytes) -> Status {
      VERGE_TRY(check());
      return out.Write(bytes);
    });
  });
}

}  // namespace verge::agent
