#include "format/package/layout.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "proto/names.h"
#include "sys/crypto/hash.h"
#include "sys/file/file.h"
#include "sys/file/mapped_file.h"

namespace verge::package {
namespace {

constexpr char kLayoutText[] = R"({"imageLayoutVersion":"1.0.0"})";

std::string BlobDir(const std::string& dir) { return sys::JoinPath(dir, "blobs/sha256"); }
std::string PathOfBlob(const std::string& dir, const std::string& digest) {
  return sys::JoinPath(BlobDir(dir), digest.substr(digest.find(':') + 1));
}

Status WriteBlob(const std::string& dir, const Descriptor& blob, std::string_view bytes) {
  return sys::WriteFileAtomic(PathOfBlob(dir, blob.digest), bytes);
}

// OUT may be new, empty or an older layout; anything else is not ours to overwrite.
Status CheckOut(const std::string& out) {
  if (!sys::Exists(out)) return Status::Ok();
  VERGE_TRY_ASSIGN(const std::vector<std::string> names, sys::ListDir(out));
  for (const std::string& name : names) {
    if (name != "blobs" && name != "index.json" && name != "oci-layout") {
      return VERGE_ERROR(kAlreadyExists, out + ": holds " + name + " and is no package; choose a new folder");
    }
  }
  return Status::Ok();
}

// A folder that disappears with the object, whatever happened to it meanwhile.
class RemovedAtEnd {
 public:
  explicit RemovedAtEnd(std::string path) : path_(std::move(path)) {}
  ~RemovedAtEnd() {
    // Nothing depends on it being gone: it is litter with a name that says so.
    const Status ignored = sys::RemoveTree(path_);
    static_cast<void>(ignored);
  }
  RemovedAtEnd(const RemovedAtEnd&) = delete;
  RemovedAtEnd& operator=(const RemovedAtEnd&) = delete;

 private:
  std::string path_;
};

// `fresh` takes the place of `out`; when that fails, what was there before is put back.
Status Swap(const std::string& fresh, const std::string& out, const std::string& old) {
  if (!sys::Exists(out)) return sys::RenameDurable(fresh, out);
  VERGE_TRY(sys::RenameDurable(out, old));
  Status status = sys::RenameDurable(fresh, out);
  if (status.ok()) return sys::RemoveTree(old);
  if (Status back = sys::RenameDurable(old, out); !back.ok()) {
    return std::move(status).WithContext("the older package is now " + old);
  }
  return status;
}

Result<File> PackOne(const Source& source, const std::string& out) {
  if (!IsSafePath(source.path)) return VERGE_ERROR(kInvalidArgument, source.path + ": not a path a package can hold");
  VERGE_TRY_ASSIGN(const sys::MappedFile map, sys::MappedFile::Open(source.origin));
  const std::string_view bytes(reinterpret_cast<const char*>(map.bytes().data()), map.bytes().size());
  if (static_cast<int64_t>(bytes.size()) > kMaxFileBytes) {
    return VERGE_ERROR(kResourceExhausted, source.origin + ": larger than 2 GiB");
  }
  const File file{source.path, DescribeBytes(source.path.ends_with(".vg") ? kModelType : kFileType, bytes)};
  VERGE_TRY(WriteBlob(out, file.blob, bytes));
  return file;
}

Status WriteIndexFile(const Layout& layout) {
  const std::vector<IndexEntry> entries = {
      {layout.descriptor, kAppType, layout.manifest.app + ":" + std::to_string(layout.manifest.version)}};
  return sys::WriteFileAtomic(sys::JoinPath(layout.dir, "index.json"), WriteIndex(entries));
}

// Writes the whole layout into the folder `out`, which is ours alone.
Result<Layout> BuildLayout(const std::string& app, int64_t version, const std::vector<Source>& sources,
                           const std::string& out) {
  VERGE_TRY(sys::MakeDirs(BlobDir(out)));
  Layout layout;
  layout.dir = out;
  layout.manifest.app = app;
  layout.manifest.version = version;
  std::vector<Source> sorted = sources;
  std::sort(sorted.begin(), sorted.end(), [](const Source& a, const Source& b) { return a.path < b.path; });
  for (const Source& source : sorted) {
    VERGE_TRY_ASSIGN(File file, PackOne(source, out));
    layout.manifest.files.push_back(std::move(file));
  }
  const std::string config = WriteConfig(layout.manifest);
  layout.manifest.config = DescribeBytes(kConfigType, config);
  VERGE_TRY(WriteBlob(out, layout.manifest.config, config));
  const std::string manifest = WriteManifest(layout.manifest);
  VERGE_TRY(ParseManifest(manifest).status());  // never write what a reader would refuse
  layout.descriptor = DescribeBytes(kManifestType, manifest);
  VERGE_TRY(WriteBlob(out, layout.descriptor, manifest));
  VERGE_TRY(sys::WriteFileAtomic(sys::JoinPath(out, "oci-layout"), kLayoutText));
  VERGE_TRY(WriteIndexFile(layout));
  return layout;
}

}  // namespace

std::string Layout::BlobPath(const std::string& digest) const { return PathOfBlob(dir, digest); }

Result<Layout> PackFiles(const std::string& app, int64_t version, const std::vector<Source>& sources,
                         const std::string& out) {
  if (!proto::IsName(app)) return VERGE_ERROR(kInvalidArgument, app + ": not a name for an app");
  if (sources.size() > kMaxFiles) return VERGE_ERROR(kResourceExhausted, "an app holds at most 1024 files");
  VERGE_TRY(CheckOut(out));
  std::string stem = out;
  while (stem.size() > 1 && stem.ends_with('/')) stem.pop_back();
  const std::string suffix = "." + std::to_string(getpid());
  const std::string fresh = stem + ".new" + suffix;
  VERGE_TRY(sys::MakeDirs(sys::ParentPath(stem)));
  const RemovedAtEnd cleanup(fresh);
  VERGE_TRY_ASSIGN(Layout layout, BuildLayout(app, version, sources, fresh));
  VERGE_TRY(Swap(fresh, stem, stem + ".old" + suffix));
  layout.dir = out;
  return layout;
}

Result<std::string> ReadBlob(const Layout& layout, const Descriptor& blob) {
  const std::string path = layout.BlobPath(blob.digest);
  VERGE_TRY_ASSIGN(std::string bytes, sys::ReadFile(path, static_cast<uint64_t>(blob.size) + 1));
  if (static_cast<int64_t>(bytes.size()) != blob.size || sys::DigestNameOf(bytes) != blob.digest) {
    return VERGE_ERROR(kDataLoss, path + ": its bytes are not what its name says; pack the app again");
  }
  return bytes;
}

Result<Layout> ReadLayout(const std::string& dir) {
  VERGE_TRY_ASSIGN(const std::string index, sys::ReadFile(sys::JoinPath(dir, "index.json"), kMaxManifestBytes));
  VERGE_TRY_ASSIGN(const std::vector<IndexEntry> entries, ParseIndex(index));
  Layout layout;
  layout.dir = dir;
  if (entries.size() != 1 || entries[0].artifact_type != kAppType) {
    return VERGE_ERROR(kDataLoss, dir + "/index.json: expected one package");
  }
  layout.descriptor = entries[0].manifest;
  VERGE_TRY_ASSIGN(const std::string manifest, ReadBlob(layout, layout.descriptor));
  VERGE_TRY_ASSIGN(layout.manifest, ParseManifest(manifest));
  VERGE_TRY_ASSIGN(const std::string config, ReadBlob(layout, layout.manifest.config));
  VERGE_TRY(CheckConfig(config, layout.manifest));
  return layout;
}

Result<VerifiedPackage> VerifyPackage(const Release& wanted, std::string_view manifest_bytes,
                                      std::string_view config_bytes) {
  const Descriptor got = DescribeBytes(kManifestType, manifest_bytes);
  if (got.digest != wanted.manifest_digest || got.size != wanted.manifest_size) {
    return VERGE_ERROR(kDataLoss, "the manifest is " + got.digest + ", wanted was " + wanted.manifest_digest);
  }
  VERGE_TRY_ASSIGN(Manifest manifest, ParseManifest(manifest_bytes));
  if (manifest.app != wanted.app || manifest.version != wanted.version) {
    return VERGE_ERROR(kDataLoss, "the manifest is of " + manifest.app + ":" + std::to_string(manifest.version) +
                                      ", wanted was " + wanted.app + ":" + std::to_string(wanted.version));
  }
  if (sys::DigestNameOf(config_bytes) != manifest.config.digest) {
    return VERGE_ERROR(kDataLoss, "the package config is not the one that the manifest names");
  }
  VERGE_TRY(CheckConfig(config_bytes, manifest));
  return VerifiedPackage(std::move(manifest));
}

}  // namespace verge::package
