// The JSON documents of a package (docs/formats/package.md): package manifest, config, index.
//
// Reading is strict: limits, safe paths, no path twice, no path below a file. Writing gives the same bytes for the same
// value. Errors are kDataLoss and say which field was wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace verge::package {

inline constexpr size_t kMaxManifestBytes = size_t{1} << 20;
inline constexpr size_t kMaxFiles = 1024;
inline constexpr int64_t kMaxFileBytes = int64_t{2} << 30;
inline constexpr char kManifestType[] = "application/vnd.oci.image.manifest.v1+json";
inline constexpr char kIndexType[] = "application/vnd.oci.image.index.v1+json";
inline constexpr char kAppType[] = "application/vnd.verge.app.v1";
inline constexpr char kConfigType[] = "application/vnd.verge.app.config.v1+json";
inline constexpr char kModelType[] = "application/vnd.verge.model.v1";
inline constexpr char kFileType[] = "application/vnd.verge.file.v1";

// Names a blob. `size` is in bytes.
struct Descriptor {
  std::string media_type;
  std::string digest;
  int64_t size = 0;
  friend bool operator==(const Descriptor&, const Descriptor&) = default;
};

struct File {
  std::string path;  // inside the app folder
  Descriptor blob;
  friend bool operator==(const File&, const File&) = default;
};

struct Manifest {
  std::string app;
  int64_t version = 0;
  Descriptor config;
  std::vector<File> files;  // in path order, app.yaml among them

  // Bytes of all files; the limits keep it far from overflow.
  int64_t total_bytes() const;
};
Result<Manifest> ParseManifest(std::string_view bytes);
std::string WriteManifest(const Manifest& manifest);

// The config blob that belongs to a manifest.
std::string WriteConfig(const Manifest& manifest);
// kDataLoss unless the config names the same app, version and files as the manifest.
Status CheckConfig(std::string_view config_bytes, const Manifest& manifest);

// index.json of a layout, and the answer of the referrers API.
struct IndexEntry {
  Descriptor manifest;
  std::string artifact_type;  // may be ""
  std::string ref_name;       // "<app>:<version>" for the package, otherwise ""
};
Result<std::vector<IndexEntry>> ParseIndex(std::string_view bytes);
std::string WriteIndex(const std::vector<IndexEntry>& entries);

// Relative, '/'-separated, at most 255 bytes, no empty, "." or ".." part, no backslash, no control character.
bool IsSafePath(std::string_view path);
Descriptor DescribeBytes(std::string_view media_type, std::string_view bytes);

}  // namespace verge::package
