#include "tuf/store.h"

#include "sys/file/file.h"
#include "tuf/metadata.h"

namespace verge::tuf {

Result<std::string> FolderStore::Read(const std::string& name) {
  return sys::ReadFile(sys::JoinPath(dir_, name), kMaxTargetsBytes);
}

Status FolderStore::Write(const std::string& name, std::string_view bytes) {
  VERGE_TRY(sys::MakeDirs(dir_, 0700));
  return sys::WriteFileAtomic(sys::JoinPath(dir_, name), bytes, 0600);
}

Status FolderStore::Remove(const std::string& name) { return sys::RemoveFile(sys::JoinPath(dir_, name)); }

Result<std::vector<std::string>> FolderStore::List() {
  if (!sys::Exists(dir_)) return std::vector<std::string>();
  return sys::ListDir(dir_);
}

}  // namespace verge::tuf
