#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/fetch.h"
#include "format/package/manifest.h"
#include "sys/crypto/hash.h"
#include "sys/file/file.h"
#include "sys/file/mapped_file.h"
#include "sys/file/output_file.h"

namespace verge::agent {
namespace {

std::string BlobPath(const std::string& staging_dir, const package::Descriptor& blob) {
  return sys::JoinPath(staging_dir, "blobs/" + blob.digest.substr(blob.digest.find(':') + 1));
}

// Checks the bytes on their way: the disk may have changed them since they were verified.
Status CopyFile(const std::string& from, const package::Descriptor& blob, const std::string& to) {
  VERGE_TRY_ASSIGN(const sys::MappedFile map, sys::MappedFile::Open(from));
  const std::string_view bytes(reinterpret_cast<const char*>(map.bytes().data()), map.bytes().size());
  if (static_cast<int64_t>(bytes.size()) != blob.size || sys::DigestNameOf(bytes) != blob.digest) {
    return VERGE_ERROR(kDataLoss, from + ": changed since it was verified");
  }
  VERGE_TRY_ASSIGN(sys::OutputFile file, sys::OutputFile::Open(to, true, 0644));
  VERGE_TRY(file.Write(bytes));
  return file.Sync();
}

}  // namespace

Result<package::VerifiedPackage> VerifyStaging(Trust& trust, const proto::DesiredApp& target,
                                               const std::string& staging_dir) {
  VERGE_TRY_ASSIGN(const package::Release agreed, trust.AgreeStored(target));
  const auto read = [&](const std::string& name) {
    return sys::ReadFile(sys::JoinPath(staging_dir, name), package::kMaxManifestBytes);
  };
  VERGE_TRY_ASSIGN(const std::string manifest, read("manifest.json"));
  VERGE_TRY_ASSIGN(const std::string config, read("config.json"));
  VERGE_TRY_ASSIGN(package::VerifiedPackage verified, package::VerifyPackage(agreed, manifest, config));
  for (const package::File& file : verified.manifest().files) {
    VERGE_TRY_ASSIGN(const std::string digest, sys::DigestNameOfFile(BlobPath(staging_dir, file.blob)));
    if (digest != file.blob.digest)
      return VERGE_ERROR(kDataLoss, file.path + ": its bytes are not what the manifest names");
  }
  return verified;
}

Status InstallSlot(const package::VerifiedPackage& package, const std::string& staging_dir, const std::string& slot_dir,
                   FaultPoint& fault) {
  const std::string fresh = slot_dir + ".new";
  VERGE_TRY(sys::RemoveTree(fresh));
  VERGE_TRY(sys::MakeDirs(fresh));
  std::set<std::string> folders = {fresh};
  for (const package::File& file : package.manifest().files) {
    const std::string path = sys::JoinPath(fresh, file.path);
    VERGE_TRY(sys::MakeDirs(sys::ParentPath(path)));
    for (std::string folder = sys::ParentPath(path); folder != fresh; folder = sys::ParentPath(folder))
      folders.insert(folder);
    VERGE_TRY(CopyFile(BlobPath(staging_dir, file.blob), file.blob, path));
  }
  for (const std::string& folder : folders) VERGE_TRY(sys::SyncDir(folder));
  VERGE_TRY(fault.Write([&] { return sys::RemoveTree(slot_dir); }));
  return fault.Write([&] { return sys::RenameDurable(fresh, slot_dir); });
}

}  // namespace verge::agent
