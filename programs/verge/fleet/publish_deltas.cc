#include "verge/fleet/publish_deltas.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "delta/delta.h"
#include "format/package/delta_manifest.h"
#include "proto/operator.h"
#include "sys/crypto/hash.h"
#include "sys/file/file.h"
#include "sys/file/mapped_file.h"
#include "sys/file/temp_dir.h"
#include "verge/fleet/push.h"
#include "verge/fleet/tensor_pairs.h"

namespace verge::cli {
namespace {

constexpr int64_t kMinFileBytes = 4096;  // below, a delta saves less than asking for it costs

std::string_view TextOf(const sys::MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

class Publisher {
 public:
  Publisher(Hub& hub, const package::Layout& layout, sys::TempDir scratch)
      : hub_(hub), layout_(layout), app_(layout.manifest.app), scratch_(std::move(scratch)) {}

  Status Run(int versions) {
    if (versions == 0) return Status::Ok();
    VERGE_TRY_ASSIGN(const std::string text, hub_.Get("/api/v1/releases"));
    VERGE_TRY_ASSIGN(proto::ReleaseList list, proto::ParseReleaseList(text));
    std::erase_if(list.releases, [this](const proto::Release& release) {
      return release.app != app_ || release.version >= layout_.manifest.version;
    });
    std::sort(list.releases.begin(), list.releases.end(),
              [](const auto& a, const auto& b) { return a.version > b.version; });
    if (list.releases.size() > static_cast<size_t>(versions)) list.releases.resize(static_cast<size_t>(versions));
    for (const proto::Release& release : list.releases) {
      // Without a delta the release is as good: devices download whole files.
      const Status made = Against(release);
      if (made.ok()) continue;
      std::printf("  no deltas from version %lld: %s\n", static_cast<long long>(release.version),
                  made.ToString().c_str());
    }
    return Status::Ok();
  }

 private:
  Status Against(const proto::Release& release) {
    VERGE_TRY_ASSIGN(const std::string text, hub_.Get("/v2/" + app_ + "/manifests/" + release.manifest_digest));
    if (sys::DigestNameOf(text) != release.manifest_digest) {
      return VERGE_ERROR(kDataLoss, "the hub sent another manifest than " + release.manifest_digest);
    }
    VERGE_TRY_ASSIGN(const package::Manifest older, package::ParseManifest(text));
    package::DeltaManifest manifest{layout_.descriptor, {}};
    for (const package::File& file : layout_.manifest.files) {
      const auto base = std::find_if(older.files.begin(), older.files.end(),
                                     [&](const package::File& other) { return other.path == file.path; });
      if (base == older.files.end() || base->blob.digest == file.blob.digest || file.blob.size < kMinFileBytes)
        continue;
      VERGE_TRY_ASSIGN(std::optional<package::DeltaBlob> made, MakeOne(file, *base, release.version));
      if (made) manifest.deltas.push_back(std::move(*made));
    }
    if (manifest.deltas.empty()) return Status::Ok();
    const std::string empty = scratch_.File("empty");
    VERGE_TRY(sys::WriteFileAtomic(empty, package::kEmptyBytes));
    const auto config = package::DescribeBytes(package::kEmptyType, package::kEmptyBytes);
    VERGE_TRY(PushFile(hub_, app_, config, empty, "(empty config)"));
    std::string bytes = package::WriteDeltaManifest(manifest);
    const std::string digest = sys::DigestNameOf(bytes);
    return PushManifestBytes(hub_, app_, std::move(bytes), digest);
  }

  // Empty where the whole file is as good.
  Result<std::optional<package::DeltaBlob>> MakeOne(const package::File& file, const package::File& base,
                                                    int64_t version) {
    const std::string base_path = scratch_.File("base");
    VERGE_TRY(hub_.Download(app_, base.blob, base_path));
    VERGE_TRY_ASSIGN(const sys::MappedFile old_file, sys::MappedFile::Open(base_path));
    VERGE_TRY_ASSIGN(const sys::MappedFile new_file, sys::MappedFile::Open(layout_.BlobPath(file.blob.digest)));
    delta::MakeOptions options;
    if (file.blob.media_type == package::kModelType) {
      options.tensors = PairTensors(old_file.bytes(), new_file.bytes());
    }
    VERGE_TRY_ASSIGN(const std::string made, delta::Make(TextOf(old_file), TextOf(new_file), options));
    VERGE_TRY_ASSIGN(const delta::Info info, delta::ReadInfo(made));
    if (info.target_digest != file.blob.digest) return VERGE_ERROR(kDataLoss, file.path + ": its blob is damaged");
    const bool is_small = static_cast<int64_t>(made.size()) < file.blob.size / 10 * 9;
    if (!is_small) return std::optional<package::DeltaBlob>();
    const std::string path = scratch_.File("delta");
    VERGE_TRY(sys::WriteFileAtomic(path, made));
    const package::Descriptor blob = package::DescribeBytes(package::kDeltaType, made);
    const std::string shown = file.path + " from version " + std::to_string(version) + " (" +
                              delta::MethodName(info.method) + ", whole: " + std::to_string(file.blob.size) + ")";
    VERGE_TRY(PushFile(hub_, app_, blob, path, shown));
    return std::optional(package::DeltaBlob{blob, base.blob.digest, base.blob.size, file.blob.digest});
  }

  Hub& hub_;
  const package::Layout& layout_;
  const std::string& app_;
  sys::TempDir scratch_;
};

}  // namespace

Status PublishDeltas(Hub& hub, const package::Layout& layout, int versions) {
  VERGE_TRY_ASSIGN(sys::TempDir scratch, sys::TempDir::Create());
  return Publisher(hub, layout, std::move(scratch)).Run(versions);
}

}  // namespace verge::cli
